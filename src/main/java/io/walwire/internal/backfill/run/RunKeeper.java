package io.walwire.internal.backfill.run;

import io.walwire.error.ConfigurationException;
import io.walwire.error.WalwireException;
import io.walwire.internal.backfill.RowReader;
import io.walwire.internal.backfill.RunState;
import io.walwire.internal.backfill.StoredRun;
import io.walwire.internal.backfill.TablePlan;
import io.walwire.internal.backfill.TableReading;
import io.walwire.internal.backfill.TakenRunException;
import io.walwire.internal.backfill.UnseenTransactions;
import io.walwire.internal.concurrent.Backoff;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.log.Logs;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.transaction.ReadTable;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Plans runs, takes snapshots for them, keeps their progress and ends them. */
final class RunKeeper implements Runnable {
    private static final Logger LOG = Logs.of(RunKeeper.class);

    private static final long SYNC_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final RunSettings settings;
    private final RunContext context;
    private final RunList runs;
    private final RunThreads threads;
    private final RowReader looker;
    private final RunPlans plans;
    private final LeftOutRows leftOut;
    private final RunLooks looks;
    private final ServerClock clock;
    private final RunSnapshots snapshots;
    private final RunSaves saves;
    private final RunRetries retries = new RunRetries();
    private final Backoff backoff = new Backoff();
    private @Nullable ProgressStore store;
    private long synced = System.nanoTime();

    RunKeeper(RunSettings settings, RunContext context, RunList runs, RunThreads threads, UnseenTransactions unseen) {
        this.settings = settings;
        this.context = context;
        this.runs = runs;
        this.threads = threads;
        this.looker = settings.reader(1, Duration.ofSeconds(1));
        this.plans = new RunPlans(settings, context, looker, threads.readAsNew(), threads.first());
        this.leftOut = new LeftOutRows(plans::isWhole, runs, System::nanoTime);
        this.looks = new RunLooks(settings, context, runs, threads, plans);
        this.clock = new ServerClock(looker::time);
        this.saves = new RunSaves(context, settings.groups());
        this.snapshots = new RunSnapshots(runs, threads, unseen, looker);
    }

    /** Looks by a new connection. Called by any thread. */
    void reconnect() {
        looker.reconnect();
        clock.forget();
    }

    @Override
    public void run() {
        try (looker) {
            boolean idle = false;
            while (runs.isOpen()) {
                if (idle && threads.mayEnd()) {
                    return; // another keeper may be at work from now on
                }
                tryStep();
                threads.due().runWhatAwaitsKept();
                idle = runs.isEmpty();
                if (!idle) {
                    runs.await();
                }
            }
            saveAtEnd();
        } catch (InterruptedException e) {
            LOG.debug("The backfills of {} end", settings.instance());
        } catch (Error e) {
            context.fail(EndedRun.unexpected(e));
            throw e;
        } finally {
            if (store != null) {
                store.close();
            }
        }
    }

    private void tryStep() throws InterruptedException {
        DueLooks.Due due = threads.due().take();
        try {
            look(due);
            due = DueLooks.Due.NOTHING;
            step();
            backoff.reset();
        } catch (SQLException e) {
            failed(e, due);
        } catch (RuntimeException e) {
            failed(EndedRun.explained(e), due);
        }
    }

    /** What does not heal is not looked for again. */
    private void failed(WalwireException failure, DueLooks.Due due) {
        (due.isOnlyForNew() ? List.<TableRun>of() : runs.all()).forEach(run -> runs.fail(run, failure));
        if (!due.streamGoesOn() && !due.first() && settings.durable()) {
            context.fail(failure); // what is confirmed from now on would hide the gap from what is kept
            return;
        }
        if (due.isNothing()) {
            return;
        }
        looked(due);
        if (settings.automatic() && due.first()) {
            context.fail(failure);
        } else if (due.lookForNew()) {
            LOG.error(
                    "Walwire could not look for tables whose existing rows were never read: {}", failure.getMessage());
        } else {
            LOG.warn("Walwire cannot continue the backfills of an earlier instance: {}", failure.getMessage());
        }
    }

