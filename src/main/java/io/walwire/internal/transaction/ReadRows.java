package io.walwire.internal.transaction;

import io.walwire.event.Lsn;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.TupleData;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rows that were read beside the stream and have their place in it, or that all rows were read.
 *
 * @param by who read them
 * @param before the position up to which everything was delivered; what comes next may commit exactly there
 * @param at when they got their place
 * @param relation the table
 * @param facts what the catalog knew beside
 * @param rows the rows; null if all rows were read
 * @param first the number of the first row, of those of this position
 */
public record ReadRows(
        ReadBy by,
        Lsn before,
        Instant at,
        Relation relation,
        TableFacts facts,
        @Nullable List<TupleData> rows,
        long first) {
    public ReadRows {
        rows = rows == null ? null : List.copyOf(rows);
    }

    /**
     * What handlers get.
     *
     * @param table that of these rows
     * @return a part that confirms nothing
     */
    public TransactionPart part(ReadTable table) {
        return rows == null ? table.done(by, before, at) : table.placed(by, before, at, rows, first);
    }
}
