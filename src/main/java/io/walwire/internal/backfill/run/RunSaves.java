package io.walwire.internal.backfill.run;

import io.walwire.event.Lsn;
import io.walwire.internal.backfill.KeptProgress;
import io.walwire.internal.backfill.RunState;
import io.walwire.internal.backfill.StoredRun;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the keeper writes of runs, where the handler thread may write of them, too. Used by the keeper's thread. */
final class RunSaves {
    private final RunContext context;

    RunSaves(RunContext context) {
        this.context = context;
    }

    /**
     * The run begins again.
     *
     * @param timeline the server's
     * @return false if that has to be tried again
     */
    boolean restart(ProgressStore store, TableRun run, int timeline) throws SQLException {
        return store.inTurn(
                run.saves(),
                (open, table) -> {
                    StoredRun now = run.stored().on(store.slot(), timeline);
                    table.owners().require(open, now);
                    table.restart(open, now);
                },
                () -> run.on(store.slot(), timeline));
    }

    /** The run is over. Returns false if that has to be tried again. */
    boolean end(ProgressStore store, TableRun run, StoredRun last) throws SQLException {
        return store.inTurn(
                run.saves(),
                (open, table) -> {
                    table.owners().require(open, last);
                    table.save(open, last);
                },
                () -> run.end(last));
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
            boolean written = store.inTurn(
                    run.saves(),
                    (open, table) -> {
                        KeptProgress progress = run.toSave();
                        attempt.progress = progress;
                        if (progress != null) {
                            StoredRun now = run.stored().with(progress.keysToRead(), upTo);
                            if (!table.owners().require(open, now)
                                    || run.saved().hasOtherKeys(progress)) {
                                table.save(open, now);
                            } else {
                                table.reach(open, now);
                            }
                            for (var leaf : run.saved().changed(progress)) {
                                table.save(open, now, leaf);
                            }
                        }
                    },
                    () -> attempt.saved(run));
            done = true;
            return written && attempt.progress != null;
        } finally {
            if (!done) {
                run.notSaved();
            }
        }
    }

    /** For other processes, and later instances. */
    void wanted(ProgressStore store, TableRun run) throws SQLException {
        RunState wanted = run.wantedNow();
        if (wanted != null) {
            store.want(run.stored(), wanted);
            run.wrote(wanted);
        }
    }

    /** Other processes say in the table of the progress what they want. */
    void readWanted(ProgressStore store, List<TableRun> runs) throws SQLException {
        for (StoredRun row : store.runs()) {
            runs.stream()
                    .filter(run -> run.phase() != TableRun.Phase.ENDED
                            && run.wantedNow() == null // else that is not written yet
                            && run.stored().id().equals(row.id()))
                    .forEach(run -> run.wanted(row.wanted()));
        }
    }

    /** What is kept if the transaction is committed. */
    private static final class Attempt {
        private final int generation;
        private final Lsn upTo;

        @Nullable
        KeptProgress progress;

        Attempt(int generation, Lsn upTo) {
            this.generation = generation;
            this.upTo = upTo;
        }

        void saved(TableRun run) {
            KeptProgress kept = progress;
            if (kept != null) {
                run.saved(kept, run.stored().state(), upTo, generation, true);
            }
        }
    }
}
