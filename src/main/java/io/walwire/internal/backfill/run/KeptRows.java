package io.walwire.internal.backfill.run;

import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.internal.backfill.KeptProgress;
import io.walwire.internal.backfill.PlacedChunk;
import io.walwire.internal.backfill.ProgressTable;
import io.walwire.internal.backfill.RunNotes;
import io.walwire.internal.backfill.RunState;
import io.walwire.internal.backfill.StoredLeaf;
import io.walwire.internal.backfill.StoredRun;
import io.walwire.internal.backfill.TableReading;
import io.walwire.internal.backfill.TakenRunException;
import io.walwire.internal.checkpoint.RowsProgress;
import io.walwire.internal.connection.server.ServerErrors;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One chunk, or the end, of a run whose progress is kept with what becomes of its rows, in the database of the handlers or by the sink: each
 * takes effect once. Called by the handler thread.
 */
final class KeptRows implements RowsProgress {
    private final TableRun run;
    private final TableReading backfill;
    private final RunContext context;

    /** What is no error of the handlers' transaction. */
    private final Consumer<Exception> failed;

    /** What the sink keeps; null if it keeps nothing. */
    private final @Nullable GroupProgress groups;

    /** Null of the end. */
    private final @Nullable PlacedChunk chunk;

    private final int generation;
    private boolean hasTurn;
    private @Nullable Attempt attempt;

    /**
     * What is kept if the transaction is committed.
     *
     * @param withKeys whether the keys are part of it, with everything that was handed over before the position
     */
    private record Attempt(KeptProgress progress, Lsn upTo, boolean withKeys) {}

    KeptRows(
            TableRun run,
            TableReading backfill,
            @Nullable PlacedChunk chunk,
            RunContext context,
            @Nullable GroupProgress groups,
            Consumer<Exception> failed) {
        this.run = run;
        this.backfill = backfill;
        this.chunk = chunk;
        this.context = context;
        this.groups = groups;
        this.failed = failed;
        this.generation = run.generation();
    }

    @Override
    public void begin() throws InterruptedException {
        if (!hasTurn) {
            run.saves().acquire();
            hasTurn = true;
        }
    }

    @Override
    public boolean isKept(Connection connection) throws SQLException {
        Attempt before = attempt;
        if (before == null) {
            return false;
        }
        ProgressTable table = ProgressTable.find(connection);
        StoredRun of = run.stored();
        if (chunk == null) {
            return table.runs(connection, of.slot()).stream()
                    .anyMatch(each -> each.id().equals(of.id()) && each.state() == RunState.DONE);
        }
        // ranges, rows and bytes together were never so before
        return table.leaves(connection, of.slot(), of.id())
                .containsAll(leaves(before.progress(), chunk.job().leaf().oid()));
    }

    private static List<StoredLeaf> leaves(KeptProgress progress, long oid) {
        return progress.leaves().stream().filter(leaf -> leaf.oid() == oid).toList();
    }

    @Override
    public void keep(Connection connection) throws SQLException {
        attempt = null;
        if (!isCurrent()) {
            return; // the rows come again, or the run is over
        }
        Savepoint before = connection.setSavepoint();
        try {
            write(connection, ProgressTable.find(connection));
            return;
        } catch (SQLException e) {
            if (ServerErrors.heals(e)) {
                throw e;
            }
            failed.accept(e);
        } catch (TakenRunException e) {
            throw e; // as with a checkpoint that another instance has moved, nothing is committed
        } catch (WalwireException e) {
            failed.accept(e);
        }
        connection.rollback(before);
    }

    private void write(Connection connection, ProgressTable table) throws SQLException {
        Lsn upTo = context.handedOver(); // first: what is known then is part of what is kept
        boolean exists = table.owners().require(connection, run.stored());
        if (chunk == null) {
            if (backfill.isDone()) {
                table.save(connection, run.stored().with(List.of(), upTo).in(RunState.DONE, null));
                attempt = new Attempt(backfill.kept(), upTo, true);
            }
            return;
        }
        KeptProgress progress = backfill.keptWith(List.of(chunk));
        StoredRun now = run.stored().with(progress.keysToRead(), upTo);
        boolean withKeys = !exists || run.saved().hasToKeepKeys(progress);
        if (withKeys && exists && !run.saved().hasOtherKeys(progress)) {
            table.reach(connection, now);
        } else if (withKeys) {
            table.save(connection, now);
        }
        for (StoredLeaf leaf : run.saved().changed(progress)) {
            table.save(connection, now, leaf);
        }
        attempt = new Attempt(progress, upTo, withKeys);
    }

    private boolean isCurrent() {
        return generation == run.generation() && run.phase() == TableRun.Phase.BEGUN && !run.hasToBeginAgain();
    }

    TableRun run() {
        return run;
    }

    @Override
    public void gathered() {
        if (groups != null) {
            groups.gathered(this);
        }
    }

    /**
     * The progress of a run once some of its rows are stored. Its turn is held.
     *
     * @param gathered the rows
     * @return null if the rows come again, or the run is over
     */
    static RunNotes.@Nullable Progress progress(TableRun run, List<KeptRows> gathered) {
        StoredRun stored = run.stored(); // first: no reading that begins later has this progress
        List<KeptRows> current = gathered.stream().filter(KeptRows::isCurrent).toList();
        if (current.isEmpty()) {
            return null;
        }
        TableReading backfill = current.get(0).backfill;
        List<PlacedChunk> chunks = current.stream().flatMap(KeptRows::chunks).toList();
        if (chunks.isEmpty() && !backfill.isDone()) {
            return null; // what came with the end has to be read, too
        }
        // chunks are placed behind the end that the log had, which no progress of an earlier instance can be beyond
        Stream<Lsn> known =
                chunks.isEmpty() ? Stream.of(stored.doneTo()) : chunks.stream().map(PlacedChunk::at);
        Lsn upTo = Stream.concat(known, Stream.of(current.get(0).context.handedOver())) // before what is kept
                .max(Lsn::compareTo)
                .orElseThrow();
        KeptProgress progress = backfill.keptWith(chunks);
        StoredRun now =
                stored.with(progress.keysToRead(), upTo).in(chunks.isEmpty() ? RunState.DONE : RunState.RUNNING, null);
        return new RunNotes.Progress(now, progress.leaves(), progress.version());
    }

    private Stream<PlacedChunk> chunks() {
        return Stream.ofNullable(chunk);
    }

    /** Handlers have returned, and what was kept is committed. */
    void handled() {
        if (chunk != null) {
            backfill.handled(chunk);
        }
        Attempt kept = attempt;
        if (kept != null) {
            RunState state = chunk == null ? RunState.DONE : RunState.RUNNING;
            run.saved(kept.progress(), state, kept.upTo(), generation, kept.withKeys());
        } else {
            run.notSaved();
        }
        if (hasTurn) {
            run.saves().release();
            context.confirmAgain();
        }
        if (groups != null) {
            groups.handled(this);
        }
    }
}
