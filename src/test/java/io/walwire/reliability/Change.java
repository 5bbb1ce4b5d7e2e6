package io.walwire.reliability;

import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.event.LogicalMessage;
import io.walwire.event.Lsn;
import io.walwire.event.Row;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Objects;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * One event as a line of text, equal whoever read it: every table has the columns id, version and body.
 *
 * @param position the transaction's commit LSN, of a message outside of transactions its own, as sixteen hexadecimal digits
 * @param index its place in the transaction
 * @param kind as in the event's JSON
 * @param table the table; a message's prefix
 * @param key {@code id}; of an update {@code old>new}; else empty
 * @param after {@code version|body}, long bodies as a checksum and unsent ones as {@code ~}; a message's LSN and content
 */
record Change(String position, long index, String kind, String table, String key, String after) {
    private static final int LONGEST_BODY = 40;

    static Change of(Event event) {
        LogicalMessage message = event.message();
        if (message != null) {
            Lsn commit = event.commitLsn();
            return message(
                    (commit == null ? message.lsn() : commit).value(),
                    message.lsn().value(),
                    message.prefix(),
                    message.content());
        }
        return new Change(
                hex(Objects.requireNonNull(event.commitLsn()).value()),
                event.id().index(),
                event.kind().jsonName(),
                event.source().table(),
                key(event),
                after(event.newRecord()));
    }

    static Change message(long position, long lsn, String prefix, byte[] content) {
        String text = new String(content, StandardCharsets.UTF_8);
        return new Change(hex(position), 0, Kind.MESSAGE.jsonName(), prefix, "", hex(lsn) + "|" + digest(text));
    }

    private static String key(Event event) {
        Row old = event.oldRecord();
        Row now = event.newRecord();
        String id = now == null ? "" : String.valueOf(now.text("id"));
        return switch (event.kind()) {
            case INSERT -> id;
            case UPDATE -> (old == null || !old.isKnown("id") ? id : String.valueOf(old.text("id"))) + ">" + id;
            case DELETE -> String.valueOf(Objects.requireNonNull(event.key()).text("id"));
            default -> "";
        };
    }

    private static String after(@Nullable Row now) {
        if (now == null) {
            return "";
        }
        return now.text("version") + "|" + (now.isKnown("body") ? digest(now.text("body")) : "~");
    }

    /** The same for the same text, and short. */
    static String digest(@Nullable String text) {
        if (text == null) {
            return "";
        }
        if (text.length() <= LONGEST_BODY) {
            return text;
        }
        CRC32 crc = new CRC32();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return text.length() + ":" + Long.toHexString(crc.getValue());
    }

    static String hex(long lsn) {
        return HexFormat.of().toHexDigits(lsn);
    }

    static Change parse(String line) {
        String[] fields = line.split("\t", -1);
        return new Change(fields[0], Long.parseLong(fields[1]), fields[2], fields[3], fields[4], fields[5]);
    }

    /** Where the position stands in a line, for those who need no more of it. */
    static String position(String line) {
        return line.substring(0, 16);
    }

    @Override
    public String toString() {
        return String.join("\t", position, Long.toString(index), kind, table, key, after);
    }
}
