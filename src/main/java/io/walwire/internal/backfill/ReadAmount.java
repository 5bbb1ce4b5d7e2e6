package io.walwire.internal.backfill;

/**
 * How much was read.
 *
 * @param rows how many rows handlers have returned from
 * @param bytes how many bytes were read for them
 * @param totalBytes the size of all leaves when the plan was made
 */
public record ReadAmount(long rows, long bytes, long totalBytes) {
    /** The sum for two tables. */
    public ReadAmount plus(ReadAmount other) {
        return new ReadAmount(rows + other.rows, bytes + other.bytes, totalBytes + other.totalBytes);
    }
}
