package io.walwire.reliability;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.reliability.Failpoint.When;
import io.walwire.testing.Eventually;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The process is killed at every step between the socket and the confirmation, and nothing is lost.
 * {@code -Dwalwire.chaos.rounds=} says how often at each, {@code -Dwalwire.chaos.seed=} repeats a run.
 */
class FailpointsTest {
    private static final int VERSION = Integer.getInteger("walwire.test.postgres.version", 18);
    private static final int MAX_HITS = 20;
    private static final int FEW_HITS = 4;
    private static final int MAX_OTHERS = 2;
    private static final int STOP_SECONDS = 180;
    private static final Duration LONG = Duration.ofMinutes(3);

    private final long first = Long.getLong("walwire.chaos.seed", System.nanoTime());
    private final int others = Long.getLong("walwire.chaos.seed") == null ? MAX_OTHERS : 0;
    private Random random = new Random();

    @ParameterizedTest
    @EnumSource(Failpoint.class)
    void failpoint_namesAMethodThatExists(Failpoint point) throws ClassNotFoundException {
        assertThat(point.exists())
                .as("%s: %s.%s; name here what took its place", point, point.type(), point.method())
                .isTrue();
    }

    @Test
    @Timeout(value = 2, unit = TimeUnit.HOURS)
    void killedAtEveryStep_losesNothing_keepsOrder(TestReporter reporter) throws Exception {
        kill(EnumSet.complementOf(of(When.UNDECIDED)), VERSION, "failpoints", Mode.TEXT, reporter);
    }

    /** With what comes before it commits: where it is kept, and where it is made one transaction again. */
    @Test
    @Timeout(value = 2, unit = TimeUnit.HOURS)
    void killedAtEveryStep_whileTransactionsAreUndecided_losesNothing_keepsOrder(TestReporter reporter)
            throws Exception {
        int version = Math.max(VERSION, 15); // before it pgoutput has no two-phase commit
        kill(of(When.UNDECIDED), version, "failpoints-undecided", Mode.TWO_PHASE, reporter);
    }

    private static EnumSet<Failpoint> of(When when) {
        return Arrays.stream(Failpoint.values())
                .filter(point -> point.when() == when)
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(Failpoint.class)));
    }

    /** As in {@link RandomHistoryTest}, another history is played where the server sent something else than when it is asked again. */
    private void kill(Set<Failpoint> each, int version, String name, Mode mode, TestReporter reporter)
            throws Exception {
        long seed = first;
        Verdict verdict = play(seed, each, version, name, mode);
        for (int other = 1; verdict.serverDiffers() && other <= others; other++) {
            reporter.publishEntry(
                    "PostgreSQL " + version + " " + mode + ", seed " + seed, "the server differs, " + verdict);
            seed = first + other;
            verdict = play(seed, each, version, name, mode);
        }
        reporter.publishEntry("PostgreSQL " + version + " " + mode + ", seed " + seed, verdict.toString());
        assertThat(verdict.complaints())
                .as("-Dwalwire.chaos.seed=%d, %s", seed, verdict)
                .isEmpty();
        assertThat(verdict.losses()).isZero();
        assertThat(verdict.faults()).hasSize(each.size() + 1);
    }

    private Verdict play(long seed, Set<Failpoint> each, int version, String name, Mode mode) {
        random = new Random(seed);
        List<Failpoint> points = new ArrayList<>();
        for (int round = Integer.getInteger("walwire.chaos.rounds", 1); round > 0; round--) {
            points.addAll(each);
        }
        Collections.shuffle(points, random);
        try (Stage stage = new Stage(version, name, mode, false)) {
            killAfterSlotCreation(stage);
            try (History history = stage.play(seed, 2)) {
                stage.untilTrouble(() -> {
                    for (Failpoint point : points) {
                        killAt(stage, history, point);
                    }
                });
                history.end();
            }
            stage.untilTrouble(stage::launchToStream);
            return stage.verdict();
        } catch (Throwable e) {
            throw new AssertionError("With -Dwalwire.chaos.seed=" + seed, e);
        }
    }

    /** The slot is there then, and all that follows is for it. */
    private void killAfterSlotCreation(Stage stage) throws Exception {
        try (Debugger debugger = new Debugger()) {
            launch(stage, debugger);
            debugger.stopAt(Failpoint.RECONNECTED_NOT_STREAMING, 1);
            debugger.go();
            kill(stage, debugger, "SLOT_CREATED_NOT_STREAMING");
        }
        assertThat(stage.database().slot(Stage.SLOT)).isPresent();
    }

    private void killAt(Stage stage, History history, Failpoint point) throws Exception {
        try (Debugger debugger = new Debugger()) {
            launch(stage, debugger);
            stage.awaiting(String.valueOf(Ledger.LIFE), debugger::go);
            if (random.nextInt(4) == 0) {
                awaitConfirmation(stage);
            }
            if (point == Failpoint.AT_REST) {
                history.rest(); // on a machine with much else to do the reader always has something to read
            }
            boolean rare =
                    point.when() == When.LOST || point == Failpoint.TABLE_NOT_DESCRIBED || point == Failpoint.AT_REST;
            int most = rare ? 1 : point.when() == When.UNDECIDED ? FEW_HITS : MAX_HITS;
            debugger.stopAt(point, 1 + random.nextInt(most));
            if (point.when() == When.LOST) {
                Eventually.until(LONG, () -> stage.proxy().cut() > 0);
            } else if (point == Failpoint.TABLE_NOT_DESCRIBED) {
                // tables are described once in a stream, and most are by now
                stage.database().sql("ALTER TABLE account ALTER body SET STATISTICS " + random.nextInt(100));
            }
            kill(stage, debugger, point.name());
            history.goOn();
        }
    }

    /** Else the processes would die too young to confirm anything. */
    private static void awaitConfirmation(Stage stage) throws Exception {
        Object before = stage.database().slot(Stage.SLOT).orElseThrow().confirmedFlushLsn();
        Eventually.until(
                LONG,
                () -> !Objects.equals(
                        before, stage.database().slot(Stage.SLOT).orElseThrow().confirmedFlushLsn()));
    }

    private static void launch(Stage stage, Debugger debugger) throws Exception {
        stage.clientOptions(debugger.options());
        stage.launch();
        stage.clientOptions(List.of());
        debugger.attach();
    }

    private static void kill(Stage stage, Debugger debugger, String point) throws Exception {
        assertThat(debugger.awaitStop(STOP_SECONDS)).as("%s is reached", point).isTrue();
        stage.client().kill();
        stage.ledger().add(Ledger.FAULT + "\t" + point);
    }
}
