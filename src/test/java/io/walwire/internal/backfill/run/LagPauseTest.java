package io.walwire.internal.backfill.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

/** When reading pauses because the stream is behind. */
class LagPauseTest {
    private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");

    private final LagPause lag = new LagPause("test");

    private boolean pauses(int seconds) {
        lag.look(NOW.minusSeconds(seconds), NOW);
        return lag.pauses();
    }

    @Test
    void changesThatWaitForHandlers_pauseTheReading_untilTheyAreFew() {
        lag.look(null, NOW);
        assertThat(lag.pauses()).as("nothing waits").isFalse();
        assertThat(pauses(10)).isFalse();
        assertThat(pauses(11)).isTrue();
        assertThat(pauses(6)).isTrue();
        assertThat(pauses(5)).isFalse();
        assertThat(pauses(10)).isFalse();
    }

    @Test
    void changesThatTheServerSendsLate_pauseTheReading_untilAllHaveCome() {
        lag.delivered(NOW.minusSeconds(20), 1);
        assertThat(pauses(0)).isTrue();
        lag.delivered(NOW.minusSeconds(7), 1);
        assertThat(pauses(0)).isTrue();
        lag.rests();
        assertThat(pauses(0)).isFalse();
        lag.delivered(NOW.minusSeconds(2), 1);
        assertThat(pauses(0)).isFalse();
    }
}
