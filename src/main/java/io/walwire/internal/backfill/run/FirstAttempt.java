package io.walwire.internal.backfill.run;

import io.walwire.internal.backfill.HeldTable;
import io.walwire.internal.backfill.TablePlan;
import io.walwire.internal.replication.StreamStart;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the tables that come before the stream's first change. The stream is held from its start until handlers know of each table that all
 * rows were read. Used by one thread; another one may {@link #stop}.
 */
final class FirstAttempt implements AutoCloseable {
    private final RunSettings settings;
    private final RunContext context;
    private final RunList runs;
    private final RunThreads threads;
    private final FirstReading first;
    private final FirstReading.Snapshot snapshot;
    private final StreamStart start;
    private final HeldWait waiting;
    private volatile boolean stopped;

    /** Holds the stream, and keeps room for rows. Called by the reader thread, before anything is handed over. */
    FirstAttempt(
            RunSettings settings,
            RunContext context,
            RunThreads threads,
            FirstReading.Snapshot snapshot,
            StreamStart start) {
        this.settings = settings;
        this.context = context;
        this.runs = threads.runs();
        this.threads = threads;
        this.first = threads.first();
        this.snapshot = snapshot;
        this.start = start;
        this.waiting = new HeldWait(context, threads, start, () -> stopped);
        threads.hold().hold(this);
        threads.hold().holdAt(this, snapshot.position());
        runs.reserve(this, HeldTable.MAX_CHUNKS);
    }

    /** Called by any thread. */
    void stop() {
        stopped = true;
        first.discard();
    }

    /** Returns when the tables are read, or cannot be read so any more. */
    void read() throws SQLException, InterruptedException {
        if (!waiting.untilItStreams()) {
            return;
        }
        List<String> all = first.runs();
        for (String id : all) {
            if (!waiting.until(() -> isSettled(id) || table(id) != null)) {
                return;
            }
            HeldTable table = table(id);
            TableRun run = runs.find(id);
            if (table != null && run != null) {
                read(run, table);
            }
            first.leave(id); // also when it is read: if it begins again, it is read beside the stream
        }
        snapshot.reader().end();
        waiting.until(() -> all.stream().allMatch(this::isReported));
    }

    /** The table, if it is to be read now. */
    private @Nullable HeldTable table(String id) {
        TableRun run = runs.find(id);
        return run != null
                        && runs.failure(run) == null
                        && run.backfill() instanceof HeldTable table
                        && table.isFirst()
                        && table.isWanted()
                ? table
                : null;
    }

    /** Whether nobody will begin with the table as one that is read so, or that is known already. */
    private boolean isSettled(String id) {
        TableRun run = runs.find(id);
        return run == null ? first.isKnown() : runs.failure(run) != null || run.backfill() != null;
    }

    /** Returns when all rows have their place, or the table is not wanted any more. */
    private void read(TableRun run, HeldTable table) throws SQLException, InterruptedException {
        TablePlan plan = table.begin(first::discard);
        if (plan == null) {
            return;
        }
        HeldWait ofTable = new HeldWait(context, threads, start, () -> stopped || table.isStopped());
        try {
            table.readsFrom(snapshot.position());
            snapshot.reader()
                    .read(plan, settings.chunkBytes(), new HeldRows(settings, runs, run.table(), table, ofTable));
            table.readAll();
            ofTable.until(table::isPlaced);
        } finally {
            if (table.ends()) {
                run.haveBeginAgain();
            }
        }
    }

    /** Whether handlers know that all rows were read, or will know it later. */
    private boolean isReported(String id) {
        TableRun run = runs.find(id);
        return run == null
                || run.isReported()
                || run.hasToBeginAgain()
                || runs.failure(run) != null
                || !(run.backfill() instanceof HeldTable table && table.isFirst());
    }

    /** Tables that are not read to their end begin again, beside the stream, which goes on. */
    @Override
    public void close() {
        first.discard();
        threads.hold().release(this);
        runs.unreserve(this);
        threads.lookForNew(); // tables that could not be read so
    }
}
