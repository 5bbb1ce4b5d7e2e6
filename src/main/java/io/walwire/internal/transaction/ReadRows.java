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
 * @param run the run that read them
 * @param handlers the handlers that get them; null for all
 * @param before the position up to which everything was delivered; what comes next may commit exactly there
 * @param at when they got their place
 * @param relation the table
 * @param facts what the catalog knew beside
 * @param rows the rows; null if all rows were read
 * @param first the number of the first row, of those of this position
 */
public record ReadRows(
        String run,
        @Nullable List<String> handlers,
        Lsn before,
        Instant at,
        Relation relation,
        TableFacts facts,
        @Nullable List<TupleData> rows,
        long first) {
    public ReadRows {
        handlers = handlers == null ? null : List.copyOf(handlers);
        rows = rows == null ? null : List.copyOf(rows);
    }

    /**
     * What handlers get.
     *
     * @param table that of these rows
     * @return a part that confirms nothing
     */
    public TransactionPart part(ReadTable table) {
        return rows == null
                ? table.done(run, handlers, before, at)
                : table.placed(run, handlers, before, at, rows, first);
    }
}
