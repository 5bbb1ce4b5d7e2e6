package io.walwire.internal.backfill.run;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many changes the stream delivers, and how long a reader of existing rows rests because of them. Writers, the server's processes and this instance
 * share processors and disks. A reader that rests leaves them to the writers. Thread-safe.
 *
 * <p>A rest is a multiple of the time that the reading before it took. So it is longer where the server has less to spare.
 */
final class WriterLoad {
    /** With so many changes a second a rest has its full length. With fewer it is shorter in proportion. */
    static final long MANY_CHANGES = 2_000;

    /** How many times as long as the reading a rest is at most. */
    static final double MOST = 4;

    /** A reading that waited for something else, such as a slow network, does not make a reader rest for long. */
    static final Duration LONGEST = Duration.ofSeconds(2);

    private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final AtomicLong changes = new AtomicLong();
    private long since;
    private long before;
    private double load;

    /** Counts from a moment of {@link System#nanoTime()}. */
    WriterLoad(long now) {
        since = now;
    }

    /** So many changes were delivered. Called by the reader thread of the stream. */
    void delivered(int count) {
        changes.addAndGet(count);
    }

    /**
     * How long a reader rests.
     *
     * @param reading how long it has read
     * @param now a moment of {@link System#nanoTime()}
     */
    synchronized Duration rest(Duration reading, long now) {
        long nanos = now - since;
        if (nanos >= WINDOW_NANOS) {
            long all = changes.get();
            load = Math.min(1, (all - before) * (double) WINDOW_NANOS / nanos / MANY_CHANGES);
            before = all;
            since = now;
        }
        Duration rest = Duration.ofNanos((long) (reading.toNanos() * MOST * load));
        return rest.compareTo(LONGEST) > 0 ? LONGEST : rest;
    }
}
