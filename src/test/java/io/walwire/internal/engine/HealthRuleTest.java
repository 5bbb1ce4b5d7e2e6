package io.walwire.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Lsn;
import io.walwire.lifecycle.Health;
import io.walwire.lifecycle.State;
import io.walwire.lifecycle.Status;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HealthRuleTest {
    private final HealthRule rule = new HealthRule(Duration.ofSeconds(30));

    private static Status status(State state, @Nullable Duration silence) {
        return new CurrentStatus(
                state, "shop", Lsn.ZERO, Lsn.ZERO, Lsn.ZERO, 0, 0, 0, 0, 0, 0, false, 0, Duration.ZERO, silence, "why");
    }

    @ParameterizedTest
    @CsvSource({
        "STREAMING, 0, 999, true, streaming",
        "STREAMING, 30, 999, true, streaming",
        "STREAMING, 31, 999, false, the server has been silent for 31 s",
        "STREAMING, , 0, true, streaming",
        "STANDBY, , 999, true, standing by: why",
        "RECONNECTING, , 30, true, the connection was lost 30 s ago: why",
        "RECONNECTING, , 31, false, the connection was lost 31 s ago: why",
        "STARTING, , 0, false, not started yet: why",
        "STOPPED, , 0, false, closed",
        "FAILED, , 0, false, failed: why",
    })
    void judge_byStateAndSilence(State state, @Nullable Long silent, long inState, boolean up, String reason) {
        Duration silence = silent == null ? null : Duration.ofSeconds(silent);
        Health health = rule.judge(status(state, silence), Duration.ofSeconds(inState));
        assertThat(health.up()).isEqualTo(up);
        assertThat(health.reason()).startsWith(reason);
    }
}