    private void failed(SQLException e, DueLooks.Due due) throws InterruptedException {
        if (!runs.isOpen()) {
            return;
        }
        WalwireException explained = explained(e);
        if (!ServerErrors.heals(e)) {
            failed(explained, due);
            return;
        }
        threads.due().again(due);
        Duration wait = backoff.next();
        LOG.warn("{} Trying again in {} ms.", explained.getMessage(), wait.toMillis());
        context.pause(wait);
    }

    private void look(DueLooks.Due due) throws SQLException {
        StreamStart stream = threads.stream();
        if (stream != null && due.takeUp()) {
            boolean hasAll = looks.takeUp(stream, store(stream), due);
            prepareTakenUp();
            if (!hasAll && threads.due().isAwaited()) { // else they begin again
                throw new SQLException(
                        "Other sessions hold rows of walwire_backfill locked", ServerErrors.LOCK_NOT_AVAILABLE);
            }
        }
        if (stream != null && due.requests()) {
            looks.takeRequests(stream, store(stream));
        }
        if (stream != null && !due.takeUp() && !due.streamGoesOn() && settings.durable()) {
            looks.forget(stream, store(stream));
        }
        if (stream != null && due.lookForNew()) {
            looks.lookForNew(stream, store(), due);
            threads.first().known();
        }
        looked(due);
    }

    private void looked(DueLooks.Due due) {
        if (due.takeUp() || !due.streamGoesOn() || due.first()) {
            threads.due().looked();
            context.confirmAgain();
        }
    }

    /** They are prepared before the first event is handed over, so that they have missed none. */
    private void prepareTakenUp() throws SQLException {
        for (TableRun run : runs.all()) {
            if (run.phase() == TableRun.Phase.NEW && !run.isFromStart() && !run.isCancelled()) {
                prepareTakenUp(run);
            }
        }
    }

    private void prepareTakenUp(TableRun run) throws SQLException {
        try {
            prepare(run);
        } catch (SQLException e) {
            if (ServerErrors.heals(e)) {
                throw e;
            }
            runs.fail(run, explained(e)); // the table of another run may be fine
        }
    }

    private ProgressStore store(StreamStart stream) {
        ProgressStore known = store;
        if (known == null || !known.isOf(settings, stream)) {
            if (known != null) {
                known.close();
            }
            known = new ProgressStore(settings, stream, threads.notes());
            store = known;
        }
        return known;
    }

    private @Nullable ProgressStore store() {
        StreamStart stream = threads.stream();
        return settings.durable() && stream != null ? store(stream) : null;
    }

    private void step() throws SQLException {
        if (!runs.isEmpty()) {
            threads.lag().look(context.oldestCommit(), clock.now());
        }
        for (TableRun run : runs.all()) {
            if (retries.isDue(run)) {
                tryStep(run);
            }
        }
        snapshots.take();
        snapshots.nudge();
        readWanted();
    }

    /** The table of another run may be fine. */
    private void tryStep(TableRun run) {
        try {
            step(run);
            retries.succeeded(run);
        } catch (SQLException e) {
            if (!ServerErrors.heals(e)) {
                runs.fail(run, explained(e));
                return;
            }
            LOG.warn(
                    "The backfill {} of {}: {} Trying again in {} ms.",
                    run.stored().id(),
                    run.table(),
                    explained(e).getMessage(),
                    retries.failed(run).toMillis());
        } catch (RuntimeException e) {
            runs.fail(run, EndedRun.explained(e));
        }
    }

    private WalwireException explained(SQLException e) {
        return ServerErrors.explain(e, "reading existing rows", settings.database());
    }

    private void step(TableRun run) throws SQLException {
        WalwireException failure = runs.failure(run);
        if (failure != null) {
            end(run, RunState.FAILED, failure);
        } else if (run.isCancelled()) {
            end(run, RunState.CANCELLED, null);
        } else if (run.phase() == TableRun.Phase.NEW) {
            prepare(run);
        } else if (run.phase() == TableRun.Phase.BEGUN && !run.hasToBeginAgain()) {
            follow(run);
        }
    }

