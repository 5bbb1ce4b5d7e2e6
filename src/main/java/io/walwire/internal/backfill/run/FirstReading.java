package io.walwire.internal.backfill.run;

import io.walwire.error.ConfigurationException;
import io.walwire.event.Lsn;
import io.walwire.internal.backfill.ChunkReader;
import io.walwire.internal.backfill.ChunkResult;
import io.walwire.internal.backfill.ChunkResult.Locked;
import io.walwire.internal.backfill.HeldReader;
import io.walwire.internal.backfill.HeldTable;
import io.walwire.internal.backfill.PlanState;
import io.walwire.internal.backfill.TablePlan;
import io.walwire.internal.backfill.TableRequest;
import io.walwire.internal.concurrent.Backoff;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.log.Logs;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.replication.SlotRequest;
import io.walwire.internal.replication.SnapshotSlot;
import io.walwire.internal.replication.SnapshotUse;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.replication.StreamStart.History;
import io.walwire.internal.transaction.ReadTable;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The tables that are read before the stream's first change, in the snapshot of the slot that the instance creates at its start. They are
 * locked before the slot is created: a TRUNCATE or a rewrite in between would leave nothing to be seen. The slot has every change since
 * the snapshot. So a table that is not read to its end in it can be read beside the stream, at any time, by any instance: nothing has
 * to be kept of how far this has come. What has to be known of the tables is asked for before they are locked: later, the question may
 * wait for a session that waits for the locks, which stay until the tables are read. Thread-safe.
 */
final class FirstReading implements SnapshotUse {
    private static final Logger LOG = Logs.of(FirstReading.class);

    private static final Duration LOOK = Duration.ofMillis(50);
    private static final Duration AFTER_TIMEOUT = Duration.ofSeconds(1);
    private static final Duration MOST_AFTER_TIMEOUTS = Duration.ofMinutes(1);

    private final RunSettings settings;
    private final RunContext context;
    private final RunThreads threads;

    /** The tables that are left to be read so, by the names of their runs. */
    private Map<String, Table> tables = new LinkedHashMap<>();

    private @Nullable Snapshot snapshot;
    private boolean known;

    /** What is known of a table. */
    record Table(long oid, TablePlan plan, Map<Relation, ReadTable> described) {}

    /** What the tables are read in. */
    record Snapshot(HeldReader reader, SlotRequest slot, Lsn position) {}

    FirstReading(RunSettings settings, RunContext context, RunThreads threads) {
        this.settings = settings;
        this.context = context;
        this.threads = threads;
    }

    /** What keeps a table from being read ends the start before there is a slot, so that the next start has a new one, too. */
    @Override
    public Lsn create(SlotRequest slot, History server, Database at, Creation creation) throws SQLException {
        discard();
        StreamStart before = new StreamStart(slot, server, Lsn.ZERO);
        requirePrimary(before);
        Duration patience = settings.held().patience();
        try (ChunkReader looker = new ChunkReader(() -> at, settings.sender(), 1, Duration.ofSeconds(1), patience)) {
            if (awaitWanted(before, looker).isEmpty()) {
                return creation.plain();
            }
            if (settings.durable()) {
                requireStore(before);
            }
            return create(before, at, creation, looker);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw closed();
        }
    }

    private static void requirePrimary(StreamStart before) {
        if (before.server().standby()) {
            throw new ConfigurationException(
                    List.of(
                            "walwire.backfill.order=first does not work with a stream from a standby."
                                    + " Stream from the primary, or leave it out: existing rows are then read beside the stream."));
        }
    }

    private void requireStore(StreamStart before) throws SQLException {
        try (ProgressStore store = new ProgressStore(settings, before, threads.notes())) {
            store.require();
        }
    }

    /** Waits for the locks of those who define a table. */
    private Map<String, Table> awaitWanted(StreamStart before, ChunkReader looker)
            throws SQLException, InterruptedException {
        Backoff backoff = new Backoff();
        while (true) {
            try {
                return wanted(before, new RunPlans(settings, context, looker, new ReadAsNew(), this));
            } catch (SQLException e) {
                if (!ServerErrors.LOCK_NOT_AVAILABLE.equals(e.getSQLState())
                        && !RunPlans.BEING_DEFINED.equals(e.getSQLState())) {
                    throw e;
                }
                tryAgain(ServerErrors.said(e), backoff.next());
            }
        }
    }

    private void tryAgain(String why, Duration wait) throws SQLException, InterruptedException {
        LOG.info("The slot is not created yet: {} Trying again in {} ms.", why, wait.toMillis());
        pause(wait);
    }

    private Map<String, Table> wanted(StreamStart before, RunPlans catalog) throws SQLException {
        Map<Long, TableRequest> requests = RunPlans.wanted(settings, context);
        List<String> problems = new ArrayList<>();
        List<TablePlan> all = settings.readable().plans(List.copyOf(requests.values()), problems);
        problems.addAll(PlanChecks.of(all, settings, before, true));
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
        Map<String, Table> wanted = new LinkedHashMap<>();
        for (Map.Entry<Long, TableRequest> each : requests.entrySet()) {
            List<TablePlan> own = all.stream()
                    .filter(plan -> plan.request().equals(each.getValue()))
                    .toList();
            if (own.size() == 1 && !own.get(0).leaves().isEmpty()) {
                Table table = new Table(each.getKey(), own.get(0), catalog.describe(own.get(0)));
                wanted.put(RunIds.ofNew(each.getKey()), table);
            }
        }
        return wanted;
    }

