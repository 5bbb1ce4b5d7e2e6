package io.walwire.internal.backfill.run;

import io.walwire.error.ConfigurationException;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.internal.backfill.ChunkReader;
import io.walwire.internal.backfill.KeptProgress;
import io.walwire.internal.backfill.LeafRanges;
import io.walwire.internal.backfill.RunState;
import io.walwire.internal.backfill.StoredLeaf;
import io.walwire.internal.backfill.StoredRun;
import io.walwire.internal.backfill.TableBackfill;
import io.walwire.internal.backfill.TablePlan;
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
import java.util.concurrent.CancellationException;
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
    private final UnseenTransactions unseen;
    private final ChunkReader looker;
    private final RunPlans plans;
    private final RunSnapshots snapshots;
    private final Backoff backoff = new Backoff();
    private @Nullable ProgressStore store;
    private long synced = System.nanoTime();

    RunKeeper(RunSettings settings, RunContext context, RunList runs, RunThreads threads, UnseenTransactions unseen) {
        this.settings = settings;
        this.context = context;
        this.runs = runs;
        this.threads = threads;
        this.unseen = unseen;
        this.looker = new ChunkReader(settings.database(), settings.publications(), 1, Duration.ofSeconds(1));
        this.plans = new RunPlans(settings, context, looker);
        this.snapshots = new RunSnapshots(runs, threads, unseen, looker);
    }

    /** What nobody has foreseen. */
    static WalwireException unexpected(Throwable e) {
        return new WalwireException(ErrorCode.PROTOCOL, "A backfill failed: " + e + ".", "Please report this.", e);
    }

    /** Looks by a new connection. By any thread. */
    void reconnect() {
        looker.reconnect();
    }

    @Override
    public void run() {
        try (looker) {
            boolean idle = false;
            while (runs.isOpen() && !(idle && threads.mayEnd())) {
                tryStep();
                idle = runs.isEmpty();
                if (!idle) {
                    runs.await();
                }
            }
            saveAtEnd();
        } catch (InterruptedException e) {
            LOG.debug("The backfills of {} end", settings.instance());
        } catch (Error e) {
            context.fail(unexpected(e));
            throw e;
        } finally {
            if (store != null) {
                store.close();
            }
        }
    }

    private void tryStep() throws InterruptedException {
        RunThreads.Due due = threads.takeDue();
        try {
            look(due);
            due = RunThreads.Due.NOTHING;
            step();
            backoff.reset();
        } catch (SQLException e) {
            failed(e, due);
        } catch (WalwireException e) {
            failed(e, due);
        } catch (RuntimeException e) {
            failed(unexpected(e), due);
        }
    }

    /** What does not heal is not looked for again. */
    private void failed(WalwireException failure, RunThreads.Due due) {
        runs.all().forEach(run -> runs.fail(run, failure));
        if (due.isNothing()) {
            return;
        }
        if (settings.automatic()) {
            context.fail(failure);
        } else {
            LOG.warn("Backfills of an earlier instance do not go on: {}", failure.getMessage());
        }
    }

    private void failed(SQLException e, RunThreads.Due due) throws InterruptedException {
        if (!runs.isOpen()) {
            return;
        }
        WalwireException explained = ServerErrors.explain(e, "reading existing rows", settings.database());
        if (!ServerErrors.heals(e)) {
            failed(explained, due);
            return;
        }
        threads.again(due);
        Duration wait = backoff.next();
        LOG.warn("{} Trying again in {} ms.", explained.getMessage(), wait.toMillis());
        context.pause(wait);
    }

    private void look(RunThreads.Due due) throws SQLException {
        try {
            takeUp(due);
        } finally {
            if (due.takeUp()) {
                threads.looked();
            }
        }
    }

    private void takeUp(RunThreads.Due due) throws SQLException {
        StreamStart stream = threads.stream();
        if (stream == null || !(due.takeUp() || due.lookForNew())) {
            return;
        }
        if (due.takeUp() && settings.durable() && (settings.automatic() || plans.hasProgressTable())) {
            for (StoredRun run : store(stream).runs()) {
                boolean goesOn = run.state() == RunState.RUNNING || run.state() == RunState.REQUESTED;
                if (goesOn
                        && runs.all().stream()
                                .noneMatch(known -> known.stored().id().equals(run.id()))) {
                    LOG.info("The backfill {} of {} goes on", run.id(), run.table());
                    takeUp(run, stream, due.streamGoesOn());
                }
            }
        }
        if (due.lookForNew()) {
            lookForNew(stream, due.streamGoesOn());
        }
    }

    /** It is prepared before the first event is handed over, so that it has missed none. */
    private void takeUp(StoredRun run, StreamStart stream, boolean streamGoesOn) throws SQLException {
        List<StoredLeaf> leaves;
        try {
            leaves = streamGoesOn ? store(stream).leaves(run) : List.of();
            leaves.forEach(leaf -> LeafRanges.parse(leaf.ranges()));
        } catch (RuntimeException e) {
            runs.fail(
                    threads.add(run, List.of()),
                    new WalwireException(
                            ErrorCode.CHECKPOINT,
                            "The backfill of " + run.table() + " cannot go on: its rows in walwire_backfill were"
                                    + " changed by somebody else.",
                            "Start it again.",
                            e));
            return;
        }
        TableRun added = threads.add(run, leaves);
        if (!added.isFromStart() && !added.isCancelled()) {
            prepare(added);
        }
    }

    private void lookForNew(StreamStart stream, boolean goesOn) throws SQLException {
        try {
            PlanChecks.requirePrimary(stream);
            for (StoredRun run :
                    plans.neverRead(stream.slot().name(), settings.durable() ? store(stream) : null, goesOn)) {
                if (runs.all().stream().noneMatch(known -> known.stored().id().equals(run.id()))) {
                    runs.add(new TableRun(run, List.of()));
                }
            }
        } catch (WalwireException e) {
            context.fail(e);
        }
    }

    private ProgressStore store(StreamStart stream) {
        ProgressStore known = store;
        if (known == null || !known.slot().equals(stream.slot().name())) {
            known = new ProgressStore(settings.database(), stream.slot().name());
            store = known;
        }
        return known;
    }

    private @Nullable ProgressStore store() {
        StreamStart stream = threads.stream();
        return settings.durable() && stream != null ? store(stream) : null;
    }

    private void step() throws SQLException {
        for (TableRun run : runs.all()) {
            WalwireException failure = runs.failure(run);
            if (failure != null) {
                end(run, RunState.FAILED, failure);
            } else if (run.isCancelled()) {
                end(run, RunState.CANCELLED, null);
            } else if (run.phase() == TableRun.Phase.NEW) {
                prepare(run);
            } else if (run.phase() == TableRun.Phase.BEGUN) {
                follow(run);
            }
        }
        syncWanted();
        snapshots.take();
        snapshots.nudge();
    }

    private void prepare(TableRun run) throws SQLException {
        int generation = run.generation();
        try {
            TablePlan plan = plans.plan(run);
            Map<Relation, ReadTable> described = plans.describe(plan);
            ProgressStore kept = store();
            if (kept != null && run.isFromStart()) {
                kept.restart(run.stored());
            }
            threads.follow();
            // what was handed over before is seen by a snapshot that sees the end of all that runs now
            unseen.startsAt(looker.snapshotOfAllRunning());
            run.ready(plan, described, generation);
            threads.ensureReaders();
            LOG.info("The backfill {} of {} begins: {} bytes", run.stored().id(), run.table(), plan.bytes());
        } catch (ConfigurationException e) {
            runs.fail(run, e);
        }
    }

    private void follow(TableRun run) throws SQLException {
        TableBackfill backfill = run.backfill();
        if (backfill == null) {
            return;
        }
        try {
            if (backfill.brokenPlan() != null) {
                TablePlan next = plans.plan(run);
                run.planned(next, plans.describe(next));
            } else if (!context.isSubscribed(run.sentName())) {
                throw new ConfigurationException(List.of(
                        "Table " + run.table() + " is not subscribed any more, so that its backfill cannot go on."));
            }
        } catch (ConfigurationException e) {
            runs.fail(run, e);
            return;
        }
        int generation = run.generation();
        boolean done = backfill.isDone() && run.isReported();
        save(run);
        if (done && generation == run.generation()) {
            end(run, RunState.DONE, null);
        }
    }

    /** Other processes say in the table of the progress what they want, and read there what this one wants. */
    private void syncWanted() throws SQLException {
        ProgressStore kept = store();
        if (kept == null) {
            return;
        }
        for (TableRun run : runs.all()) {
            RunState wanted = run.phase() == TableRun.Phase.BEGUN ? run.wantedNow() : null;
            if (wanted != null) {
                kept.want(run.stored(), wanted);
                run.wrote(wanted);
            }
        }
        long now = System.nanoTime();
        if (now - synced > SYNC_NANOS && !runs.isEmpty()) {
            synced = now;
            for (StoredRun row : kept.runs()) {
                runs.all().stream()
                        .filter(run -> run.phase() == TableRun.Phase.BEGUN
                                && run.stored().id().equals(row.id()))
                        .forEach(run -> run.wanted(row.wanted()));
            }
        }
    }

    private void save(TableRun run) throws SQLException {
        ProgressStore kept = store();
        if (kept == null) {
            return;
        }
        Lsn upTo = context.handedOver();
        KeptProgress progress = run.toSave();
        if (progress == null) {
            return;
        }
        boolean done = false;
        try {
            kept.save(run.stored(), progress, run.changed(progress));
            run.saved(progress, upTo);
            done = true;
        } finally {
            if (!done) {
                run.notSaved();
            }
        }
        context.confirmAgain();
    }

    /** What is not kept is read again. */
    private void saveAtEnd() {
        if (store != null && store.isOpen()) {
            try {
                for (TableRun run : runs.all()) {
                    save(run);
                }
            } catch (SQLException e) {
                LOG.debug("The progress was not kept at the end", e);
            }
        }
    }

    private void end(TableRun run, RunState state, @Nullable WalwireException failure) throws SQLException {
        StoredRun last = run.stored().in(state, failure == null ? null : failure.getMessage());
        ProgressStore kept = store();
        if (kept != null) {
            try {
                kept.save(last);
            } catch (SQLException | WalwireException e) {
                if (failure == null) {
                    throw e;
                }
                LOG.debug("That the run has failed is not kept", e);
            }
        }
        run.end(last);
        runs.remove(run);
        context.confirmAgain();
        switch (state) {
            case DONE -> {
                LOG.info(
                        "The backfill {} of {} is done: {} rows",
                        last.id(),
                        run.table(),
                        run.amount().rows());
                run.completion().complete(null);
            }
            case CANCELLED -> {
                LOG.info("The backfill {} of {} was cancelled", last.id(), run.table());
                run.completion().completeExceptionally(new CancellationException("The backfill was cancelled"));
            }
            default -> {
                LOG.error(
                        "The backfill {} of {} failed: {}",
                        last.id(),
                        run.table(),
                        Objects.requireNonNull(failure).getMessage());
                run.completion().completeExceptionally(failure);
            }
        }
    }
}
