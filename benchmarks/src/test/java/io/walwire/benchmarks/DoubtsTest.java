package io.walwire.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class DoubtsTest {
    private final Results results = new Results("a machine");

    @Test
    void fiveEqualRoundsOfAQuietMachineHaveNone() {
        rounds(0.1, 93, 100, 100, 104, 108);

        assertThat(Doubts.of(results)).isEmpty();
    }

    @Test
    void roundsThatDifferAreDoubted() {
        rounds(0, 92, 100, 100, 104, 108);

        assertThat(Doubts.of(results))
                .isEqualTo(List.of("W1, Walwire, every column read: its rounds differ by 16 % of their median"));
    }

    @Test
    void otherWorkIsDoubted() {
        rounds(0.11, 100, 100, 100, 100, 100);

        assertThat(Doubts.of(results)).isEqualTo(List.of("W1, Walwire, every column read: other work took 0.11 cores"));
    }

    @Test
    void fewRoundsAreDoubted() {
        rounds(0, 100, 100, 100, 100);

        assertThat(Doubts.of(results)).isEqualTo(List.of("W1, Walwire, every column read: 4 of 5 rounds"));
    }

    private void rounds(double otherCores, double... speeds) {
        for (double speed : speeds) {
            results.add(Workload.W1, Consumer.WALWIRE_ALL, new Measurement(speed, 1, 1, 1, 1, otherCores));
        }
    }
}
