package io.walwire.internal.backfill.run;

import io.walwire.error.ConfigurationException;
import io.walwire.internal.backfill.ChunkReader;
import io.walwire.internal.backfill.ChunkResult;
import io.walwire.internal.backfill.ChunkResult.Locked;
import io.walwire.internal.backfill.ChunkResult.PlanBroken;
import io.walwire.internal.backfill.HeldReader;
import io.walwire.internal.backfill.HeldTable;
import io.walwire.internal.backfill.PlanState;
import io.walwire.internal.backfill.TablePlan;
import io.walwire.internal.log.Logs;
import io.walwire.internal.replication.SnapshotSlot;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * One attempt to read a table without a key. The order is what makes it right: the table is locked, the stream is held, the snapshot is
 * made, the stream goes on to the snapshot's position, and is held there until all rows have their place. Used by one thread; any thread
 * may end it by the {@link HeldTable}.
 */
final class HeldAttempt implements AutoCloseable {
    private static final Logger LOG = Logs.of(HeldAttempt.class);

    /** Other sessions queue up behind a wait for a lock. */
    static final Duration LOCK_PATIENCE = Duration.ofMillis(500);

    private final RunSettings settings;
    private final RunList runs;
    private final RunThreads threads;
    private final ChunkReader looker;
    private final TableRun run;
    private final HeldTable table;
    private final HeldWait waiting;
    private volatile @Nullable HeldReader reader;
    private volatile @Nullable SnapshotSlot slot;

    HeldAttempt(
            RunSettings settings,
            RunContext context,
            RunThreads threads,
            ChunkReader looker,
            TableRun run,
            HeldTable table) {
        this.settings = settings;
        this.runs = threads.runs();
        this.threads = threads;
        this.waiting = new HeldWait(context, threads, threads.stream(), table::isStopped);
        this.looker = looker;
        this.run = run;
        this.table = table;
    }

    /**
     * Reads the table, and returns when all rows have their place.
     *
     * @return why it is to be tried again later; null if it is read, or not wanted any more, or its plan does not hold
     * @throws SnapshotSlot.TimeoutException if running transactions have not ended in time
     */
    @Nullable
    String read() throws SQLException, InterruptedException, SnapshotSlot.TimeoutException {
        TablePlan plan = table.begin(this::end);
        if (plan == null || !awaitRunning()) {
            return null;
        }
        Duration patience = settings.held().patience();
        HeldReader rows = new HeldReader(settings.database(), settings.sender(), List.of(plan), patience);
        reader = rows;
        requireSmall(rows.bytes());
        if (!awaitRoom()) { // before others wait for the lock
            return null;
        }
        ChunkResult problem = rows.lock(LOCK_PATIENCE);
        if (problem instanceof Locked locked) {
            return "The backfill of " + run.table() + " waits for a lock: " + locked.message();
        }
        PlanState state = problem instanceof PlanBroken broken ? broken.state() : PlanState.HOLDS;
        if (state == PlanState.HOLDS && !table.isStopped()) {
            state = useSnapshot(rows, plan);
        }
        if (state != PlanState.HOLDS) {
            table.breaks(state);
        } else if (!table.isStopped()) {
            rows.read(plan, settings.chunkBytes(), new HeldRows(settings, runs, run.table(), table, waiting));
            rows.end();
            table.readAll();
            waiting.until(table::isPlaced);
        }
        return null;
    }

    /** A snapshot is made when all running transactions have ended. Those that run for long are waited for before the stream is held. */
    private boolean awaitRunning() throws SQLException, InterruptedException {
        RunningEnd end = new RunningEnd(
                looker, settings.held().patience(), "The backfill of " + run.table(), "The stream goes on meanwhile.");
        return waiting.until(end::hasCome);
    }

    /** A table may have grown since it was planned. */
    private void requireSmall(long bytes) {
        if (bytes > settings.mostHeldBytes(RunIds.isOfNew(run.stored().id()))) {
            throw new ConfigurationException(List.of(PlanChecks.tooLarge(run.table(), bytes, settings)));
        }
    }

    /** While the stream is held, chunks of other tables would wait, and take the room. */
    private boolean awaitRoom() throws SQLException, InterruptedException {
        return waiting.until(() -> runs.reserve(this, HeldTable.MAX_CHUNKS));
    }

    /** The stream is held first, so that the snapshot shows everything that was delivered. */
    private PlanState useSnapshot(HeldReader rows, TablePlan plan)
            throws SQLException, InterruptedException, SnapshotSlot.TimeoutException {
        try (SnapshotSlot made = new SnapshotSlot(settings.database())) {
            slot = made;
            // from now on, what ends the attempt aborts what is made
            if (!waiting.until(() -> threads.hold().hold(this))) {
                return PlanState.HOLDS;
            }
            SnapshotSlot.Made snapshot = made.make(
                    Objects.requireNonNull(threads.stream()).server(),
                    settings.held().patience());
            rows.use(snapshot.name());
            PlanState state = rows.compare(plan);
            if (state == PlanState.HOLDS) {
                table.readsFrom(snapshot.position());
                threads.hold().holdAt(this, snapshot.position());
                LOG.info(
                        "The stream is held at {} while Walwire reads the existing rows of {}, because the table has no key to compare",
                        snapshot.position(),
                        run.table());
            }
            return state;
        }
    }

    /** Called by any thread, when the table is not to be read any more. */
    private void end() {
        closeReader();
        SnapshotSlot making = slot;
        if (making != null) {
            making.abort();
        }
    }

    @Override
    public void close() {
        threads.hold().release(this);
        runs.unreserve(this);
        closeReader();
    }

    private void closeReader() {
        HeldReader reading = reader;
        if (reading != null) {
            reading.close();
        }
    }
}
