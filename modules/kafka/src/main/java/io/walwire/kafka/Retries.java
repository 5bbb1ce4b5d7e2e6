package io.walwire.kafka;

import io.walwire.internal.concurrent.Backoff;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.InterruptException;

/** The waits between attempts to store a group. Each attempt waits for the brokers, too. */
final class Retries {
    private static final Duration FIRST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofSeconds(2);

    private Retries() {}

    static Backoff backoff() {
        return new Backoff(FIRST, LONGEST);
    }

    static void pause(Backoff backoff) {
        try {
            TimeUnit.MILLISECONDS.sleep(backoff.next().toMillis());
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }
}
