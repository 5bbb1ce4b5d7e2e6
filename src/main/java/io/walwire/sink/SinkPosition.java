package io.walwire.sink;

import io.walwire.event.Lsn;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a group ends: what is done when it is stored. A sink that keeps the position stores {@link #toString()}, and returns
 * {@link #parse} of it when it opens. Immutable. Positions of different servers or timelines cannot be compared.
 */
public final class SinkPosition {
    private static final Pattern TEXT = Pattern.compile(
            "1 (\\S{1,64}) (\\d{1,10}) ([0-9A-F/]{3,17})#(-?\\d{1,19}) ([0-9A-F/]{3,17}) (complete|partial)"
                    + " ([0-9A-F/]{3,17})");

    private final String text;
    private final String systemId;
    private final int timeline;
    private final Lsn commitLsn;
    private final long lastIndex;
    private final Lsn lastMessage;
    private final boolean complete;
    private final Lsn doneTo;

    private SinkPosition(String text, Matcher fields) {
        this.text = text;
        this.systemId = fields.group(1);
        this.timeline = Integer.parseInt(fields.group(2));
        this.commitLsn = Lsn.parse(fields.group(3));
        this.lastIndex = Long.parseLong(fields.group(4));
        this.lastMessage = Lsn.parse(fields.group(5));
        this.complete = fields.group(6).equals("complete");
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
     * The last transaction of which something is done.
     *
     * @return the LSN of its commit record (with {@code walwire.source=triggers} its place in the source's order); {@code 0/0} for none
     */
    public Lsn commitLsn() {
        return commitLsn;
    }

    /**
     * The last event of that transaction that is done.
     *
     * @return its place in the transaction, from 0; -1 for none
     */
    public long lastIndex() {
        return lastIndex;
    }

    /**
     * The last transactional message of that transaction that is done.
     *
     * @return its LSN; {@code 0/0} for none
     */
    public Lsn lastMessage() {
        return lastMessage;
    }

    /**
     * Whether all of that transaction is done.
     *
     * @return false after a part of a large transaction that is not its last
     */
    public boolean isComplete() {
        return complete;
    }

    /**
     * Everything that was committed before this position is done.
     *
     * @return the position that may be confirmed
     */
    public Lsn doneTo() {
        return doneTo;
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
