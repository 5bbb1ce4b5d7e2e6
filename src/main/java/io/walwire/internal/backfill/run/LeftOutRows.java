package io.walwire.internal.backfill.run;

import io.walwire.internal.backfill.TableBackfill;
import io.walwire.internal.backfill.TableReading;
import io.walwire.internal.log.Logs;
import java.sql.SQLException;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/**
 * Looks for what a chunk, which looks only at its own partition, does not see: partitions that were attached while their table is read, since
 * the stream does not have the rows that they had before; and partitions and tables of which changes may be missing, since they were
 * detached or not published for a while. Before handlers get the end of a reading it looks at last. It looks now and then before that, because
 * a partition that is found once the others are read has all of them read again. A table without partitions is not looked at before the end: each
 * of its chunks sees whether its own changes may be missing. Used by one thread.
 */
final class LeftOutRows {
    private static final Logger LOG = Logs.of(LeftOutRows.class);

    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Look look;
    private final RunList runs;
    private final LongSupplier clock;

    /** Runs that have begun again because of what was found. */
    private final Set<TableRun> begunAgain = Collections.newSetFromMap(new WeakHashMap<>());

    /** When it looked last, or the reading began. */
    private final Map<TableReading, Long> looked = new WeakHashMap<>();

    /** Asks the server whether the plan of a reading still has all rows of its table. */
    @FunctionalInterface
    interface Look {
        boolean isWhole(TableRun run, TableReading reading) throws SQLException;
    }

    /**
     * Nothing was looked at yet.
     *
     * @param clock in nanoseconds
     */
    LeftOutRows(Look look, RunList runs, LongSupplier clock) {
        this.look = look;
        this.runs = runs;
        this.clock = clock;
    }

    /** Whether a reading needs another plan. */
    boolean areFound(TableRun run, TableReading reading) throws SQLException {
        boolean done = reading.isDone();
        if (!done) {
            runs.notWhole(run); // rows have to be read again, and others may be left out meanwhile
        }
        if (runs.isWhole(run, reading) || !(done || isDue(reading))) {
            return false;
        }
        boolean found = !look.isWhole(run, reading);
        if (done && !found) {
            runs.whole(run, reading);
        }
        return found;
    }

    /**
     * Says that a run begins again. One for which that happens again and again may never end.
     *
     * @param why a sentence
     */
    void report(TableRun run, String why) {
        Level level = begunAgain.add(run) ? Level.INFO : Level.WARN;
        LOG.atLevel(level)
                .log("The backfill {} of {} begins again: {}", run.stored().id(), run.table(), why);
    }

    /** A table for which the stream is held is read in one snapshot, and goes on with no other plan. */
    private boolean isDue(TableReading reading) {
        long now = clock.getAsLong();
        Long last = looked.putIfAbsent(reading, now);
        boolean mayGrow = reading instanceof TableBackfill && reading.plan().mayGrow();
        boolean due = last != null && now - last > LOOK_NANOS && mayGrow;
        if (due) {
            looked.put(reading, now);
        }
        return due;
    }
}
