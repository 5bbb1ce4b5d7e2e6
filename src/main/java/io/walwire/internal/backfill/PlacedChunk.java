package io.walwire.internal.backfill;

import io.walwire.internal.pgoutput.TupleData;
import java.util.List;

/**
 * Rows that have their place in the stream: behind everything that was delivered so far, and before everything that comes.
 *
 * @param job what was read
 * @param range the range that is done when handlers have returned
 * @param rows the rows that are delivered, maybe none
 * @param bytes how many bytes were read
 */
public record PlacedChunk(ReadJob job, ReadRange range, List<TupleData> rows, long bytes) {
    public PlacedChunk {
        rows = List.copyOf(rows);
    }
}
