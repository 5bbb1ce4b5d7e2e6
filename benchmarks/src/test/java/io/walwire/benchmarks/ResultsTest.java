package io.walwire.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.benchmarks.latency.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a run has found is found again in its file. */
class ResultsTest {
    @TempDir
    Path folder;

    private static Measurement measurement(double speed) {
        return new Measurement(speed, 1.5, 2, Double.NaN, 9, -0.01);
    }

    @Test
    void fileHasAll_butForWhatIsMeasuredAgain() throws Exception {
        Results results = new Results("here");
        results.add(Workload.W1, Consumer.BARE, measurement(100));
        results.add(Workload.W1, Consumer.BARE, measurement(300));
        results.add(Workload.W2, Consumer.BARE, measurement(200));
        results.addLatency(LatencyTurn.OFF_OFTEN, new Result(9_999, 1, 2, 3, 4, 5, 6, 7, 8));
        results.addSingle("idle", 0.5);
        Path file = folder.resolve("results.json");
        results.writeJson(file);

        Results again = Results.read(file, "here", Options.of("--workloads", "W2"));
        again.add(Workload.W2, Consumer.BARE, measurement(200));
        Path copy = folder.resolve("copy.json");
        again.writeJson(copy);
        assertThat(Files.readString(copy)).isEqualTo(Files.readString(file));
        assertThat(again.speed(Workload.W1, Consumer.BARE)).isEqualTo(200);
        assertThat(Results.read(file, "here", Options.of("--workloads", "W1,W5"))
                        .rounds())
                .containsOnlyKeys(Workload.W2);
        assertThatThrownBy(() -> Results.read(file, "elsewhere", Options.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("elsewhere");
    }

    @Test
    void oneConsumerIsMeasuredAgain_otherRowsAndFailuresOfItsWorkloadStay() throws Exception {
        Results results = new Results("here");
        results.add(Workload.W1, Consumer.BARE, measurement(100));
        results.add(Workload.W1, Consumer.WALWIRE_ALL, measurement(300));
        for (String failed : new String[] {
            Results.turn(Workload.W1, Consumer.BARE),
            Results.turn(Workload.W1, Consumer.WALWIRE_ALL),
            Singles.start(1_000)
        }) {
            results.attempt(failed, () -> {
                throw new IllegalStateException("as wanted");
            });
        }
        Path file = folder.resolve("results.json");
        results.writeJson(file);

        Results one = Results.read(file, "here", Options.of("--workloads", "W1", "--consumers", "bare"));
        assertThat(one.rounds().get(Workload.W1)).containsOnlyKeys(Consumer.WALWIRE_ALL);
        assertThat(one.failures())
                .containsExactly(Results.turn(Workload.W1, Consumer.WALWIRE_ALL), Singles.start(1_000));

        Results start = Results.read(file, "here", Options.of("--workloads", "START"));
        assertThat(start.rounds().get(Workload.W1)).containsOnlyKeys(Consumer.BARE, Consumer.WALWIRE_ALL);
        assertThat(start.failures())
                .containsExactly(
                        Results.turn(Workload.W1, Consumer.BARE), Results.turn(Workload.W1, Consumer.WALWIRE_ALL));
    }
}
