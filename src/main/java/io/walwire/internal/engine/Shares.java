package io.walwire.internal.engine;

/**
 * What of {@code walwire.buffer} goes where.
 *
 * @param partBytes what a transaction may grow to before a part of it is handed over
 * @param undecidedBytes what transactions may hold in memory that have not committed yet, all together
 * @param queueBytes what waits for the handler thread, or is being handled
 */
record Shares(long partBytes, long undecidedBytes, long queueBytes) {
    static Shares of(long buffer) {
        long part = buffer / 4;
        long undecided = buffer / 8;
        return new Shares(part, undecided, buffer - part - undecided);
    }
}
