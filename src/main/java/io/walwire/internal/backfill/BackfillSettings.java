package io.walwire.internal.backfill;

/**
 * How a table is read.
 *
 * @param chunkBytes how many bytes a chunk is to have
 * @param keyBytes how much memory delivered keys may take
 * @param byKey whether ranges of the key are read even where there are ranges of blocks
 * @param everyEventHeard see {@link ReadMode#everyEventHeard}
 * @param first whether the table is read before the stream's first change, in the snapshot of the stream's own slot
 */
public record BackfillSettings(long chunkBytes, long keyBytes, boolean byKey, boolean everyEventHeard, boolean first) {}
