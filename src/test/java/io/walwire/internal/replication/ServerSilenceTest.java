package io.walwire.internal.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.internal.replication.ServerSilence.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ServerSilenceTest {
    private long now;
    private long lastInput;
    private final ServerSilence silence = new ServerSilence(() -> now, ServerSilence.DOUBT);

    /** What is said, second by second; a server that answers does so at once, so that no wait ever sees it. */
    private List<Verdict> said(int seconds, boolean serverAnswers) {
        List<Verdict> said = new ArrayList<>();
        for (int i = 0; i < seconds; i++) {
            now += TimeUnit.SECONDS.toNanos(1);
            Verdict verdict = silence.look(lastInput);
            if (silence.isToBeAsked(verdict)) {
                said.add(verdict);
            }
            if (verdict == Verdict.ASK && serverAnswers) {
                lastInput = now;
            }
        }
        return said;
    }

    @Test
    void look_idleServerThatAnswers_isNeverGivenUp() {
        assertThat(said(600, true)).isNotEmpty().containsOnly(Verdict.ASK);
    }

    @Test
    void look_serverThatDoesNotAnswer_isAsked_andInDoubtAfterAMinute() {
        assertThat(said(80, false))
                .startsWith(Verdict.ASK, Verdict.ASK, Verdict.ASK, Verdict.ASK, Verdict.ASK)
                .endsWith(Verdict.DOUBT, Verdict.DOUBT)
                .hasSize(7);
        assertThat(silence.look(lastInput)).isEqualTo(Verdict.DOUBT);
        lastInput = now;
        assertThat(silence.look(lastInput)).isEqualTo(Verdict.FINE);
    }

    @Test
    void look_afterALongAbsence_countsFromThen() {
        now += TimeUnit.MINUTES.toNanos(10);
        assertThat(silence.look(lastInput)).isEqualTo(Verdict.FINE);
        assertThat(said(10, false)).isEmpty();
    }

    @Test
    void look_bytesComing_neverAsks() {
        for (int i = 0; i < 100; i++) {
            now += TimeUnit.SECONDS.toNanos(1);
            lastInput = now;
            assertThat(silence.look(lastInput)).isEqualTo(Verdict.FINE);
        }
    }
}
