package io.walwire.internal.engine;

import io.walwire.internal.lanes.Lanes;
import org.jspecify.annotations.Nullable;

/**
 * How {@code walwire.buffer} is divided.
 *
 * @param partBytes what a transaction may grow to before a part of it is handed over
 * @param undecidedBytes what transactions may hold in memory that have not committed yet, all together
 * @param queueBytes what waits for the handler thread, or is being handled
 */
record BufferBudget(long partBytes, long undecidedBytes, long queueBytes) {
    private static final int MAX_STEPS = 1 << 14;

    /** A step in a lane takes some hundred bytes beside its events; all of them are to be a small part of the buffer. */
    private static final int BYTES_OF_A_STEP = 1 << 12;

    static BufferBudget of(long buffer) {
        long part = buffer / 4;
        long undecided = buffer / 8;
        return new BufferBudget(part, undecided, buffer - part - undecided);
    }

    /** Where handlers of different keys run side by side; null if they do not. */
    @Nullable
    Lanes lanes(int concurrency, ThreadGroup threads, Lifecycle lifecycle) {
        int most = (int) Math.min(MAX_STEPS, queueBytes / BYTES_OF_A_STEP);
        return concurrency == 1 ? null : new Lanes(threads, concurrency, most, lifecycle::isStopping);
    }
}
