package io.walwire.internal.backfill.run;

import io.walwire.error.ConfigurationException;
import io.walwire.internal.backfill.ChunkReader;
import io.walwire.internal.backfill.ChunkResult;
import io.walwire.internal.backfill.ChunkResult.Locked;
import io.walwire.internal.backfill.ChunkResult.PlanBroken;
import io.walwire.internal.backfill.CopiedRows;
import io.walwire.internal.backfill.HeldReader;
import io.walwire.internal.backfill.HeldTable;
import io.walwire.internal.backfill.LeafPlan;
import io.walwire.internal.backfill.PlanState;
import io.walwire.internal.backfill.TablePlan;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.connection.server.Snapshot;
import io.walwire.internal.log.Logs;
import io.walwire.internal.replication.SnapshotSlot;
import io.walwire.internal.replication.StreamStart;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
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
    private static final Duration LOCK_PATIENCE = Duration.ofMillis(500);

    private final RunSettings settings;
    private final RunContext context;
    private final RunList runs;
    private final RunThreads threads;
    private final ChunkReader looker;
    private final TableRun run;
    private final HeldTable table;
    private final @Nullable StreamStart stream;
    private volatile @Nullable HeldReader reader;
    private volatile @Nullable SnapshotSlot slot;
    private boolean warnedOfHandlers;

    HeldAttempt(
            RunSettings settings,
            RunContext context,
            RunThreads threads,
            ChunkReader looker,
            TableRun run,
            HeldTable table) {
        this.settings = settings;
        this.context = context;
        this.runs = threads.runs();
        this.threads = threads;
        this.stream = threads.stream();
        this.looker = looker;
        this.run = run;
        this.table = table;
    }

    /** Something that is waited for. */
    @FunctionalInterface
    private interface Condition {
        boolean holds() throws SQLException;
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
        HeldReader rows = new HeldReader(settings.database(), settings.sender(), plan);
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
            state = useSnapshot(rows);
        }
        if (state != PlanState.HOLDS) {
            table.breaks(state);
        } else if (!table.isStopped()) {
            rows.read(settings.chunkBytes(), this::deliver);
            table.readAll();
            await(table::isPlaced);
        }
        return null;
    }

    /** A snapshot is made when all running transactions have ended. Those that run for long are waited for before the stream is held. */
    private boolean awaitRunning() throws SQLException, InterruptedException {
        Snapshot running = looker.snapshotOfAllRunning();
        long since = System.nanoTime();
        boolean[] warned = {false};
        return await(() -> {
            boolean ended = looker.snapshot().endsAllOf(running);
            if (!ended
                    && !warned[0]
                    && System.nanoTime() - since > settings.held().patience().toNanos()) {
                warned[0] = true;
                LOG.warn(
                        "The backfill of {} waits for transactions that have written something and are still open: {}. Find out"
                                + " what they do. The stream goes on meanwhile.",
                        run.table(),
                        looker.runningTransactions());
            }
            return ended;
        });
    }

    /** A table may have grown since it was planned. */
    private void requireSmall(long bytes) {
        if (bytes > settings.held().maxBytes()) {
            throw new ConfigurationException(List.of(PlanChecks.tooLarge(run.table(), bytes, settings)));
        }
    }

    /** While the stream is held, chunks of other tables would wait, and take the room. */
    private boolean awaitRoom() throws SQLException, InterruptedException {
        return await(() -> runs.reserve(this, HeldTable.MAX_CHUNKS));
    }

    /** Returns false if the table is not to be read any more. */
    private boolean await(Condition condition) throws SQLException, InterruptedException {
        requireStream();
        while (!table.isStopped() && !condition.holds()) {
            runs.await();
            requireStream();
        }
        return !table.isStopped();
    }

    /** A table must not stay locked, nor a snapshot open, while there is no stream to place the rows in, or nobody handles them. */
    @SuppressWarnings("ReferenceEquality") // that very stream, not one that begins at the same place
    private void requireStream() throws SQLException {
        if (!table.isStopped() && (!context.isStreaming() || threads.stream() != stream)) {
            throw new SQLException("The stream was interrupted", ServerErrors.CANNOT_CONNECT_NOW);
        }
        if (!table.isStopped() && context.isHeld()) {
            throw new SQLException("The instance is paused", ServerErrors.CANNOT_CONNECT_NOW);
        }
    }

    /** The stream is held first, so that the snapshot shows everything that was delivered. */
    private PlanState useSnapshot(HeldReader rows)
            throws SQLException, InterruptedException, SnapshotSlot.TimeoutException {
        try (SnapshotSlot made = new SnapshotSlot(settings.database())) {
            slot = made;
            // from now on, what ends the attempt aborts what is made
            if (!await(() -> threads.hold().hold(this))) {
                return PlanState.HOLDS;
            }
            SnapshotSlot.Made snapshot = made.make(
                    Objects.requireNonNull(threads.stream()).server(),
                    settings.held().patience());
            PlanState state = rows.use(snapshot.name());
            if (state == PlanState.HOLDS) {
                table.readsFrom(snapshot.position());
                threads.hold().holdAt(this, snapshot.position());
                LOG.info(
                        "The stream is held at {} while the existing rows of {} are read, which has no key to compare them by",
                        snapshot.position(),
                        run.table());
            }
            return state;
        }
    }

    /** Returns when there is room for more. */
    private void deliver(LeafPlan leaf, CopiedRows rows, boolean first, boolean last)
            throws SQLException, InterruptedException {
        long bytes = rows.size().text();
        long since = System.nanoTime();
        long nanos = settings.rate() == 0 ? 0 : TimeUnit.SECONDS.toNanos(1) / 1000 * (1000 * bytes / settings.rate());
        table.read(leaf, rows.rows(), bytes, first, last);
        runs.wake();
        await(() -> hasRoom(since) && System.nanoTime() - since >= nanos);
    }

    private boolean hasRoom(long since) {
        boolean room = table.openChunks() < HeldTable.MAX_CHUNKS;
        Duration patience = settings.held().patience();
        if (!room && !warnedOfHandlers && System.nanoTime() - since > patience.toNanos()) {
            warnedOfHandlers = true;
            LOG.warn(
                    "The backfill of {} waits for handlers, which have not returned from its rows for {} s. Until they return, the"
                            + " table is locked in ACCESS SHARE mode, and the stream is held. Find out what the handlers do,"
                            + " or pause the run.",
                    run.table(),
                    patience.toSeconds());
        }
        return room;
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
