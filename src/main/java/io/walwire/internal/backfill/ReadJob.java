package io.walwire.internal.backfill;

import java.util.List;

/**
 * A chunk that a reader is to read. Made by its {@link TableReading}.
 *
 * @param progress how far the leaf has come
 * @param leaf the table
 * @param range which rows
 * @param open what its rows may lack
 * @param keys the keys of rows to read again; otherwise empty
 */
public record ReadJob(LeafProgress progress, LeafPlan leaf, ReadRange range, OpenRead open, List<TableKey> keys) {
    public ReadJob {
        keys = List.copyOf(keys);
    }

    /** The range that was read indeed. */
    ReadRange rangeOf(ChunkResult.Chunk chunk) {
        return isOfKeys()
                ? range
                : progress.ranges.read(
                        range, chunk.size().memory(), chunk.rows().size(), chunk.lastKey());
    }

    boolean isOfKeys() {
        return !keys.isEmpty();
    }
}
