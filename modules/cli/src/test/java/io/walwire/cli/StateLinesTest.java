package io.walwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Lsn;
import io.walwire.internal.engine.CurrentStatus;
import io.walwire.lifecycle.State;
import io.walwire.lifecycle.Status;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StateLinesTest {
    @Test
    void streaming_saysFromWhere() {
        assertThat(StateLines.line(status(State.STREAMING, null))).isEqualTo("streaming from 0/16B6C50, slot shop_app");
    }

    @Test
    void standby_saysForWhom() {
        String busy =
                "Replication slot \"shop_app\" on shop@localhost:5432 is in use by PID 42 (application \"walwire\","
                        + " client 10.0.0.7)";

        assertThat(StateLines.line(status(State.STANDBY, busy)))
                .isEqualTo("standing by: slot shop_app is in use by PID 42 (application \"walwire\", client 10.0.0.7)");
    }

    @Test
    void standby_forSomebodyUnknown_saysSo() {
        assertThat(StateLines.line(status(State.STANDBY, null))).isEqualTo("standing by: slot shop_app is in use");
    }

    @Test
    void otherStates_areTheLogs() {
        assertThat(StateLines.line(status(State.RECONNECTING, "lost"))).isNull();
    }

    private static Status status(State state, @Nullable String lastError) {
        return new CurrentStatus(
                state,
                "shop_app",
                Lsn.parse("0/16B6C50"),
                Lsn.ZERO,
                Lsn.ZERO,
                0,
                0,
                0,
                0,
                0,
                0,
                false,
                0,
                Duration.ZERO,
                null,
                lastError);
    }
}
