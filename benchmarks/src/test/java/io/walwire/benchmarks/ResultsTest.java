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
}
