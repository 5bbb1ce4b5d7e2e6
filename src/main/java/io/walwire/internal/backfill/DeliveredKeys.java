package io.walwire.internal.backfill;

import io.walwire.internal.backfill.LastEvents.LastEvent;
import io.walwire.internal.connection.server.Snapshot;
import io.walwire.internal.pgoutput.TupleData;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What the stream delivered of one table since its backfill began, as far as a snapshot may not show it: key by key the last
 * transaction. It decides which rows of a chunk are older than what was delivered. Every event of the table has to be reported
 * before a later one is, and before a chunk whose place is behind it is decided. Thread-safe.
 */
public final class DeliveredKeys {
    /** Transactions without keys, from which on a new snapshot is wanted. */
    private static final int MANY_TRANSACTIONS = 10_000;

    private final ReentrantLock lock = new ReentrantLock();
    private ReadMode mode;
    private final LastEvents events;
    private final Set<OpenRead> open = new HashSet<>();
    private KeysToRead toRead;
    private boolean rangesDone;
    private @Nullable Snapshot newest;

    /**
     * Nothing is delivered yet.
     *
     * @param mode how the table is read
     */
    public DeliveredKeys(ReadMode mode) {
        this.mode = mode;
        this.events = new LastEvents(mode.maxBytes() / 2);
        this.toRead = new KeysToRead(mode.maxBytes() / 2, 0, 0);
    }

    /**
     * An event of the table was delivered, or will be before anything that comes after this call.
     *
     * @param by its transaction
     * @param change what it did
     */
    public void delivered(DeliveredTransaction by, RowChange change) {
        lock.lock();
        try {
            if (change.kind() == RowChange.Kind.TRUNCATE) {
                events.truncated(by);
                toRead.clear();
                return;
            }
            List<TableKey> about = change.keys();
            if (about == null) {
                events.ofAnyKey(by);
                toRead.followNone(); // it may be about each of them
            } else {
                for (TableKey key : about) {
                    boolean isNow = change.now() != null
                            && key.identity().equals(change.now().identity());
                    events.of(key, by, isNow && mode.isIncomplete(change));
                    follow(key, isNow, change);
                }
            }
            boolean moves = rangesDone ? leavesKeyToRead(change) : mode.hasToBeRead(change);
            if (moves || change.isOfUnknownRow()) {
                readLater(change.now());
            }
            events.shrink(newest, open);
        } finally {
            lock.unlock();
        }
    }

    private void follow(TableKey key, boolean isNow, RowChange change) {
        FollowedRow followed = toRead.followed(key);
        if (followed != null && isNow) {
            followed.delivered(change);
        } else if (followed != null) {
            followed.isGone();
        }
    }

    /** Whether a row that has still to be read may have got another key, without being known as a whole. */
    private boolean leavesKeyToRead(RowChange change) {
        List<TableKey> about = change.keys();
        return mode.isIncomplete(change)
                && (about == null
                        ? !toRead.isEmpty()
                        : about.size() > 1 && about.stream().anyMatch(toRead::contains));
    }

    private void readLater(@Nullable TableKey key) {
        if (key == null) {
            toRead.outgrow();
        } else {
            toRead.add(key);
        }
    }

    /**
     * A chunk is about to be read. Called before its transaction begins.
     *
     * @param columns the names of the columns that its rows will have, in their order
     * @return to be given to {@link #shows}, and at last to {@link #decide} or {@link #abandon}
     */
    public OpenRead begin(List<String> columns) {
        lock.lock();
        try {
            OpenRead read = new OpenRead(columns);
            open.add(read);
            return read;
        } finally {
            lock.unlock();
        }
    }

    /**
     * The snapshot of a chunk is known.
     *
     * @param read the chunk
     * @param snapshot what it shows; of a standby {@link Snapshot#parseOfStandby}
     */
    public void shows(OpenRead read, Snapshot snapshot) {
        lock.lock();
        try {
            read.shows(snapshot);
            newest = snapshot;
        } finally {
            lock.unlock();
        }
    }

    /**
     * A later snapshot was taken than any before, not to read. What it sees is forgotten.
     *
     * @param snapshot of the server that is read
     */
    public void sees(Snapshot snapshot) {
        lock.lock();
        try {
            newest = snapshot;
            events.forget(newest, open);
        } finally {
            lock.unlock();
        }
    }

    /**
     * The stream was lost. A server that has crashed, or one that is in its place, may give ids of transactions again that the newest
     * snapshot has shown, and that were not delivered.
     */
    void forgetSnapshot() {
        lock.lock();
        try {
            newest = null;
        } finally {
            lock.unlock();
        }
    }

    /** Whether a snapshot should be taken for {@link #sees}, because much waits to be forgotten. */
    public boolean wantsSnapshot() {
        lock.lock();
        try {
            return events.transactionsOfAnyKey() > MANY_TRANSACTIONS;
        } finally {
            lock.unlock();
        }
    }

    /**
     * A chunk gets its place in the stream, behind everything that was delivered so far. The stream has passed its horizon.
     *
     * @param read the chunk; it is open no longer
     * @param rowKeys gives the key of a row by its place; not asked while nothing was delivered that a snapshot may miss
     * @param rows its rows
     * @return which rows are delivered at this place
     */
    public ChunkDecision decide(OpenRead read, IntFunction<TableKey> rowKeys, List<TupleData> rows) {
        lock.lock();
        try {
            open.remove(read);
            if (read.isGivenUp() || events.mayBeMissedBy(read)) {
                return ChunkDecision.again();
            }
            boolean truncated = events.isTruncatedAfter(read);
            if (events.isWithoutKeys() && !truncated) {
                return new ChunkDecision(false, rows);
            }
            List<TupleData> kept = new ArrayList<>(rows.size());
            for (int i = 0; i < rows.size(); i++) {
                TupleData row = newer(read, rowKeys.apply(i), rows.get(i), truncated);
                if (row != null) {
                    kept.add(row);
                }
            }
            return new ChunkDecision(false, kept);
        } finally {
            lock.unlock();
        }
    }

