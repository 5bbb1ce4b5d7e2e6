package io.walwire.internal.concurrent;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BackoffTest {
    private static final Duration FIRST = Duration.ofMillis(100);

    @Test
    void jittered_fromHalfToTheWhole() {
        Duration second = Duration.ofSeconds(1);
        assertThat(Backoff.jittered(second, 0)).isEqualTo(Duration.ofMillis(500));
        assertThat(Backoff.jittered(second, 0.5)).isEqualTo(Duration.ofMillis(750));
        assertThat(Backoff.jittered(second, Math.nextDown(1.0))).isBetween(Duration.ofMillis(990), second);
        assertThat(Backoff.jittered(Duration.ofSeconds(Long.MAX_VALUE), 0.5)).isPositive();
    }

    @Test
    void next_doublesUpToTheBound() {
        Backoff backoff = new Backoff(FIRST, Duration.ofMillis(300));
        assertThat(backoff.next()).isBetween(FIRST.dividedBy(2), FIRST);
        assertThat(backoff.next()).isBetween(FIRST, FIRST.multipliedBy(2));
        assertThat(backoff.next()).isBetween(Duration.ofMillis(150), Duration.ofMillis(300));
        assertThat(backoff.next()).isBetween(Duration.ofMillis(150), Duration.ofMillis(300));
    }

    @Test
    void reset_beginsAgain() {
        Backoff backoff = new Backoff();
        backoff.next();
        backoff.next();
        backoff.reset();
        assertThat(backoff.next()).isBetween(FIRST.dividedBy(2), FIRST);
    }
}
