package io.walwire.internal.replication;

import io.walwire.internal.config.WalwireConfig.Coalesce;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Says how long the socket is left to fill before it is read again. The server sends every message by itself, and a reader
 * that wakes up for each makes every sending dear; one that comes less often lets the server send half as much again, or
 * twice as much. But it also lets messages wait, so it is for a stream that is behind, and only then.
 *
 * <p>A stream is behind when the server itself is late: when it sends a transaction's messages a good while after the
 * commit, both by its own clock. A reader cannot decide it from what it receives: many messages also come to a reader that is caught up,
 * and after each wait there is something in the socket. What the server sends in time is never held up.
 *
 * <p>The pause is a part of the lateness that is there already, so that waiting never makes up most of a latency, and a
 * stream at the edge of what the server can send settles at the shortest pauses that let it keep up. It is bounded by
 * what the socket's buffers take, for a server that cannot write stands still. Where few messages come there is nothing to
 * be gained.
 *
 * <p>For one thread.
 */
final class Coalescing {
    /** Less late than this is not late: a commit's way through the disk takes as long. */
    static final long LATE_NANOS = TimeUnit.MILLISECONDS.toNanos(4);

    /** The lateness is so many times the pause. */
    private static final int LATENESS_PER_PAUSE = 4;

    /** Below so many messages a millisecond the server has time enough for each; sending one takes some microseconds. */
    private static final int MANY_PER_MILLI = 50;

    /**
     * What a pause may let come: less than the buffers between the server and the reader hold.
     *
     * @param bytes of messages
     * @param perMessage what each takes beside its bytes
     */
    record Room(long bytes, long perMessage) {
        static final Room OF_TCP = new Room(1 << 20, 0);

        /** Linux gives a writer 208 KiB (net.core.wmem_default), and counts some hundred bytes more for each message. */
        static final Room OF_UNIX_SOCKET = new Room(64 << 10, 640);
    }

    /** What comes in shorter times than this says nothing of the rate. */
    private static final long WINDOW_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final LongSupplier clock;
    private final boolean auto;
    private final long longest;
    private final Room room;
    private long windowBegan;
    private long messages;
    private long bytes;
    private boolean many;
    private long pauseOfManyBytes;
    private boolean drainedSomething;

    /**
     * Counts from now.
     *
     * @param clock nanoseconds, as {@link System#nanoTime}
     * @param rule what the user wants
     * @param room for what comes in a pause
     */
    Coalescing(LongSupplier clock, Coalesce rule, Room room) {
        this.room = room;
        this.clock = clock;
        this.auto = rule.auto();
        this.longest = rule.longest().toNanos();
        this.windowBegan = clock.getAsLong();
    }

    /** Notes a message that was read. */
    void read(int length) {
        messages++;
        bytes += length;
        drainedSomething = true;
    }

    /**
     * How long to pause now that the socket is drained.
     *
     * @param late how long after its commit the server sent what was read last, in nanoseconds
     * @return nanoseconds, 0 for not at all
     */
    long pause(long late) {
        if (longest == 0) {
            return 0;
        }
        measure();
        boolean behind = drainedSomething && many && late >= LATE_NANOS;
        drainedSomething = false;
        if (!behind) {
            return 0;
        }
        return auto ? Math.min(Math.min(longest, late / LATENESS_PER_PAUSE), pauseOfManyBytes) : longest;
    }

    private void measure() {
        long now = clock.getAsLong();
        long window = now - windowBegan;
        if (window < WINDOW_NANOS) {
            return;
        }
        double millis = window / 1e6;
        many = messages >= MANY_PER_MILLI * millis;
        double taken = bytes + (double) room.perMessage() * messages;
        pauseOfManyBytes = (long) (room.bytes() / Math.max(1.0, taken / millis) * 1e6);
        windowBegan = now;
        messages = 0;
        bytes = 0;
    }
}