    private Lsn create(StreamStart before, Database at, Creation creation, ChunkReader looker)
            throws SQLException, InterruptedException {
        Backoff afterLocks = new Backoff();
        Backoff afterTimeouts = new Backoff(AFTER_TIMEOUT, MOST_AFTER_TIMEOUTS);
        while (true) {
            awaitRunning(looker);
            Map<String, Table> wanted = awaitWanted(before, looker); // again: that may have taken long
            if (wanted.isEmpty()) {
                return creation.plain();
            }
            HeldReader reader = new HeldReader(
                    at,
                    settings.sender(),
                    wanted.values().stream().map(Table::plan).toList(),
                    settings.held().patience());
            boolean used = false;
            try {
                ChunkResult problem = reader.lock(HeldAttempt.LOCK_PATIENCE);
                if (problem == null) {
                    SnapshotSlot.Made made = creation.exported(settings.held().patience());
                    used = use(made, before.slot(), reader, wanted);
                    return made.position();
                }
                String why = problem instanceof Locked locked ? locked.message() : "A table was dropped or renamed.";
                tryAgain(why, afterLocks.next());
            } catch (SnapshotSlot.TimeoutException e) {
                reader.close(); // first: those who wait for its locks must not wait longer
                Duration wait = afterTimeouts.next();
                LOG.warn(
                        "The slot was not created in {} s, while tables were locked, because transactions that have written"
                                + " something are still open: {}. Trying again in {} ms.",
                        settings.held().patience().toSeconds(),
                        looker.runningTransactions(),
                        wait.toMillis());
                pause(wait);
            } finally {
                if (!used) {
                    reader.close();
                }
            }
        }
    }

    private void awaitRunning(ChunkReader looker) throws SQLException, InterruptedException {
        RunningEnd end = new RunningEnd(
                looker,
                settings.held().patience(),
                "The reading of existing rows",
                "The slot is created when they have ended.");
        while (!end.hasCome()) {
            pause(LOOK);
        }
    }

    private void pause(Duration atMost) throws SQLException, InterruptedException {
        if (context.pause(atMost)) {
            throw closed();
        }
    }

    private static SQLException closed() {
        return new SQLException("The instance is closed", "08006");
    }

    /** The slot is there now, and has to be streamed from. Returns whether anything is read in the snapshot. */
    private boolean use(SnapshotSlot.Made made, SlotRequest slot, HeldReader reader, Map<String, Table> wanted) {
        Map<String, Table> holding = new LinkedHashMap<>(wanted);
        try {
            reader.use(made.name());
            for (Map.Entry<String, Table> each : wanted.entrySet()) {
                TablePlan plan = each.getValue().plan();
                if (reader.compare(plan) != PlanState.HOLDS) {
                    LOG.info(
                            "Table {} is read beside the stream: it was altered in the moment before the slot was created",
                            plan.request().table());
                    holding.remove(each.getKey());
                }
            }
        } catch (SQLException e) {
            LOG.warn(
                    "Walwire reads existing rows beside the stream, because it could not use the snapshot of the slot: {}",
                    ServerErrors.said(e));
            return false;
        }
        synchronized (this) {
            tables = holding;
            snapshot = new Snapshot(reader, slot, made.position());
        }
        LOG.info("{} tables are read as of {}, before the stream's first change", holding.size(), made.position());
        return true;
    }

    /** A stream begins. Returns the reading of what comes before its first change; null if nothing does. */
    synchronized @Nullable FirstAttempt attempt(StreamStart start) {
        Snapshot made = snapshot;
        if (made == null
                || !made.slot().equals(start.slot())
                || !made.position().equals(start.position())) { // a later slot may have the same name
            discard();
            return null;
        }
        return new FirstAttempt(settings, context, threads, made, start);
    }

    /** The runs of the tables that are left to be read so. */
    synchronized List<String> runs() {
        return List.copyOf(tables.keySet());
    }

    /** The tables that are left to be read so, by their OIDs. */
    synchronized Map<Long, TableRequest> requests() {
        Map<Long, TableRequest> requests = new LinkedHashMap<>();
        tables.values().forEach(table -> requests.put(table.oid(), table.plan().request()));
        return requests;
    }

    /** How a run's table is read; null if it is not read so, or not any more. */
    synchronized @Nullable Table of(TableRun run) {
        return tables.get(run.stored().id());
    }

    /** Whether a run has to begin again, since its table is not read so any more, and was not read to its end. */
    boolean hasLeft(TableRun run) {
        return run.backfill() instanceof HeldTable table && table.isFirst() && !table.isPlaced() && of(run) == null;
    }

    /** A table is not read so any more. */
    synchronized void leave(String run) {
        tables.remove(run);
    }

    /** The runs of all tables that were never read are known. */
    synchronized void known() {
        known = true;
    }

    /** Whether a run that cannot be found has ended, or will never be. */
    synchronized boolean isKnown() {
        return known;
    }

    /** No table is read so any more. */
    @Override
    public synchronized void discard() {
        tables.clear();
        if (snapshot != null) {
            snapshot.reader().close();
        }
        snapshot = null;
    }
}
