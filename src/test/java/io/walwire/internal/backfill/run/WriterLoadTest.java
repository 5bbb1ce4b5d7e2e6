package io.walwire.internal.backfill.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How long readers of existing rows rest while other sessions write. */
class WriterLoadTest {
    private static final Duration CHUNK = Duration.ofMillis(30);
    private static final Duration FULL = Duration.ofMillis(30 * (long) WriterLoad.MOST);

    private long now = TimeUnit.DAYS.toNanos(1);
    private final WriterLoad writers = new WriterLoad(now);

    private Duration restAfter(Duration passed, long changes) {
        writers.delivered((int) changes);
        now += passed.toNanos();
        return writers.rest(CHUNK, now);
    }

    @Test
    void withoutChanges_nobodyRests() {
        assertThat(restAfter(Duration.ofSeconds(5), 0)).isZero();
    }

    @Test
    void withManyChanges_aRestIsAMultipleOfTheReading() {
        assertThat(restAfter(Duration.ofSeconds(1), WriterLoad.MANY_CHANGES)).isEqualTo(FULL);
        assertThat(restAfter(Duration.ofSeconds(1), 50 * WriterLoad.MANY_CHANGES))
                .isEqualTo(FULL);
    }

    @Test
    void withSomeChanges_aRestIsShorterInProportion() {
        assertThat(restAfter(Duration.ofSeconds(1), WriterLoad.MANY_CHANGES / 4))
                .isEqualTo(FULL.dividedBy(4));
        assertThat(restAfter(Duration.ofSeconds(10), WriterLoad.MANY_CHANGES))
                .as("the same number in a longer time")
                .isEqualTo(FULL.dividedBy(10));
    }

    @Test
    void withinASecond_theLoadOfTheOneBeforeHolds() {
        restAfter(Duration.ofSeconds(1), WriterLoad.MANY_CHANGES);
        assertThat(restAfter(Duration.ofMillis(100), 0)).isEqualTo(FULL);
        assertThat(restAfter(Duration.ofMillis(899), 0)).isEqualTo(FULL);
        assertThat(restAfter(Duration.ofMillis(1), 0))
                .as("a second without changes")
                .isZero();
    }

    @Test
    void aRestIsBounded() {
        restAfter(Duration.ofSeconds(1), WriterLoad.MANY_CHANGES);
        assertThat(writers.rest(Duration.ofMinutes(1), now)).isEqualTo(WriterLoad.LONGEST);
    }
}
