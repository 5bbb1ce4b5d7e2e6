package io.walwire.internal.backfill.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.backfill.BackfillState;
import io.walwire.event.Lsn;
import io.walwire.event.ReplicaIdentity;
import io.walwire.internal.backfill.BackfillSettings;
import io.walwire.internal.backfill.HeldTable;
import io.walwire.internal.backfill.KeptProgress;
import io.walwire.internal.backfill.LeafPlan;
import io.walwire.internal.backfill.RunSlot;
import io.walwire.internal.backfill.RunState;
import io.walwire.internal.backfill.StoredRun;
import io.walwire.internal.backfill.TablePlan;
import io.walwire.internal.backfill.TableReading;
import io.walwire.internal.backfill.TableRequest;
import io.walwire.internal.backfill.UnseenTransactions;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.text.TableName;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a run that begins again means for positions, and for what comes late of the time before. */
class TableRunTest {
    private static final TableRequest REQUEST = new TableRequest(new TableName("public", "item"), null);
    private static final TablePlan PLAN = new TablePlan(REQUEST, REQUEST.table(), List.of());
    private static final Lsn BEGIN = Lsn.parse("0/10");
    private static final Lsn HANDLED = Lsn.parse("0/100");
    private static final Lsn MORE = Lsn.parse("0/200");
    private static final int ROUNDS = 20_000;

    private final TableRun run = new TableRun(storedRun(REQUEST.table()), List.of());

    /** A run of the whole table, as it is stored before anything of it was read. */
    static StoredRun storedRun(TableName table) {
        return new StoredRun(
                new RunSlot("1", "slot"),
                "run",
                table,
                null,
                null,
                RunState.RUNNING,
                RunState.RUNNING,
                null,
                List.of(),
                1,
                "first",
                "one",
                Lsn.ZERO);
    }

    private TableReading begin() {
        run.ready(PLAN, Map.of(), run.generation());
        run.begin(new BackfillSettings(1_000, 1_000, false, true, false), new UnseenTransactions(), BEGIN);
        return Objects.requireNonNull(run.backfill());
    }

    @Test
    void nothingMoreIsConfirmed_untilItIsKeptThatTheRunBeginsAgain() {
        assertThat(run.confirmable(HANDLED)).isEqualTo(HANDLED);
        begin();
        save(HANDLED);
        assertThat(run.confirmable(HANDLED)).isEqualTo(HANDLED);
        run.beginAgain();
        assertThat(run.confirmable(MORE)).isEqualTo(HANDLED);
        run.ready(PLAN, Map.of(), run.generation());
        assertThat(run.confirmable(MORE)).isEqualTo(MORE);
    }

    private void save(Lsn upTo) {
        run.saved(progress(0, 0), RunState.RUNNING, upTo, run.generation(), true);
    }

