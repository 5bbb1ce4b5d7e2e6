package io.walwire.internal.backfill.run;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * How fast existing rows may be read.
 *
 * @param most bytes a second; 0 for no bound
 * @param givesWay whether readers rest while other sessions write much
 */
public record Pace(long most, boolean givesWay) {
    /**
     * How long bytes take at this pace.
     *
     * @param bytes that were read
     * @param readers how many connections share the bound
     */
    Duration of(long bytes, int readers) {
        return most == 0
                ? Duration.ZERO
                : Duration.ofNanos((long) (TimeUnit.SECONDS.toNanos(1) * (double) bytes * readers / most));
    }
}
