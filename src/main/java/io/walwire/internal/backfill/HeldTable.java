package io.walwire.internal.backfill;

import io.walwire.event.Lsn;
import io.walwire.internal.pgoutput.TupleData;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A table whose rows cannot be compared with events by a key, or that is read before the stream's first change. It is read in one snapshot
 * whose position in the log is known, while the stream is held there. So every row is older than every event that comes after it, and all
 * of them have one position. One thread reads: {@link #begin}, {@link #readsFrom}, {@link #read}, {@link #readAll}, and {@link #ends} in any case. Thread-safe.
 */
public final class HeldTable implements TableReading {
    /** As many as another reader has. */
    public static final int MAX_CHUNKS = 2;

    /** How far an attempt has come. */
    private enum Step {
        /** There is none. */
        WAITING,
        /** Rows may come, and get their place. */
        READING,
        /** All rows have their place. */
        PLACED,
        /** Nothing of it is wanted any more. */
        ABANDONED
    }

    private final TableRanges ranges;
    private final boolean first;
    private final Deque<Piece> pieces = new ArrayDeque<>();
    private TablePlan plan;
    private Step step = Step.WAITING;
    private @Nullable Runnable stop;
    private @Nullable PlanState broken;
    private boolean paused;
    private boolean stopping;
    private boolean complete;
    private int unhandled;
    private long rows;

    /** Where the snapshot is in the log; null until rows are read. */
    private @Nullable Lsn snapshotAt;

    /** Where all rows are placed; null until one is. */
    private @Nullable Lsn place;

    /** Rows that wait for their place, and the range that is done with them. */
    private record Piece(ReadJob job, @Nullable ReadRange range, List<TupleData> rows, long bytes) {}

    /**
     * Nothing is read yet.
     *
     * @param plan how the table is read
     * @param settings sizes
     */
    HeldTable(TablePlan plan, BackfillSettings settings) {
        this.plan = plan;
        this.first = settings.first();
        this.ranges = new TableRanges(plan, settings);
    }

    /** Whether it is read in the snapshot of the stream's own slot, and in no other one. */
    public boolean isFirst() {
        return first;
    }

    /** Whether it is to be read now. */
    public synchronized boolean isWanted() {
        return step == Step.WAITING && !paused && broken == null;
    }

    /**
     * An attempt begins.
     *
     * @param ending ends it, if it is not wanted any more; called by any thread
     * @return how the table is read; null if it is not to be read now
     */
    public synchronized @Nullable TablePlan begin(Runnable ending) {
        if (!isWanted()) {
            return null;
        }
        step = Step.READING;
        stopping = false;
        stop = ending;
        return plan;
    }

    /** Whether the attempt is not wanted any more. */
    public synchronized boolean isStopped() {
        return stopping || step == Step.ABANDONED;
    }

    /** The table is not what the plan says. */
    public synchronized void breaks(PlanState state) {
        broken = state;
    }

    /**
     * Rows come from now on.
     *
     * @param position what was committed before it is visible in the snapshot, and nothing else
     */
    public synchronized void readsFrom(Lsn position) {
        snapshotAt = position;
    }

    /**
     * Rows were read.
     *
     * @param leaf of this table
     * @param read the next rows
     * @param bytes how many bytes they were
     * @param first whether they are the first of the leaf
     * @param last whether they are the last of the leaf
     */
    public synchronized void read(LeafPlan leaf, List<TupleData> read, long bytes, boolean first, boolean last) {
        if (step != Step.READING) {
            return;
        }
        TableRanges.Taken whole = first ? ranges.takeWhole(leaf) : ranges.taken(leaf);
        OpenRead open = new OpenRead(leaf.columns());
        ReadJob job = new ReadJob(whole.leaf(), leaf, whole.range(), open, List.of());
        pieces.add(new Piece(job, last ? whole.range() : null, List.copyOf(read), bytes));
    }

    /** All rows of all leaves were read. */
    public synchronized void readAll() {
        complete = true;
    }

    /** Whether all rows have their place, so that the stream need not be held any more. */
    public synchronized boolean isPlaced() {
        return step == Step.PLACED;
    }

    /**
     * The attempt is over.
     *
     * @return true if some rows may have been delivered and the rest cannot be: the table has to begin again
     */
    public synchronized boolean ends() {
        stop = null;
        if (step != Step.READING) {
            return false;
        }
        pieces.clear();
        step = snapshotAt == null ? Step.WAITING : Step.ABANDONED;
        return step == Step.ABANDONED;
    }

    @Override
    public synchronized List<PlacedChunk> place(Lsn passed) {
        List<PlacedChunk> placed = new ArrayList<>();
        if (step != Step.READING || snapshotAt == null || passed.isBefore(snapshotAt)) {
            return placed;
        }
        Lsn at = first ? snapshotAt : place == null ? passed : place;
        place = at;
        for (Piece piece = pieces.poll(); piece != null; piece = pieces.poll()) {
            placed.add(new PlacedChunk(piece.job(), piece.range(), piece.rows(), piece.bytes(), at, at, rows));
            rows += piece.rows().size();
            unhandled++;
        }
        if (complete) {
            step = Step.PLACED;
        }
        return placed;
    }

    @Override
    public boolean forgetUnplaced() {
        synchronized (this) {
            if (step == Step.PLACED || (step == Step.WAITING && !first)) {
                return true;
            }
        }
        abandon();
        return false;
    }

    @Override
    public void abandon() {
        Runnable ending;
        synchronized (this) {
            step = Step.ABANDONED;
            pieces.clear();
            ending = stop;
        }
        if (ending != null) {
            ending.run();
        }
    }

    /** What is being read is given up: it would hold the stream. */
    @Override
    public void pause(boolean now) {
        Runnable ending;
        synchronized (this) {
            paused = now;
            ending = now && step == Step.READING ? stop : null;
            stopping |= ending != null; // also if it is resumed before the attempt has ended
        }
        if (ending != null) {
            ending.run();
        }
    }

    @Override
    public synchronized @Nullable Lsn horizon() {
        return pieces.isEmpty() ? null : snapshotAt;
    }

    @Override
    public synchronized boolean hasBegun() {
        return snapshotAt != null;
    }

    @Override
    public synchronized int openChunks() {
        return pieces.size() + unhandled;
    }

    @Override
    public synchronized ReadAmount amount() {
        return ranges.amount();
    }

    @Override
    public synchronized void handled(PlacedChunk placed) {
        unhandled--;
        placed.job().progress().handled(placed);
    }

    @Override
    public synchronized KeptProgress kept() {
        return new KeptProgress(ranges.stored(), List.of(), 0, 0);
    }

    @Override
    public synchronized KeptProgress keptWith(List<PlacedChunk> placed) {
        return new KeptProgress(ranges.storedWith(placed), List.of(), 0, 0);
    }

    @Override
    public synchronized @Nullable PlanState brokenPlan() {
        return broken;
    }

    @Override
    public synchronized TablePlan plan() {
        return plan;
    }

    @Override
    public synchronized @Nullable String unfit(TablePlan next) {
        if (!first && !next.isComparedByKey() && step != Step.PLACED) {
            return null;
        }
        String why = ranges.whyMayMiss(next);
        if (why != null) {
            return why;
        }
        return next.isComparedByKey() && !first
                ? "the table has got a key."
                : "all rows come from one snapshot, and the table was altered since.";
    }

    @Override
    public synchronized void planned(TablePlan next) {
        broken = null;
        plan = next;
        ranges.replan(next, false);
    }

    @Override
    public synchronized boolean isDone() {
        return step == Step.PLACED && unhandled == 0;
    }
}
