package io.walwire.internal.backfill;

import io.walwire.internal.pgoutput.TupleData;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A change of a table, as far as it matters for the rows that are read.
 *
 * @param kind what happened
 * @param keys the keys that it is about: one, or the two of an update that changes the key; null if they are not all known
 * @param now the key of the row as it is now; null if there is no row any more, or its key is not known
 * @param lacksValues whether a TOASTed value was not sent
 * @param row the row as it is now; null if there is none
 * @param columns the names of its table's columns at this change, in their order
 */
public record RowChange(
        Kind kind,
        @Nullable List<TableKey> keys,
        @Nullable TableKey now,
        boolean lacksValues,
        @Nullable TupleData row,
        List<String> columns) {
    /** What happened. */
    public enum Kind {
        /** A row is new. */
        INSERT,
        /** A row has changed. */
        UPDATE,
        /** A row is gone. */
        DELETE,
        /** All rows are gone. */
        TRUNCATE
    }

    public RowChange {
        keys = keys == null ? null : List.copyOf(keys);
        columns = List.copyOf(columns);
    }

    /** All rows are gone. */
    public static RowChange truncate() {
        return new RowChange(Kind.TRUNCATE, List.of(), null, false, null, List.of());
    }

    /**
     * Whether the row was there before, and the stream did not have it: an update has brought it into the publication's row filter. Nobody can
     * have the TOASTed value that was not sent.
     */
    boolean isOfUnknownRow() {
        return kind == Kind.INSERT && lacksValues;
    }

    /** Whether an update has changed the key. */
    boolean changesKey() {
        return keys != null && keys.size() > 1;
    }
}
