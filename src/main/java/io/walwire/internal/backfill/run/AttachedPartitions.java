package io.walwire.internal.backfill.run;

import io.walwire.internal.backfill.StoredLeaf;
import io.walwire.internal.backfill.TableBackfill;
import io.walwire.internal.backfill.TableReading;
import java.sql.SQLException;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Looks for partitions that were attached while their table is read: the stream does not have the rows that they had before, and a chunk
 * looks only at its own partition. Before handlers get the end of a reading it looks at last. It looks now and then before that, because a
 * partition that is found once the others are read has all of them read again. Used by one thread.
 */
final class AttachedPartitions {
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final RunPlans plans;
    private final RunList runs;

    /** When it looked last, or the reading began. */
    private final Map<TableReading, Long> looked = new WeakHashMap<>();

    AttachedPartitions(RunPlans plans, RunList runs) {
        this.plans = plans;
        this.runs = runs;
    }

    /** Whether a reading needs another plan, which has more partitions. */
    boolean areFound(TableRun run, TableReading reading) throws SQLException {
        boolean done = reading.isDone();
        if (!done) {
            runs.notWhole(run); // rows have to be read again, and a partition may be attached meanwhile
        }
        if (runs.isWhole(run, reading) || !(done || isDue(reading))) {
            return false;
        }
        boolean found = plans.hasOthers(
                run, reading.kept().leaves().stream().map(StoredLeaf::oid).collect(Collectors.toSet()));
        if (done && !found) {
            runs.whole(run, reading);
        }
        return found;
    }

    /** A table for which the stream is held is read in one snapshot, and goes on with no other plan. */
    private boolean isDue(TableReading reading) {
        long now = System.nanoTime();
        Long last = looked.putIfAbsent(reading, now);
        boolean due = last != null && now - last > LOOK_NANOS && reading instanceof TableBackfill;
        if (due) {
            looked.put(reading, now);
        }
        return due;
    }
}
