package io.walwire.internal.source;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** How long to wait before the next attempt: twice as long each time up to a bound, and never all instances at once. */
public final class Backoff {
    private static final long FIRST_MILLIS = 100;
    private static final long MOST_MILLIS = 10_000;

    private long millis = FIRST_MILLIS;

    /** The next wait: somewhere between half and the whole of the current one. */
    public Duration next() {
        long wait = ThreadLocalRandom.current().nextLong(millis / 2, millis + 1);
        millis = Math.min(millis * 2, MOST_MILLIS);
        return Duration.ofMillis(wait);
    }

    /** The next wait is the first again. */
    public void reset() {
        millis = FIRST_MILLIS;
    }
}
