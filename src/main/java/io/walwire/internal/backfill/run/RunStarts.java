package io.walwire.internal.backfill.run;

import io.walwire.error.ConfigurationException;
import io.walwire.event.Lsn;
import io.walwire.internal.backfill.RunState;
import io.walwire.internal.backfill.StoredRun;
import io.walwire.internal.backfill.TablePlan;
import io.walwire.internal.backfill.TableRequest;
import io.walwire.internal.checkpoint.Checkpoint;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.log.Logs;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.text.TableName;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Starts runs that the application asks for. Thread-safe. */
final class RunStarts {
    private static final Logger LOG = Logs.of(RunStarts.class);

    private final RunSettings settings;
    private final RunContext context;
    private final RunList runs;
    private final RunThreads threads;

    RunStarts(RunSettings settings, RunContext context, RunList runs, RunThreads threads) {
        this.settings = settings;
        this.context = context;
        this.runs = runs;
        this.threads = threads;
    }

    StartedRun start(StreamStart stream, TableRequest request, @Nullable List<String> handlers) {
        List<TablePlan> plans = plans(stream, request, handlers);
        if (settings.durable()) {
            requireStore(stream);
            threads.tableExists();
        }
        List<TableRun> all = new ArrayList<>();
        List<TableRun> added = new ArrayList<>();
        for (TablePlan plan : plans) {
            TableName table = plans.size() == 1 ? request.table() : plan.sentName();
            all.add(runningOrNew(stream, new TableRequest(table, request.where()), handlers, added));
        }
        add(stream, added);
        return new StartedRun(request.table(), all, runs::wake);
    }

    private synchronized TableRun runningOrNew(
            StreamStart stream, TableRequest request, @Nullable List<String> handlers, List<TableRun> added) {
        return Stream.concat(runs.starting().stream(), runs.all().stream())
                .filter(run -> run.table().equals(request.table())
                        && Objects.equals(run.stored().where(), request.where())
                        && Objects.equals(run.stored().handlers(), handlers)
                        && !run.isCancelled())
                .findFirst()
                .orElseGet(() -> {
                    TableRun run =
                            new TableRun(storedRun(stream, settings, RunIds.next(), request, handlers), List.of());
                    runs.starting().add(run);
                    added.add(run);
                    return run;
                });
    }

    /** Without a lock: a handler may have the connection that this waits for, and start a run, too. */
    private void add(StreamStart stream, List<TableRun> added) {
        Checkpoint checkpoint = settings.durable() ? settings.progress() : null;
        List<TableRun> left = new ArrayList<>(added);
        try {
            for (TableRun run : added) {
                if (settings.durable()) {
                    keep(stream, run);
                }
                left.remove(run);
                if (checkpoint == null) {
                    begin(run);
                } else {
                    checkpoint.whenEnded(() -> begin(run)); // what a handler has written is kept, or will not be
                }
            }
        } catch (RuntimeException e) {
            runs.starting().removeAll(left);
            left.forEach(run -> run.completion().completeExceptionally(e));
            throw e;
        }
    }

    private void begin(TableRun run) {
        runs.add(run);
        runs.starting().remove(run);
        if (!runs.isOpen()) {
            EndedRun.left(run, settings, null); // the list was looked through before
        }
        threads.ensureRunning();
    }

    /** Stored before the run works, so that one that works always outlives this instance. */
    private void keep(StreamStart stream, TableRun run) {
        try (ProgressStore store = new ProgressStore(settings, stream, threads.notes())) {
            addSurely(store, run);
        } catch (SQLException e) {
            throw ServerErrors.explain(e, "writing to walwire_backfill", settings.database());
        }
    }

    /**
     * If the outcome of the commit is not known, the same is written again. If that is not known either, the run is cancelled when
     * it turns out to be there: its user does not know it, and may start another one.
     */
    private void addSurely(ProgressStore store, TableRun run) throws SQLException {
        try {
            store.add(run.stored());
        } catch (SQLException e) {
            if (!ServerErrors.heals(e)) {
                throw e;
            }
            LOG.debug("The outcome of the commit is not known; writing again", e);
            threads.notes().abandon(run.stored().id());
            store.add(run.stored());
            threads.notes().keepAfterAll(run.stored().id());
        }
    }

    private List<TablePlan> plans(StreamStart stream, TableRequest request, @Nullable List<String> handlers) {
        List<String> problems = new ArrayList<>();
        try {
            context.requireReadable(request.table(), handlers);
        } catch (ConfigurationException e) {
            problems.addAll(e.problems());
        }
        try {
            List<TablePlan> plans = settings.readable().plans(List.of(request), problems);
            problems.addAll(PlanChecks.of(plans, settings, stream, false));
            if (!plans.isEmpty()
                    && !context.isSubscribed(request.table())
                    && plans.stream().noneMatch(plan -> context.isSubscribed(plan.sentName()))) {
                problems.add("Table " + request.table() + " cannot be read: it is not subscribed. Add it to"
                        + " walwire.subscriptions, or with Walwire.addTables.");
            }
            if (!problems.isEmpty()) {
                throw new ConfigurationException(problems);
            }
            return plans;
        } catch (SQLException e) {
            throw ServerErrors.explain(e, "planning a backfill of " + request.table(), settings.database());
        }
    }

    private void requireStore(StreamStart stream) {
        try (ProgressStore store = new ProgressStore(settings, stream, threads.notes())) {
            store.require();
        } catch (SQLException e) {
            throw ServerErrors.explain(e, "looking at walwire_backfill", settings.database());
        }
    }

    /** A run that begins beside a stream. */
    static StoredRun storedRun(
            StreamStart beside,
            RunSettings settings,
            String id,
            TableRequest request,
            @Nullable List<String> handlers) {
        return new StoredRun(
                settings.slotOf(beside),
                id,
                request.table(),
                request.where(),
                handlers,
                RunState.RUNNING,
                RunState.RUNNING,
                null,
                List.of(),
                beside.server().timeline(),
                RunIds.next(),
                settings.owner(),
                Lsn.ZERO);
    }
}
