package io.walwire.spring;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.core.env.Environment;

/**
 * How the time that Spring gives a phase of the shutdown is spent. Spring goes on when it has passed, and closes the
 * {@code DataSource} that handlers use: so an instance ends before.
 *
 * @param phase Spring's time for the phase
 * @param drain how long the instance may handle what it has received
 * @param close how long it may wait for handlers after that
 */
record ShutdownTime(Duration phase, Duration drain, Duration close) {
    private static final Duration DEFAULT_PHASE = Duration.ofSeconds(30);
    private static final int RESERVE = 10;

    static ShutdownTime of(Environment environment) {
        return of(Binder.get(environment)
                .bind("spring.lifecycle.timeout-per-shutdown-phase", Duration.class)
                .orElse(DEFAULT_PHASE));
    }

    private static ShutdownTime of(Duration phase) {
        Duration half = phase.minus(phase.dividedBy(RESERVE)).dividedBy(2);
        return new ShutdownTime(phase, half, half);
    }

    /** Adds {@code walwire.close.timeout}, if it is set. The builder reports a value that cannot be read. */
    ShutdownTime with(@Nullable String closeTimeout) {
        if (closeTimeout == null) {
            return this;
        }
        try {
            Duration chosen = DurationStyle.detectAndParse(closeTimeout.strip());
            Duration rest = phase.minus(phase.dividedBy(RESERVE)).minus(chosen);
            return new ShutdownTime(phase, rest.isNegative() ? Duration.ZERO : rest, chosen);
        } catch (IllegalArgumentException e) {
            return this;
        }
    }
}
