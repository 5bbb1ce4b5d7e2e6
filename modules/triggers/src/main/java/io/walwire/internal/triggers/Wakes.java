package io.walwire.internal.triggers;

import java.time.Duration;

/**
 * How the readers of an instance learn that there may be something to read, one reader after another: by notifications, or only
 * by looking often. Any role may notify any channel, so a reader whose connection was cut for a flood is followed by
 * one that does not listen for a while.
 */
final class Wakes {
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final Duration POLL_UNNOTIFIED = Duration.ofMillis(50);
    private static final long QUIET_NANOS = Duration.ofMinutes(5).toNanos();

    private final boolean notified;
    private final Duration poll;
    private boolean flooded;
    private long floodedAt;

    /**
     * Of an instance.
     *
     * @param notified whether writers notify at all
     */
    public Wakes(boolean notified) {
        this(notified, POLL);
    }

    /** With another interval; for tests. */
    Wakes(boolean notified, Duration poll) {
        this.notified = notified;
        this.poll = poll;
    }

    /** Too much came at once. */
    synchronized void flood() {
        flooded = true;
        floodedAt = System.nanoTime();
    }

    /** Whether to listen now. */
    synchronized boolean areHeard() {
        flooded = flooded && System.nanoTime() - floodedAt < QUIET_NANOS;
        return notified && !flooded;
    }

    /** How often to look, however quiet it is. */
    Duration poll() {
        return areHeard() ? poll : POLL_UNNOTIFIED;
    }
}
