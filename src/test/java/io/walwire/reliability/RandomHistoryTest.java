package io.walwire.reliability;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever fails, nothing that was committed is left out, and nothing comes out of order. {@code -Dwalwire.chaos.minutes=}
 * says how long it lasts on each server, {@code -Dwalwire.chaos.seed=} repeats a run: the same faults and the same writes, at
 * moments of their own.
 */
class RandomHistoryTest {
    private static final int MAX_OTHERS = 2;

    private final long seed = Long.getLong("walwire.chaos.seed", System.nanoTime());

    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    @Timeout(value = 12, unit = TimeUnit.HOURS)
    void anyFault_losesNothing_keepsOrder(int version, TestReporter reporter) throws Exception {
        losesNothing(version, Mode.TEXT, "history", reporter);
    }

    /** Transactions that come before they commit, in chunks or prepared, which the client has to keep: in memory and in files. */
    @ParameterizedTest
    @CsvSource({"14, STREAMED_BINARY", "18, PARALLEL_TWO_PHASE"})
    @Timeout(value = 12, unit = TimeUnit.HOURS)
    void anyFault_whileTransactionsAreUndecided_losesNothing_keepsOrder(int version, Mode mode, TestReporter reporter)
            throws Exception {
        losesNothing(version, mode, "undecided", reporter);
    }

    /** What is finished is not what is confirmed, with handlers of eight keys side by side: the order is that of each key. */
    @ParameterizedTest
    @ValueSource(ints = 17)
    @Timeout(value = 12, unit = TimeUnit.HOURS)
    void anyFault_inLanes_losesNothing_keepsOrderOfKeys(int version, TestReporter reporter) throws Exception {
        losesNothing(version, Mode.LANES, "lanes", reporter);
    }

    private void losesNothing(int version, Mode mode, String name, TestReporter reporter) throws Exception {
        Verdict verdict = play(version, mode, name, reporter);
        assertThat(verdict.losses()).isZero();
        assertThat(verdict.faults().keySet())
                .as("a run of which every kind of fault was part")
                .isEqualTo(mode.faults().stream().map(Fault::name).collect(Collectors.toSet()));
        assertThat(verdict.duplicates())
                .as("what was redelivered after its answer was lost, at the least")
                .isPositive();
    }

    /**
     * Where the server sent something else than when it is asked again, which the recorded bytes prove, nothing is known of the client:
     * then another history is played. A seed that was given is played once.
     */
    private Verdict play(int version, Mode mode, String name, TestReporter reporter) throws Exception {
        long seconds = TimeUnit.MINUTES.toSeconds(Long.getLong("walwire.chaos.minutes", 0));
        int others = Long.getLong("walwire.chaos.seed") == null && seconds == 0 ? MAX_OTHERS : 0;
        Play play = new Play(version, mode, name, seed, seconds);
        Verdict verdict = played(play, reporter);
        for (int other = 1; verdict.serverDiffers() && other <= others; other++) {
            play = new Play(version, mode, name, seed + other, seconds);
            verdict = played(play, reporter);
        }
        assertThat(verdict.complaints())
                .as("%s, -Dwalwire.chaos.seed=%d, %s", play, play.seed(), verdict)
                .isEmpty();
        return verdict;
    }

    private static Verdict played(Play play, TestReporter reporter) throws Exception {
        Verdict verdict = play.verdict();
        String differs = verdict.serverDiffers() ? "the server differs, " : "";
        reporter.publishEntry(play.toString(), differs + verdict);
        return verdict;
    }

    /** What survives is what the standby had, and the instance is given nothing else. */
    @Test
    @EnabledIfSystemProperty(named = "walwire.chaos.minutes", matches = "[1-9].*")
    @Timeout(value = 12, unit = TimeUnit.HOURS)
    void standbyPromoted_losesNothing_inventsNothing(TestReporter reporter) throws Exception {
        losesNothing(18, Mode.PROMOTION, "promotion", reporter);
    }

    /** A temporary slot ends with its connection: a gap covers what was committed before the next one begins. */
    @Test
    @Timeout(value = 12, unit = TimeUnit.HOURS)
    void temporarySlot_whateverIsMissing_aGapCameBefore(TestReporter reporter) throws Exception {
        Verdict verdict = play(18, Mode.TEMPORARY, "gaps", reporter);
        assertThat(verdict.gaps()).isPositive();
        assertThat(verdict.missing()).isPositive();
    }
}
