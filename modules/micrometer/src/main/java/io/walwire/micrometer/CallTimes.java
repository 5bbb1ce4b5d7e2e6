package io.walwire.micrometer;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.distribution.TimeWindowMax;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * The number, the time and the maximum of a handler's calls. A {@code Timer} has no method that counts several calls at once, and would
 * read the clock for each. Safe for several threads.
 */
final class CallTimes {
    /** As a {@code Timer} has it if nothing else is configured. */
    private static final Duration WINDOW = Duration.ofMinutes(2);

    private static final int PARTS = 3;

    private final LongAdder count = new LongAdder();
    private final LongAdder nanos = new LongAdder();
    private final TimeWindowMax max;

    CallTimes(Clock clock) {
        max = new TimeWindowMax(clock, WINDOW.toMillis(), PARTS);
    }

    /**
     * Counts calls.
     *
     * @param calls how many
     * @param took how long all of them took
     */
    void add(int calls, long took) {
        count.add(calls);
        nanos.add(took);
        max.record((double) took, TimeUnit.NANOSECONDS);
    }

    long count() {
        return count.sum();
    }

    double nanos() {
        return nanos.sum();
    }

    double maxNanos() {
        return max.poll(TimeUnit.NANOSECONDS);
    }
}
