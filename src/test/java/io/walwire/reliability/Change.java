package io.walwire.reliability;

import io.walwire.event.Column;
import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.event.LogicalMessage;
import io.walwire.event.Lsn;
import io.walwire.event.MessageEvent;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.event.TransactionInfo;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * One event as a line of text, equal whoever read it: every table has the columns id, version and a body, in this order, and
 * some have more.
 *
 * @param position the transaction's commit LSN, of a message outside of transactions its own, as sixteen hexadecimal digits
 * @param index its place in the transaction
 * @param kind as in the event's JSON
 * @param table the table; a message's prefix
 * @param key {@code id}; of an update {@code old>new}; else empty
 * @param after {@code version|body}, long bodies as a checksum and unsent ones as {@code ~}; a message's LSN and content
 * @param columns the names of the columns that {@code after} is of, unless they are id, version and body
 */
record Change(String position, long index, String kind, String table, String key, String after, String columns) {
    private static final int LONGEST_BODY = 40;
    private static final String USUAL = "id,version,body";

    Change(String position, long index, String kind, String table, String key, String after) {
        this(position, index, kind, table, key, after, "");
    }

    static Change of(Event event) {
        TransactionInfo transaction = event.transaction();
        Lsn commit = transaction == null ? null : transaction.commitLsn();
        if (event instanceof MessageEvent of) {
            LogicalMessage message = of.message();
            return message(
                    (commit == null ? message.lsn() : commit).value(),
                    message.lsn().value(),
                    message.prefix(),
                    message.content());
        }
        return new Change(
                hex(Objects.requireNonNull(commit).value()),
                event.id().index(),
                event.kind().jsonName(),
                event.source().table(),
                event instanceof RowEvent<?> row ? key(row) : "",
                after(event instanceof RowEvent<?> row ? row.afterRow() : null),
                columns(event instanceof RowEvent<?> row ? row.afterRow() : null));
    }

    static Change message(long position, long lsn, String prefix, byte[] content) {
        String text = new String(content, StandardCharsets.UTF_8);
        return new Change(hex(position), 0, Kind.MESSAGE.jsonName(), prefix, "", hex(lsn) + "|" + digest(text));
    }

    private static String key(RowEvent<?> event) {
        Row old = event.beforeRow();
        Row now = event.afterRow();
        String id = known(now);
        return switch (event.kind()) {
            case INSERT -> id;
            case UPDATE -> (known(old).isEmpty() ? id : known(old)) + ">" + id;
            case DELETE -> known(event.key() == null ? old : event.key());
            default -> "";
        };
    }

    /** Empty where the old row's identity is of other columns. */
    private static String known(@Nullable Row row) {
        return row == null || !row.isKnown("id") ? "" : String.valueOf(row.text("id"));
    }

    private static String after(@Nullable Row now) {
        if (now == null) {
            return "";
        }
        return now.columns().stream()
                .skip(1)
                .map(Column::name)
                .map(name -> now.isKnown(name) ? digest(now.text(name)) : "~")
                .collect(Collectors.joining("|"));
    }

    private static String columns(@Nullable Row now) {
        return now == null ? "" : named(now.columns().stream().map(Column::name).toList());
    }

    /** The names of a row's columns, empty if they are the usual ones. */
    static String named(List<String> columns) {
        String names = String.join(",", columns);
        return names.equals(USUAL) ? "" : names;
    }

    /** The same for the same text, and short. */
    static String digest(@Nullable String text) {
        if (text == null) {
            return "";
        }
        if (text.length() <= LONGEST_BODY && text.chars().allMatch(c -> c >= ' ' && c < '|')) {
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
        return new Change(fields[0], Long.parseLong(fields[1]), fields[2], fields[3], fields[4], fields[5], fields[6]);
    }

    /** Where the position stands in a line, for those who need no more of it. */
    static String position(String line) {
        return line.substring(0, 16);
    }

    @Override
    public String toString() {
        return String.join("\t", position, Long.toString(index), kind, table, key, after, columns);
    }
}