    /**
     * As {@link #decide}, of keys that are read again. Those whose rows are not delivered, although handlers do not know them as a
     * whole, wait again.
     *
     * @param read the chunk; it is open no longer
     * @param taken the keys, from {@link #takeKeysToRead}
     * @param rowKeys gives the key of a row by its place
     * @param rows the rows that were found, of one snapshot of all partitions
     * @return which rows are delivered at this place
     */
    public ChunkDecision decideKeys(
            OpenRead read, List<TableKey> taken, IntFunction<TableKey> rowKeys, List<TupleData> rows) {
        lock.lock();
        try {
            ChunkDecision decision = decide(read, rowKeys, rows);
            if (!decision.readAgain()) {
                Set<Object> found = new HashSet<>();
                for (int i = 0; i < rows.size(); i++) {
                    found.add(rowKeys.apply(i).single());
                }
                taken.stream()
                        .filter(key -> !found.contains(key.single()) && isYetToBeSeen(key, read))
                        .forEach(toRead::lost);
                toRead.wereRead(taken);
            }
            return decision;
        } finally {
            lock.unlock();
        }
    }

    /** Whether a row was delivered in part that the snapshot does not show yet. */
    private boolean isYetToBeSeen(TableKey key, OpenRead read) {
        LastEvent last = events.of(key);
        return last != null && read.mayMiss(last.transaction()) && (last.incomplete() || !key.exact());
    }

    /** The row, if nothing newer was delivered; the newer one of a row that is followed; otherwise null. */
    private @Nullable TupleData newer(OpenRead read, TableKey key, TupleData row, boolean truncated) {
        LastEvent last = events.of(key);
        if (last == null || !read.mayMiss(last.transaction())) {
            return truncated ? null : row;
        }
        if (!last.incomplete() && key.exact()) {
            return null;
        }
        FollowedRow followed = truncated ? null : toRead.followed(key);
        TupleData completed = followed == null || !followed.completes(read) ? null : followed.over(read, row);
        if (completed == null) {
            toRead.lost(key);
        }
        return completed;
    }

    /**
     * A chunk is not delivered, and its range is read again or not at all.
     *
     * @param read the chunk; it is open no longer
     */
    public void abandon(OpenRead read) {
        lock.lock();
        try {
            open.remove(read);
        } finally {
            lock.unlock();
        }
    }

    /**
     * All ranges are read and decided: no row can move past the reading any more. From now on the keys are read that have to be
     * read again.
     */
    public void rangesAreDone() {
        lock.lock();
        try {
            rangesDone = true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * The table is read again from the beginning. What was delivered is still known, unless it was too much. As at the beginning, the
     * first snapshot has to see every transaction that was delivered before this call; see {@link UnseenTransactions#awaited}. Chunks
     * that are open are abandoned.
     *
     * @param next how it is read from now on
     */
    public void restart(ReadMode next) {
        lock.lock();
        try {
            mode = next;
            if (events.isOutgrown()) {
                events.forgetAll(open);
            }
            toRead = new KeysToRead(next.maxBytes() / 2, toRead.version() + 1, toRead.ofReads() + 1);
            rangesDone = false;
        } finally {
            lock.unlock();
        }
    }

    /**
     * The next keys whose rows have to be read again. They are kept until {@link #decideKeys}.
     *
     * @param max how many
     * @return empty if there are none, or those that there are are being read
     */
    public List<TableKey> takeKeysToRead(int max) {
        lock.lock();
        try {
            return toRead.take(max, key -> {
                LastEvent last = events.of(key);
                return last == null ? null : last.transaction();
            });
        } finally {
            lock.unlock();
        }
    }

    /** Whether no key has to be read again. */
    public boolean isComplete() {
        lock.lock();
        try {
            return toRead.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Whether keys that had to be read again could not be kept, or transactions that no snapshot has shown. The table is then read
     * again as a whole, by ranges of its key.
     */
    public boolean isOutgrown() {
        lock.lock();
        try {
            return toRead.isOutgrown() || events.isOutgrown();
        } finally {
            lock.unlock();
        }
    }

    /**
     * The keys that have to be read again, to be kept with the progress.
     *
     * @param values as {@link #restore} takes them
     * @param version of these values
     * @param ofReads changes with the values, but not with those that an event adds
     */
    public record Kept(List<List<String>> values, long version, long ofReads) {}

    /** The keys that have to be read again, and their version. */
    public Kept kept() {
        lock.lock();
        try {
            return new Kept(toRead.values(), toRead.version(), toRead.ofReads());
        } finally {
            lock.unlock();
        }
    }

    /** Changes with the keys of {@link #kept}. A position of the stream is confirmed only when those of that position are kept. */
    public long version() {
        lock.lock();
        try {
            return toRead.version();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes the keys that an earlier instance had to read again.
     *
     * @param kept the keys
     */
    public void restore(List<TableKey> kept) {
        lock.lock();
        try {
            kept.forEach(toRead::add);
        } finally {
            lock.unlock();
        }
    }
}
