package io.walwire.internal.backfill;

import io.walwire.event.Lsn;
import io.walwire.internal.backfill.ChunkResult.Chunk;
import io.walwire.internal.backfill.ChunkResult.PlanBroken;
import io.walwire.internal.backfill.ChunkResult.TooLarge;
import io.walwire.internal.connection.server.Snapshot;
import io.walwire.internal.transaction.ReceivedChange;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The backfill of one table beside the stream. Readers {@link #take} jobs and bring back what they {@link #read}; the thread that
 * delivers events reports them with {@link #delivered} and asks between transactions with {@link #place} for the rows that have
 * their place now; and when handlers have returned from these, they are {@link #handled}. It does no work by itself and has no
 * connection. Thread-safe.
 */
public final class TableBackfill implements TableReading {
    private final ReentrantLock lock = new ReentrantLock();
    private final UnseenTransactions unseen;
    private final DeliveredKeys delivered;
    private final TableRanges ranges;
    private final KeyLists lists;
    private final FinishedChunks finished = new FinishedChunks();

    /** What readers have in hand. */
    private final Set<OpenRead> reading = Collections.newSetFromMap(new IdentityHashMap<>());

    private volatile ChangeKeys keys;
    private volatile boolean waiting = true;
    private volatile boolean paused;
    private boolean rangesDone;

    private final UnhandledKeys unhandledKeys = new UnhandledKeys();
    private final ReadAgainWarning warning = new ReadAgainWarning();
    private volatile @Nullable PlanState broken;
    private UnseenTransactions.Awaited awaited;

    /** Jobs that were taken and have no place yet. */
    private int undecided;

    /** Chunks that have their place, and whose handlers have not returned. */
    private int unhandled;

    /** See {@link TableReading#begin}; the table has a key. */
    TableBackfill(TablePlan plan, BackfillSettings settings, UnseenTransactions unseen) {
        this.unseen = unseen;
        this.ranges = new TableRanges(plan, settings);
        this.lists = new KeyLists(settings.chunkBytes());
        this.keys = new EventKeys(plan.key());
        this.delivered = new DeliveredKeys(ranges.mode());
        this.awaited = unseen.awaited();
    }

    /**
     * Goes on where an earlier instance stopped; begins again if the key has another number of columns. Called before anything else.
     *
     * @param stored how far it had come
     * @param keysToRead the keys that it had to read again
     */
    public void resume(List<StoredLeaf> stored, List<TableKey> keysToRead) {
        inLock(() -> {
            if (!ranges.haveKeysOf(stored, keysToRead)) {
                return; // the table has got another key
            }
            ranges.resume(stored);
            delivered.restart(ranges.mode());
            if (ranges.any() != null) {
                delivered.restore(keysToRead);
            }
        });
    }

    @Override
    public void delivered(DeliveredTransaction by, ReceivedChange event) {
        delivered(by, keys.of(event));
    }

    void delivered(DeliveredTransaction by, RowChange change) {
        delivered.delivered(by, change);
        if (delivered.isOutgrown()) {
            restartByKey();
        }
    }

    /** Between ranges of the key, updates move no row. */
    private void restartByKey() {
        inLock(() -> {
            if (delivered.isOutgrown()) {
                restart(true);
            }
        });
    }

    @Override
    public boolean wantsSnapshot() {
        return locked(() -> waiting || delivered.wantsSnapshot());
    }

    @Override
    public void sees(Snapshot snapshot) {
        unseen.sees(snapshot);
        delivered.sees(snapshot);
        inLock(() -> waiting = waiting && !awaited.areSeenBy(snapshot));
    }

    /**
     * The next chunk to read.
     *
     * @return to be brought back with {@link #read} or {@link #failed}; null if there is none now
     */
    public @Nullable ReadJob take() {
        return locked(() -> {
            if (waiting || paused || broken != null) {
                return null;
            }
            TableRanges.Taken next = ranges.take();
            if (next != null) {
                return taken(next.leaf(), next.range(), List.of());
            }
            return takeKeys();
        });
    }

    private @Nullable ReadJob takeKeys() {
        if (!rangesDone && undecided == 0) {
            rangesDone = true;
            delivered.rangesAreDone();
        }
        LeafProgress any = ranges.any();
        if (!rangesDone || any == null) {
            return null;
        }
        List<TableKey> list = lists.poll();
        if (list == null) {
            list = delivered.takeKeysToRead(lists.atOnce());
        }
        if (list.isEmpty()) {
            return null;
        }
        return taken(any, new KeyList(list.stream().map(TableKey::values).toList()), list);
    }

    private ReadJob taken(LeafProgress leaf, ReadRange range, List<TableKey> list) {
        undecided++;
        OpenRead open = delivered.begin(leaf.plan.columns());
        reading.add(open);
        return new ReadJob(leaf, leaf.plan, range, open, list);
    }

    /** Every row is read again, and the first snapshot sees again what was delivered before. */
    private void restart(boolean byKeyNow) {
        ranges.restart(byKeyNow);
        rangesDone = false;
        lists.clear();
        unhandledKeys.clear();
        waiting = true;
        delivered.restart(ranges.mode());
        awaited = unseen.awaited();
    }

    /**
     * The snapshot of a chunk is known. Called before its rows are read.
     *
     * @param job the chunk
     * @param snapshot what it shows
     */
    public void shows(ReadJob job, Snapshot snapshot) {
        inLock(() -> {
            if (reading.contains(job.open())) { // else the stream was lost meanwhile, and the server may be another one
                delivered.shows(job.open(), snapshot);
            }
        });
    }

    /**
     * A chunk was read, or could not be.
     *
     * @param job the chunk
     * @param result what came of it
     * @param rowKeys gives the key of a row by its place, whenever it is asked
     */
    public void read(ReadJob job, ChunkResult result, IntFunction<TableKey> rowKeys) {
        inLock(() -> {
            if (!reading.remove(job.open())) {
                again(job, job.range()); // the stream was lost meanwhile
                return;
            }
            if (result instanceof Chunk chunk) {
                lists.read(job.keys(), chunk.size().memory());
                finished.add(new FinishedChunks.Finished(job, job.rangeOf(chunk), chunk, rowKeys));
                return;
            }
            close(job);
            if (result instanceof TooLarge tooLarge) {
                split(job, tooLarge);
            } else {
                back(job, job.range());
                broken = result instanceof PlanBroken plan ? plan.state() : broken;
            }
        });
    }

    /**
     * A chunk could not be read, and is read again.
     *
     * @param job the chunk
     */
    public void failed(ReadJob job) {
        inLock(() -> again(job, job.range()));
    }

    private void again(ReadJob job, ReadRange range) {
        close(job);
        back(job, range);
    }

    private void inLock(Runnable work) {
        locked(() -> {
            work.run();
            return true;
        });
    }

    private <T extends @Nullable Object> T locked(Supplier<T> question) {
        lock.lock();
        try {
            return question.get();
        } finally {
            lock.unlock();
        }
    }

    private void close(ReadJob job) {
        reading.remove(job.open());
        delivered.abandon(job.open());
        undecided--;
    }

    private void back(ReadJob job, ReadRange range) {
        if (job.isOfKeys()) {
            lists.back(job.keys());
        } else {
            job.progress().ranges.again(range);
        }
    }

    private void split(ReadJob job, TooLarge found) {
        if (job.isOfKeys()) {
            lists.tooLarge(job.keys(), found.rows());
        } else {
            job.progress().ranges.tooLarge(job.range(), found);
        }
    }

    @Override
    public List<PlacedChunk> place(Lsn passed) {
        return locked(() -> {
            List<PlacedChunk> placed = new ArrayList<>();
            finished.takePassed(passed).forEach(ready -> decide(ready, passed, placed));
            restartByKey();
            return placed;
        });
    }

    @Override
    public boolean forgetUnplaced() {
        inLock(() -> {
            delivered.forgetSnapshot();
            awaited = unseen.awaited();
            discardUnplaced();
        });
        return true;
    }

    private void discardUnplaced() {
        reading.clear();
        finished.takeAll().forEach(each -> again(each.job(), each.range()));
    }

    @Override
    public void forgetBehind(Lsn end) {
        inLock(() -> finished.takeBehind(end).forEach(each -> again(each.job(), each.range())));
    }

    @Override
    public @Nullable Lsn horizon() {
        return locked(finished::horizon);
    }

    @Override
    public boolean hasBegun() {
        return !waiting;
    }

    @Override
    public int openChunks() {
        return locked(() -> undecided + unhandled);
    }

    @Override
    public boolean isReading() {
        return openChunks() > 0;
    }

    @Override
    public ReadAmount amount() {
        return locked(ranges::amount);
    }

    private void decide(FinishedChunks.Finished ready, Lsn passed, List<PlacedChunk> placed) {
        undecided--;
        ReadJob job = ready.job();
        Chunk chunk = ready.chunk();
        ChunkDecision decision = job.isOfKeys()
                ? delivered.decideKeys(job.open(), job.keys(), ready.rowKeys(), chunk.rows())
                : delivered.decide(job.open(), ready.rowKeys(), chunk.rows());
        warning.decided(job.leaf(), decision.readAgain());
        if (decision.readAgain()) {
            back(job, ready.range());
        } else {
            unhandled++;
            unhandledKeys.placed(job);
            placed.add(new PlacedChunk(
                    job, ready.range(), decision.kept(), chunk.size().text(), passed, chunk.horizon(), 0));
        }
    }

    @Override
    public void handled(PlacedChunk placed) {
        inLock(() -> {
            unhandled--;
            unhandledKeys.handled(placed.job());
            placed.job().progress().handled(placed);
        });
    }

    @Override
    public KeptProgress kept() {
        return locked(() -> unhandledKeys.kept(ranges.stored(), delivered.kept()));
    }

    @Override
    public KeptProgress keptWith(List<PlacedChunk> placed) {
        return locked(() -> unhandledKeys.keptWith(placed, ranges.storedWith(placed), delivered.kept()));
    }

    @Override
    public long version() {
        return delivered.version() + unhandledKeys.version();
    }

    @Override
    public @Nullable PlanState brokenPlan() {
        return broken;
    }

    @Override
    public TablePlan plan() {
        return locked(ranges::plan);
    }

    @Override
    public @Nullable String unfit(TablePlan next) {
        return next.isComparedByKey() ? locked(() -> ranges.whyMayMiss(next)) : "the table has lost its key.";
    }

    @Override
    public void planned(TablePlan next) {
        inLock(() -> {
            broken = null;
            discardUnplaced(); // a partition may be back that was left out, with rows of later snapshots
            keys = new EventKeys(next.key());
            if (!ranges.replan(next, rangesDone)) {
                restart(false);
            }
        });
    }

    /** What is being read is finished in any case. */
    @Override
    public void pause(boolean paused) {
        this.paused = paused;
    }

    @Override
    public boolean isDone() {
        return locked(
                () -> rangesDone && ranges.areDone() && undecided == 0 && unhandled == 0 && delivered.isComplete());
    }
}
