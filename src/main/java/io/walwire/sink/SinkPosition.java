package io.walwire.sink;

import io.walwire.event.Lsn;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a group ends: what is done when it is stored. A sink that keeps the position stores {@link #toString()}, and returns
 * {@link #parse} of it when it opens. Immutable. Positions of different servers or timelines cannot be compared.
 */
public final class SinkPosition {
    private static final Pattern TEXT = Pattern.compile(
            "1 ([^\\s#]{1,64}) (\\d{1,10}) ([0-9A-F/]{3,17})#(-?\\d{1,19}) ([0-9A-F/]{3,17}) (complete|partial)"
                    + " ([0-9A-F/]{3,17})");

    private static final Comparator<SinkPosition> ORDER = Comparator.<SinkPosition, Lsn>comparing(at -> at.doneTo)
            .thenComparing(at -> at.transaction)
            .thenComparingLong(at -> at.lastIndex)
            .thenComparing(at -> at.lastMessage);

    private final String text;
    private final String systemId;
    private final int timeline;
    private final Lsn transaction;
    private final long lastIndex;
    private final Lsn lastMessage;
    private final Lsn doneTo;

    private SinkPosition(String text, Matcher fields) {
        this.text = text;
        this.systemId = fields.group(1);
        this.timeline = Integer.parseInt(fields.group(2));
        this.transaction = Lsn.parse(fields.group(3));
        this.lastIndex = Long.parseLong(fields.group(4));
        this.lastMessage = Lsn.parse(fields.group(5));
        this.doneTo = Lsn.parse(fields.group(7));
    }

    /**
     * Reads a position.
     *
     * @param text as {@link #toString()} wrote it, with this version of Walwire or an earlier one
     * @return the position
     * @throws IllegalArgumentException if the text is no position
     */
    public static SinkPosition parse(String text) {
        Matcher fields = TEXT.matcher(text);
        if (!fields.matches()) {
            throw new IllegalArgumentException("Not a position of Walwire: it is damaged, or of a later version");
        }
        return new SinkPosition(text, fields);
    }

    /**
     * The system identifier of the server whose positions these are.
     *
     * @return the identifier, a decimal number as text
     */
    public String systemId() {
        return systemId;
    }

    /**
     * The server's timeline.
     *
     * @return its number, from 1
     */
    public int timeline() {
        return timeline;
    }

    /**
     * Whether more is done here than at another position of the same server.
     *
     * @param other a position with the same {@link #systemId()}
     * @return true if this one lies behind the other one
     */
    public boolean isBeyond(SinkPosition other) {
        return ORDER.compare(this, other) > 0;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SinkPosition position && text.equals(position.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /**
     * The position as text: printable ASCII without a line break, a quote or a backslash, at most 200 characters.
     *
     * @return what {@link #parse} reads
     */
    @Override
    public String toString() {
        return text;
    }
}
