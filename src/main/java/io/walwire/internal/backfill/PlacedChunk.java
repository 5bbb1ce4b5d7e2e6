package io.walwire.internal.backfill;

import io.walwire.event.Lsn;
import io.walwire.internal.pgoutput.TupleData;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rows that have their place in the stream: behind everything that was delivered so far, and before everything that comes.
 *
 * @param job what was read
 * @param range the range that is done when handlers have returned; null if more of it follows
 * @param rows the rows that are delivered, maybe none
 * @param bytes how many bytes were read
 * @param at everything that was committed before this position was delivered, and nothing that was committed after it
 * @param horizon all that the rows show was committed before this position, which is not above the other one
 * @param first the number of the first row, of those that share this position
 */
public record PlacedChunk(
        ReadJob job, @Nullable ReadRange range, List<TupleData> rows, long bytes, Lsn at, Lsn horizon, long first) {
    public PlacedChunk {
        rows = List.copyOf(rows);
    }

    /** A number of what was read: another one if the table was rewritten, or changes may have been missing. */
    public long readAs() {
        return job.leaf().facts().readAs();
    }
}
