package io.walwire.internal.backfill.run;

import io.walwire.event.Lsn;
import io.walwire.internal.backfill.KeptProgress;
import io.walwire.internal.backfill.RunState;
import io.walwire.internal.backfill.StoredRun;
import io.walwire.internal.log.Logs;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** What the keeper writes of runs, where the handler thread may write of them, too. Used by the keeper's thread. */
final class RunSaves {
    private static final Logger LOG = Logs.of(RunSaves.class);

    private final RunContext context;
    private final @Nullable GroupProgress groups;

    RunSaves(RunContext context, @Nullable GroupProgress groups) {
        this.context = context;
        this.groups = groups;
    }

    /**
     * The run begins again.
     *
     * @param timeline the server's
     * @return false if that has to be tried again
     */
    boolean restart(ProgressStore store, TableRun run, int timeline) throws SQLException {
        return isWritten(
                store,
                run,
                () -> true,
                (open, table) -> {
                    StoredRun now = run.stored().fromStart().on(store.slot(), timeline);
                    table.owners().require(open, now);
                    table.replace(open, now);
                },
                () -> run.on(store.slot(), timeline));
    }

    /**
     * Keeps all of a run's progress on another server of the same history, whose table may lack what was kept last.
     *
     * @return false if that has to be tried again
     */
    boolean isMoved(ProgressStore store, TableRun run) throws SQLException {
        int timeline = run.movesTo();
        if (timeline == 0) {
            return true;
        }
        Attempt attempt = new Attempt(run.generation(), context.handedOver());
        return isWritten(
                store,
                run,
                () -> attempt.takes(run),
                (open, table) -> {
                    StoredRun now = attempt.now().on(store.slot(), timeline);
                    table.owners().require(open, now);
                    table.replace(open, now);
                    for (var leaf : attempt.progress().leaves()) {
                        table.save(open, now, leaf);
                    }
                },
                () -> {
                    attempt.saved(run);
                    run.moved(store.slot(), timeline);
                    LOG.info(
                            "The backfill {} of {} goes on on timeline {}",
                            run.stored().id(),
                            run.table(),
                            timeline);
                });
    }

    /** The run is over. Returns false if that has to be tried again. */
    boolean end(ProgressStore store, TableRun run, StoredRun last) throws SQLException {
        return isWritten(
                store,
                run,
                () -> true,
                (open, table) -> {
                    table.owners().require(open, last);
                    table.save(open, last);
                },
                () -> {
                    run.end(last);
                    if (groups != null) {
                        groups.ended(last.id());
                    }
                });
    }

    /**
     * Keeps how far a run has come.
     *
     * @param atOnce whether that cannot wait
     * @return whether there was something to be kept
     */
    boolean progress(ProgressStore store, TableRun run, boolean atOnce) throws SQLException {
        Lsn upTo = context.handedOver(); // first: what is known then is part of what is kept
        if (!run.hasToSave(atOnce, upTo)) {
            return false;
        }
        Attempt attempt = new Attempt(run.generation(), upTo);
        boolean done = false;
        try {
            isWritten(
                    store,
                    run,
                    () -> attempt.takes(run),
                    (open, table) -> {
                        StoredRun now = attempt.now();
                        KeptProgress progress = attempt.progress();
                        if (!table.owners().require(open, now) || run.saved().hasOtherKeys(progress)) {
                            table.save(open, now);
                        } else {
                            table.reach(open, now);
                        }
                        for (var leaf : run.saved().changed(progress)) {
                            table.save(open, now, leaf);
                        }
                    },
                    () -> attempt.saved(run));
            done = true;
            return attempt.hasSaved;
        } finally {
            if (!done) {
                run.notSaved();
            }
        }
    }

    /** A group that could not be stored keeps the turn: an instance that ends does not wait for it. */
    private boolean isWritten(
            ProgressStore store, TableRun run, BooleanSupplier taken, ProgressStore.Written work, Runnable committed)
            throws SQLException {
        return store.inTurn(run.saves(), !context.isStopping(), taken, work, committed);
    }

    /** For other processes, and later instances. */
    void wanted(ProgressStore store, TableRun run) throws SQLException {
        RunState wanted = run.wish().toWrite();
        if (wanted != null) {
            store.want(run.stored(), wanted);
            run.wish().learn(wanted);
        }
    }

    /** Other processes say in the table of the progress what they want. */
    void readWanted(ProgressStore store, List<TableRun> runs) throws SQLException {
        for (StoredRun row : store.runs()) {
            runs.stream()
                    .filter(run -> run.phase() != TableRun.Phase.ENDED
                            && run.wish().toWrite() == null // else that is not written yet
                            && run.stored().id().equals(row.id()))
                    .forEach(run -> run.wanted(row.wanted()));
        }
    }

    /** What is kept if the transaction is committed. */
    private static final class Attempt {
        private final int generation;
        private final Lsn upTo;

        private @Nullable StoredRun now;
        private @Nullable KeptProgress progress;
        private boolean hasSaved;

        Attempt(int generation, Lsn upTo) {
            this.generation = generation;
            this.upTo = upTo;
        }

        /** False if nothing is to be kept. */
        boolean takes(TableRun run) {
            StoredRun of = run.stored(); // first: no reading that begins later has this progress
            KeptProgress taken = run.toSave();
            progress = taken;
            now = taken == null ? null : of.with(taken.keysToRead(), upTo);
            return taken != null;
        }

        StoredRun now() {
            return Objects.requireNonNull(now);
        }

        KeptProgress progress() {
            return Objects.requireNonNull(progress);
        }

        void saved(TableRun run) {
            run.saved(progress(), run.stored().state(), upTo, generation, true);
            hasSaved = true;
        }
    }
}
