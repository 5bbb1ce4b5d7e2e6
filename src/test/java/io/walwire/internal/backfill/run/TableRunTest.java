package io.walwire.internal.backfill.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Lsn;
import io.walwire.internal.backfill.BackfillSettings;
import io.walwire.internal.backfill.KeptProgress;
import io.walwire.internal.backfill.RunState;
import io.walwire.internal.backfill.TableBackfill;
import io.walwire.internal.backfill.TablePlan;
import io.walwire.internal.backfill.TableRequest;
import io.walwire.internal.backfill.UnseenTransactions;
import io.walwire.internal.text.TableName;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a run that begins again means for positions, and for what comes late of the time before. */
class TableRunTest {
    private static final TableRequest REQUEST = new TableRequest(new TableName("public", "item"), null);
    private static final TablePlan PLAN = new TablePlan(REQUEST, REQUEST.table(), List.of());
    private static final Lsn BEGIN = Lsn.parse("0/10");
    private static final Lsn HANDLED = Lsn.parse("0/100");

    private final TableRun run = new TableRun(RunThreads.storedRun("slot", "run", REQUEST, null), List.of());

    private TableBackfill begin() {
        run.ready(PLAN, Map.of(), run.generation());
        run.begin(new BackfillSettings(1_000, 1_000, false, null, true), new UnseenTransactions(), BEGIN);
        return Objects.requireNonNull(run.backfill());
    }

    @Test
    void nothingMoreIsConfirmed_untilItIsKeptThatTheRunBeginsAgain() {
        assertThat(run.confirmable(HANDLED)).isEqualTo(HANDLED);
        begin();
        assertThat(run.confirmable(HANDLED)).isEqualTo(HANDLED);
        run.beginAgain();
        assertThat(run.confirmable(HANDLED)).isEqualTo(BEGIN);
        begin();
        assertThat(run.confirmable(HANDLED)).isEqualTo(HANDLED);
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
        TableBackfill before = begin();
        run.beginAgain();
        run.planned(before, PLAN, Map.of());
        assertThat(run.phase()).isEqualTo(TableRun.Phase.NEW);
        run.ready(PLAN, Map.of(), run.generation());
        run.end(run.stored().in(RunState.CANCELLED, null));
        run.begin(new BackfillSettings(1_000, 1_000, false, null, true), new UnseenTransactions(), BEGIN);
        assertThat(run.phase()).isEqualTo(TableRun.Phase.ENDED);
    }

    @Test
    void progressOfTheTimeBefore_isNotTakenForKept() {
        begin();
        int before = run.generation();
        run.beginAgain();
        run.saved(new KeptProgress(List.of(), List.of(List.of("1")), 7), RunState.RUNNING, HANDLED, before);
        assertThat(run.stored().keysToRead()).isEmpty();
        assertThat(run.confirmable(HANDLED)).isEqualTo(BEGIN);
    }

    @Test
    void endThatIsKept_isNotWrittenOver_untilTheRunBeginsAgain() {
        begin();
        run.saved(new KeptProgress(List.of(), List.of(), 0), RunState.DONE, HANDLED, run.generation());
        assertThat(run.stored().state()).isEqualTo(RunState.DONE);
        run.beginAgain();
        assertThat(run.stored().state()).isEqualTo(RunState.RUNNING);
    }

    @Test
    void progress_isSavedAtMostOnceASecond() {
        begin();
        long saves = 0;
        long began = System.nanoTime();
        for (int i = 0; i < 1_000; i++) {
            run.notSaved();
            if (run.hasToSave(false)) {
                assertThat(run.toSave()).isNotNull();
                saves++;
            }
        }
        assertThat(saves).isBetween(1L, 1 + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began));
        assertThat(run.hasToSave(true)).isTrue();
    }
}
