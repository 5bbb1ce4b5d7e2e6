package io.walwire.internal.concurrent;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How long to wait before the next attempt: twice as long each time, up to a bound, and shortened at random, so that instances do
 * not all try at once. Not thread-safe.
 */
public final class Backoff {
    private static final Duration FIRST = Duration.ofMillis(100);
    private static final Duration MAX = Duration.ofSeconds(10);

    private final Duration first;
    private final Duration max;
    private Duration current;

    /** From 100 ms up to 10 seconds: for a server that cannot be reached. */
    public Backoff() {
        this(FIRST, MAX);
    }

    /**
     * With other bounds.
     *
     * @param first the first wait, before it is shortened
     * @param max the longest wait
     */
    public Backoff(Duration first, Duration max) {
        this.first = first;
        this.max = max;
        this.current = first;
    }

    /** The next wait: between half of the current one and all of it. */
    public Duration next() {
        Duration wait = current;
        current = wait.compareTo(max.dividedBy(2)) > 0 ? max : wait.multipliedBy(2);
        return jittered(wait);
    }

    /** Begins with the first wait again. */
    public void reset() {
        current = first;
    }

    /** A random wait, from half of the given one to all of it. */
    public static Duration jittered(Duration wait) {
        return jittered(wait, ThreadLocalRandom.current().nextDouble());
    }

    static Duration jittered(Duration wait, double random) {
        Duration half = wait.dividedBy(2);
        return half.plus(half.dividedBy(1000).multipliedBy((long) (random * 1000)));
    }
}
