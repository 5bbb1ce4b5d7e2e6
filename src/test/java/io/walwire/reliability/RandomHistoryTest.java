package io.walwire.reliability;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever fails, nothing that was committed is left out, and nothing comes out of order. {@code -Dwalwire.chaos.minutes=}
 * says how long it lasts on each server, {@code -Dwalwire.chaos.seed=} repeats a run: the same faults and the same writes, at
 * moments of their own.
 */
class RandomHistoryTest {
    private static final int WRITERS = 3;

    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    @Timeout(value = 12, unit = TimeUnit.HOURS)
    void anyFault_losesNothing_keepsOrder(int version, TestReporter reporter) throws Exception {
        try (Stage stage = new Stage(version, "history")) {
            losesNothing(version, stage, "", reporter);
        }
    }

    /** Transactions that come before they commit, in chunks or prepared, which the client has to keep: in memory and in files. */
    @ParameterizedTest
    @CsvSource({"14, walwire.streaming=on walwire.binary=true", "18, walwire.streaming=parallel walwire.two-phase=true"
    })
    @Timeout(value = 12, unit = TimeUnit.HOURS)
    void anyFault_whileTransactionsAreUndecided_losesNothing_keepsOrder(
            int version, String settings, TestReporter reporter) throws Exception {
        try (Stage stage = new Stage(version, "undecided", Stage.SLOT, List.of(settings.split(" ", -1)))) {
            losesNothing(version, stage, settings, reporter);
        }
    }

    /** What is finished is not what is confirmed, with handlers of eight keys side by side: the order is that of each key. */
    @ParameterizedTest
    @ValueSource(ints = 17)
    @Timeout(value = 12, unit = TimeUnit.HOURS)
    void anyFault_inLanes_losesNothing_keepsOrderOfKeys(int version, TestReporter reporter) throws Exception {
        try (Stage stage = new Stage(version, "lanes")) {
            stage.lanes(8);
            losesNothing(version, stage, "lanes", reporter);
        }
    }

    private static void losesNothing(int version, Stage stage, String settings, TestReporter reporter)
            throws Exception {
        long seed = Long.getLong("walwire.chaos.seed", System.nanoTime());
        long minutes = Long.getLong("walwire.chaos.minutes", 0);
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(minutes);
        Verdict verdict;
        try {
            stage.launchToStream();
            try (History history = stage.play(seed, WRITERS)) {
                Adversary adversary = new Adversary(stage, seed, minutes > 0);
                do {
                    adversary.inflictAll(EnumSet.allOf(Fault.class));
                } while (System.nanoTime() - deadline < 0);
                history.end();
            }
            verdict = stage.verdict();
        } catch (Throwable e) {
            throw new AssertionError("On PostgreSQL " + version + " with -Dwalwire.chaos.seed=" + seed, e);
        }
        reporter.publishEntry("PostgreSQL " + version + " " + settings + ", seed " + seed, verdict.toString());
        assertThat(verdict.complaints())
                .as("PostgreSQL %d %s, -Dwalwire.chaos.seed=%d, %s", version, settings, seed, verdict)
                .isEmpty();
        assertThat(verdict.losses()).isZero();
        assertThat(verdict.faults().keySet())
                .as("a run of which every kind of fault was part")
                .isEqualTo(EnumSet.allOf(Fault.class).stream().map(Fault::name).collect(Collectors.toSet()));
        assertThat(verdict.duplicates())
                .as("what was redelivered after its answer was lost, at the least")
                .isPositive();
    }

    /** A temporary slot ends with its connection: what was committed before the next one begins is told to be missing. */
    @Test
    @Timeout(value = 12, unit = TimeUnit.HOURS)
    void temporarySlot_whateverIsMissing_aGapToldOfItBefore() throws Exception {
        Set<Fault> faults = EnumSet.of(
                Fault.WALSENDER_TERMINATED,
                Fault.CONNECTION_CUT,
                Fault.CONNECTION_STALLED,
                Fault.CONNECTION_HALF_CLOSED,
                Fault.SERVER_STOPPED_FAST,
                Fault.SERVER_STOPPED_IMMEDIATELY,
                Fault.HANDLER_THREW,
                Fault.HANDLER_ANSWER_LOST);
        long seed = Long.getLong("walwire.chaos.seed", System.nanoTime());
        Verdict verdict;
        try (Stage stage = new Stage(18, "gaps", ReliabilityClient.TEMPORARY, List.of())) {
            stage.launchToStream();
            try (History history = stage.play(seed, WRITERS)) {
                new Adversary(stage, seed, false).inflictAll(faults);
                stage.awaitDeliveredAgain();
                history.end();
            }
            verdict = stage.verdict();
        } catch (Throwable e) {
            throw new AssertionError("With -Dwalwire.chaos.seed=" + seed, e);
        }
        assertThat(verdict.complaints())
                .as("-Dwalwire.chaos.seed=%d, %s", seed, verdict)
                .isEmpty();
        assertThat(verdict.gaps()).isPositive();
        assertThat(verdict.missing()).isPositive();
    }
}