    private void prepare(TableRun run) throws SQLException {
        int generation = run.generation();
        try {
            StreamStart stream = Objects.requireNonNull(threads.stream());
            PlanChecks.requireWritable(stream, settings);
            FirstReading.Table first = threads.first().of(run);
            TablePlan plan = first == null ? plans.plan(run, stream) : first.plan();
            Map<Relation, ReadTable> described = first == null ? plans.describe(plan) : first.described();
            ProgressStore kept = store();
            if (kept != null
                    && (run.isFromStart() || !plan.isComparedByKey())
                    && !saves.restart(kept, run, stream.server().timeline())) {
                return; // it is tried again
            }
            threads.follow();
            snapshots.startAt(stream);
            run.ready(plan, described, generation);
            threads.ensureReaders(plan.isComparedByKey());
            LOG.info("The backfill {} of {} begins: {}", run.stored().id(), run.table(), plan.amount());
        } catch (RuntimeException e) {
            runs.fail(run, EndedRun.explained(e));
        }
    }

    private void follow(TableRun run) throws SQLException {
        TableReading backfill = run.backfill();
        if (backfill == null) {
            return;
        }
        if (threads.first().hasLeft(run)) {
            run.haveBeginAgain();
            return;
        }
        ProgressStore kept = store();
        if (kept != null && !saves.isMoved(kept, run)) {
            return; // it is tried again
        }
        try {
            if (backfill.brokenPlan() != null || leftOut.areFound(run, backfill)) {
                TablePlan next = plans.plan(run, Objects.requireNonNull(threads.stream()));
                String unfit = backfill.unfit(next);
                if (unfit != null) {
                    leftOut.report(run, unfit);
                    run.haveBeginAgain();
                    return;
                }
                run.planned(backfill, next, plans.describe(next));
            } else if (!context.isSubscribed(run.sentName())) {
                throw new ConfigurationException(List.of(
                        "Table " + run.table() + " is not subscribed any more, so that its backfill cannot go on."));
            }
        } catch (ConfigurationException e) {
            runs.fail(run, e);
            return;
        }
        writeWanted(run);
        int generation = run.generation();
        boolean done = backfill.isDone() && run.isReported();
        save(run, done);
        if (done && generation == run.generation()) {
            end(run, RunState.DONE, null);
        }
    }

    /** Writes {@code wanted}, for other processes and later instances. */
    private void writeWanted(TableRun run) throws SQLException {
        ProgressStore kept = store();
        if (kept != null && run.phase() == TableRun.Phase.BEGUN) {
            saves.wanted(kept, run);
        }
    }

    private void readWanted() throws SQLException {
        ProgressStore kept = store();
        long now = System.nanoTime();
        if (kept != null && now - synced > SYNC_NANOS && !runs.isEmpty()) {
            synced = now;
            saves.readWanted(kept, runs.all());
        }
    }

    private void save(TableRun run, boolean atOnce) throws SQLException {
        ProgressStore kept = store();
        if (kept != null && saves.progress(kept, run, atOnce)) {
            context.confirmAgain();
        }
    }

    /** What is not kept is read again. */
    private void saveAtEnd() {
        if (store != null && store.isOpen()) {
            for (TableRun run : runs.all()) {
                try {
                    writeWanted(run);
                    save(run, true);
                } catch (SQLException | WalwireException e) {
                    LOG.debug("The progress of {} was not kept at the end", run.table(), e);
                }
            }
        }
    }

    private void end(TableRun run, RunState state, @Nullable WalwireException failure) throws SQLException {
        StoredRun last = run.stored().in(state, failure == null ? null : failure.getMessage());
        ProgressStore kept = failure instanceof TakenRunException ? null : store();
        if (kept != null) {
            try {
                if (!saves.end(kept, run, last)) {
                    return; // it is tried again
                }
            } catch (TakenRunException e) {
                if (failure == null) {
                    throw e;
                }
                LOG.info("{}", e.getMessage());
            } catch (SQLException | WalwireException e) {
                // another instance would go on where the run was, and miss what is confirmed from now on
                if (failure == null || (e instanceof SQLException sql && ServerErrors.heals(sql))) {
                    throw e;
                }
                LOG.warn(
                        "The failure of the backfill {} of {} is not stored: {} Delete its rows from walwire_backfill before another"
                                + " instance streams from the slot. Otherwise that instance continues the backfill and misses changes.",
                        last.id(),
                        run.table(),
                        e.getMessage());
            }
        }
        run.end(last);
        runs.remove(run);
        plans.ended(run, failure);
        context.confirmAgain();
        EndedRun.report(run, failure);
    }
}