    @Test
    void pauseWhileItBegins_isNotLost() throws Exception {
        Relation relation = new Relation(1, "public", "item", ReplicaIdentity.FULL, List.of());
        TablePlan plan =
                new TablePlan(REQUEST, REQUEST.table(), List.of(LeafPlan.ofTable(relation, List.of(), 1, 8192)));
        SynchronousQueue<TableRun> pausing = new SynchronousQueue<>();
        CompletableFuture<Void> pauses = CompletableFuture.runAsync(() -> {
            try {
                for (TableRun each = pausing.take(); each != run; each = pausing.take()) {
                    each.pause(true);
                    pausing.put(run);
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        long enough =
                System.nanoTime() + TimeUnit.SECONDS.toNanos(10); // on a busy machine each round waits for processors
        for (int i = 0; i < ROUNDS && System.nanoTime() < enough; i++) {
            TableRun each = new TableRun(storedRun(REQUEST.table()), List.of());
            each.ready(plan, Map.of(), each.generation());
            pausing.put(each);
            for (int spin = 0; spin < i % 500; spin++) {
                Thread.onSpinWait();
            }
            each.begin(new BackfillSettings(1_000, 1_000, false, true, false), new UnseenTransactions(), BEGIN);
            pausing.take();
            assertThat(ShownState.of(each)).isEqualTo(BackfillState.PAUSED);
            assertThat(((HeldTable) Objects.requireNonNull(each.backfill())).isWanted())
                    .as("round %s", i)
                    .isFalse();
        }
        pausing.put(run);
        pauses.get();
    }

    /** So a stream that begins behind it has missed something. */
    @Test
    void nothingMoreIsConfirmed_thanTheProgressIsKeptOf() {
        begin();
        assertThat(run.confirmable(HANDLED)).isEqualTo(BEGIN);
        assertThat(run.hasToSave(true, BEGIN)).isFalse();
        assertThat(run.hasToSave(true, HANDLED)).isTrue();
        save(HANDLED);
        assertThat(run.confirmable(HANDLED)).isEqualTo(HANDLED);
        assertThat(run.confirmable(MORE)).isEqualTo(HANDLED);
        assertThat(run.hasToSave(true, HANDLED)).isFalse();
    }

    @Test
    void runThatIsTakenUpLate_confirmsNothing_untilItIsPrepared() {
        run.beginAgain();
        assertThat(run.confirmable(HANDLED)).isEqualTo(Lsn.ZERO);
        run.ready(PLAN, Map.of(), run.generation());
        assertThat(run.confirmable(HANDLED)).isEqualTo(HANDLED);
    }

    @Test
    void endOfTheTimeBefore_isNoEndOfTheRun() {
        begin();
        int before = run.generation();
        run.beginAgain();
        begin();
        run.reported(before);
        assertThat(run.isReported()).isFalse();
        run.reported(run.generation());
        assertThat(run.isReported()).isTrue();
    }

    @Test
    void planOfTheTimeBefore_andBeginningAfterTheEnd_changeNothing() {
        TableReading before = begin();
        run.beginAgain();
        run.planned(before, PLAN, Map.of());
        assertThat(run.phase()).isEqualTo(TableRun.Phase.NEW);
        run.ready(PLAN, Map.of(), run.generation());
        run.end(run.stored().in(RunState.CANCELLED, null));
        run.begin(new BackfillSettings(1_000, 1_000, false, true, false), new UnseenTransactions(), BEGIN);
        assertThat(run.phase()).isEqualTo(TableRun.Phase.ENDED);
    }

    @Test
    void progressOfTheTimeBefore_isNotTakenForKept() {
        begin();
        int before = run.generation();
        run.beginAgain();
        run.saved(new KeptProgress(List.of(), List.of(List.of("1")), 7, 0), RunState.RUNNING, HANDLED, before, true);
        assertThat(run.stored().keysToRead()).isEmpty();
        assertThat(run.confirmable(HANDLED)).isEqualTo(BEGIN);
    }

    @Test
    void endThatIsKept_isNotWrittenOver_untilTheRunBeginsAgain() {
        begin();
        run.saved(new KeptProgress(List.of(), List.of(), 0, 0), RunState.DONE, HANDLED, run.generation(), true);
        assertThat(run.stored().state()).isEqualTo(RunState.DONE);
        run.beginAgain();
        assertThat(run.stored().state()).isEqualTo(RunState.RUNNING);
    }

    @Test
    void runThatAnotherInstanceHad_confirmsNothing_untilItHasBegunAgain() {
        begin();
        run.haveBeginAgain();
        assertThat(run.confirmable(HANDLED)).isEqualTo(BEGIN);
        assertThat(run.hasToBeginAgain()).isTrue();
        run.beginAgain();
        assertThat(run.hasToBeginAgain()).isFalse();
        assertThat(run.confirmable(HANDLED)).isEqualTo(BEGIN);
        run.ready(PLAN, Map.of(), run.generation());
        assertThat(run.confirmable(HANDLED)).isEqualTo(HANDLED);
    }

    /** All keys are written each time. Those that came with events are not confirmed until then. */
    @Test
    void keysOfEvents_areNotKeptWithEachChunk() {
        begin();
        save(BEGIN);
        SavedProgress saved = run.saved();
        assertThat(saved.hasToKeepKeys(progress(1, 0))).isFalse();
        assertThat(saved.hasOtherKeys(progress(1, 0))).isTrue();
        assertThat(saved.hasToKeepKeys(progress(1, 1)))
                .as("a read changed them")
                .isTrue();
        run.saved(progress(1, 0), RunState.RUNNING, HANDLED, run.generation(), false);
        assertThat(run.saved().upTo()).as("the keys are not kept").isEqualTo(BEGIN);
        run.saved(progress(1, 1), RunState.RUNNING, HANDLED, run.generation(), true);
        assertThat(run.saved().upTo()).isEqualTo(HANDLED);
        assertThat(run.saved().hasOtherKeys(progress(1, 1))).isFalse();
    }

    /** More than what is kept at the beginning. */
    private KeptProgress progress(long version, long ofReads) {
        KeptProgress begun = Objects.requireNonNull(run.backfill()).kept();
        return new KeptProgress(List.of(), List.of(), begun.version() + version, begun.ofReads() + ofReads);
    }

    @Test
    void progress_isSavedAtMostOnceASecond() {
        begin();
        long saves = 0;
        long began = System.nanoTime();
        for (int i = 0; i < 1_000; i++) {
            run.notSaved();
            if (run.hasToSave(false, BEGIN)) {
                assertThat(run.toSave()).isNotNull();
                saves++;
            }
        }
        assertThat(saves).isBetween(1L, 1 + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began));
        assertThat(run.hasToSave(true, BEGIN)).isTrue();
    }
}
