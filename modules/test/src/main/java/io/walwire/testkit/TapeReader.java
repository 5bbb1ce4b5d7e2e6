package io.walwire.testkit;

import io.walwire.event.Lsn;
import io.walwire.internal.backfill.ChunkResult;
import io.walwire.internal.backfill.ChunkResult.Chunk;
import io.walwire.internal.backfill.ChunkResult.PlanBroken;
import io.walwire.internal.backfill.ChunkResult.Size;
import io.walwire.internal.backfill.LeafPlan;
import io.walwire.internal.backfill.PlanState;
import io.walwire.internal.backfill.ReadRange;
import io.walwire.internal.backfill.RowReader;
import io.walwire.internal.connection.server.Snapshot;
import io.walwire.internal.pgoutput.TupleData;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the rows of a kit, as a connection to a server does. */
final class TapeReader implements RowReader {
    /** As large as a chunk may be, so that no chunk is made of two. */
    private static final long FULL = 1L << 30;

    private final Tape tape;
    private final KitTables tables;
    private final ReadSteps steps;
    private volatile boolean closed;
    private volatile boolean stale;

    TapeReader(Tape tape, KitTables tables, ReadSteps steps) {
        this.tape = tape;
        this.tables = tables;
        this.steps = steps;
    }

    @Override
    public ChunkResult read(LeafPlan leaf, ReadRange range, Lsn delivered, Seen seen)
            throws SQLException, InterruptedException {
        stale = false;
        steps.begin(leaf.name(), range, () -> closed || stale);
        KitTable table = tables.get(leaf.name());
        requireConnected(stale);
        Tape.Sight<List<TupleData>> sight = tape.see(rows ->
                rows.of(table, range, leaf.blocks()).stream().map(table::tuple).toList());
        seen.in(sight.snapshot());
        steps.seen(leaf.name(), () -> closed || stale);
        requireConnected(stale);
        if (!table.relation().equals(leaf.relation())) {
            return new PlanBroken(PlanState.ALTERED);
        }
        long text = sight.seen().stream().mapToLong(row -> row.bytes().length).sum();
        return new Chunk(leaf, range, sight.snapshot(), sight.position(), sight.seen(), new Size(FULL, text), null);
    }

    private void requireConnected(boolean lost) throws SQLException {
        if (closed || lost || tape.isOffline()) {
            throw new SQLException("The server cannot be reached, as the test wanted", "08001");
        }
    }

    @Override
    public Snapshot snapshot() throws SQLException {
        requireConnected(false);
        return tape.see(rows -> rows).snapshot();
    }

    @Override
    public Snapshot snapshotOfAllRunning() throws SQLException {
        return snapshot();
    }

    @Override
    public String runningTransactions() {
        return "";
    }

    @Override
    public Instant time() {
        return Instant.now();
    }

    @Override
    public @Nullable Lsn nudge() {
        return null; // a tape sends all that it has
    }

    @Override
    public void reconnect() {
        stale = true;
        steps.wake();
    }

    @Override
    public void close() {
        closed = true;
        steps.wake();
    }
}
