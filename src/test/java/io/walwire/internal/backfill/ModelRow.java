package io.walwire.internal.backfill;

import io.walwire.internal.pgoutput.TupleData;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A row of the simulated table.
 *
 * @param key the key
 * @param version counts the changes of the whole database, so that a later state of a key has a larger one
 * @param name a column that a handler may filter by
 * @param large a value that is TOASTed; null where an event does not have it
 * @param block where it lies
 */
record ModelRow(
        String key, long version, String name, @Nullable String large, int block) {
    static final List<String> COLUMNS = List.of("key", "version", "name", "large");

    TableKey tableKey() {
        return key(key);
    }

    static TableKey key(String text) {
        return new TableKey("identity of " + text, List.of(text), true);
    }

    /** As it is sent. */
    TupleData tuple() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        value(bytes, key);
        value(bytes, Long.toString(version));
        value(bytes, name);
        if (large == null) {
            bytes.write(TupleData.UNCHANGED);
        } else {
            value(bytes, large);
        }
        return new TupleData(bytes.toByteArray(), 0, 4);
    }

    private static void value(ByteArrayOutputStream bytes, String text) {
        byte[] value = text.getBytes(StandardCharsets.UTF_8);
        bytes.write(TupleData.TEXT);
        bytes.writeBytes(new byte[] {0, 0, 0, (byte) value.length});
        bytes.writeBytes(value);
    }

    static ModelRow of(TupleData tuple) {
        int[] offsets = tuple.columnOffsets();
        return new ModelRow(
                text(tuple, offsets[0]),
                Long.parseLong(text(tuple, offsets[1])),
                text(tuple, offsets[2]),
                tuple.bytes()[offsets[3]] == TupleData.UNCHANGED ? null : text(tuple, offsets[3]),
                0);
    }

    private static String text(TupleData tuple, int at) {
        return new String(tuple.bytes(), at + 5, TupleData.length(tuple.bytes(), at), StandardCharsets.UTF_8);
    }
}
