package io.walwire.internal.backfill;

import java.util.List;

/**
 * The key of a row.
 *
 * @param identity equal for whatever may be one row, whatever format the values came in
 * @param values the key's values as text, in the order of the key's columns, with which the row can be read
 * @param exact whether the identity is equal for nothing else
 */
public record TableKey(Object identity, List<String> values, boolean exact) {
    /** The memory of a map entry and its key, in addition to the texts. */
    private static final int OVERHEAD = 200;

    public TableKey {
        values = List.copyOf(values);
    }

    /** Equal for one row alone; where the identity is not exact, a row may have several. */
    Object single() {
        return exact ? identity : values;
    }

    /** About how much memory it takes: the texts, and as much again for the identity. */
    long bytes() {
        long bytes = OVERHEAD;
        for (String value : values) {
            bytes += 4L * value.length() + 80;
        }
        return bytes;
    }
}
