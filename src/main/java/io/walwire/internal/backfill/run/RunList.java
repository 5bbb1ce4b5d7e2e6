package io.walwire.internal.backfill.run;

import io.walwire.error.WalwireException;
import io.walwire.internal.backfill.ReadJob;
import io.walwire.internal.backfill.TableBackfill;
import io.walwire.internal.backfill.TableReading;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The runs that are under way, and what their threads wait for. Thread-safe. */
final class RunList {
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final CopyOnWriteArrayList<TableRun> runs = new CopyOnWriteArrayList<>();
    private final ConcurrentHashMap<TableRun, WalwireException> failures = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<TableRun, TableReading> whole = new ConcurrentHashMap<>();
    private final CopyOnWriteArrayList<TableRun> starting = new CopyOnWriteArrayList<>();
    private final int mostChunks;
    private final LagPause lag;
    private @Nullable Object reserved;
    private boolean woken;
    private volatile boolean open = true;

    /**
     * No runs.
     *
     * @param mostChunks how many chunks are held in memory at once
     * @param lag whether none is read now
     */
    RunList(int mostChunks, LagPause lag) {
        this.mostChunks = mostChunks;
        this.lag = lag;
    }

    /** A chunk to be read. */
    record Taken(TableRun run, TableBackfill backfill, ReadJob job) {}

    List<TableRun> all() {
        return runs;
    }

    boolean isEmpty() {
        return runs.isEmpty();
    }

    void add(TableRun run) {
        runs.add(run);
        wake();
    }

    /** What has begun of them. */
    List<TableReading> readings() {
        return runs.stream()
                .map(TableRun::backfill)
                .filter(Objects::nonNull)
                .map(Objects::requireNonNull)
                .toList();
    }

    /** The run of that name; null if it is not under way. */
    @Nullable
    TableRun find(String id) {
        return runs.stream()
                .filter(run -> run.stored().id().equals(id))
                .findFirst()
                .orElse(null);
    }

    /** Runs that are stored now, and added after that. What finds one in between is not to take it for one that was left. */
    List<TableRun> starting() {
        return starting;
    }

    boolean isStarting(String id) {
        return starting.stream().anyMatch(run -> run.stored().id().equals(id));
    }

    void remove(TableRun run) {
        runs.remove(run);
        failures.remove(run);
        whole.remove(run);
    }

    /** The run cannot go on. */
    void fail(TableRun run, WalwireException why) {
        failures.putIfAbsent(run, why);
        wake();
    }

    @Nullable
    WalwireException failure(TableRun run) {
        return failures.get(run);
    }

    /** All rows of a reading are handled, its table has no partitions but those that were read, and no change was missing. */
    void whole(TableRun run, TableReading reading) {
        whole.put(run, reading);
        wake();
    }

    /** Rows of the run's reading are left again. */
    void notWhole(TableRun run) {
        whole.remove(run);
    }

    /** Whether a reading is known to have left out nothing. */
    boolean isWhole(TableRun run, TableReading reading) {
        return whole.get(run) == reading;
    }

    boolean isOpen() {
        return open;
    }

    /** The next chunk, waiting for it for a moment; null if there is none. */
    @Nullable
    Taken take() throws InterruptedException {
        Taken next = next();
        if (next == null) {
            await();
        }
        return next;
    }

    private synchronized @Nullable Taken next() {
        if (lag.pauses() || reserved != null || openChunks() >= mostChunks) {
            return null;
        }
        for (TableRun run : runs) {
            if (failures.containsKey(run) || !(run.backfill() instanceof TableBackfill backfill)) {
                continue;
            }
            ReadJob job = backfill.take();
            if (job != null) {
                return new Taken(run, backfill, job);
            }
        }
        return null;
    }

    private int openChunks() {
        int open = 0;
        for (TableRun run : runs) {
            TableReading backfill = run.backfill();
            open += backfill == null ? 0 : backfill.openChunks();
        }
        return open;
    }

    /**
     * No chunk is taken any more, so that there is room for others. Those of a held stream would wait until it goes on.
     *
     * @param owner for whom; one of an earlier time may not have noticed that it has ended
     * @param chunks how many others
     * @return whether there is room
     */
    synchronized boolean reserve(Object owner, int chunks) {
        if (reserved == null) {
            reserved = owner;
        }
        return reserved == owner && openChunks() + chunks <= mostChunks;
    }

    /** Chunks are taken again, unless another one has reserved. */
    synchronized void unreserve(Object owner) {
        if (reserved == owner) {
            reserved = null;
        }
    }

    /** Waits for a moment, or until something has changed. */
    synchronized void await() throws InterruptedException {
        if (!woken && open) {
            TimeUnit.NANOSECONDS.timedWait(this, LOOK_NANOS);
        }
        woken = false;
    }

    /** Something has changed. */
    synchronized void wake() {
        woken = true;
        notifyAll();
    }

    synchronized void close() {
        open = false;
        notifyAll();
    }
}
