package io.walwire.internal.backfill;

import io.walwire.event.Lsn;
import io.walwire.internal.connection.server.Snapshot;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The transactions that were delivered and that no snapshot has shown yet. A commit is sent before other sessions see it, and
 * long before where it waits for a synchronous standby. The first snapshot of a backfill has to see all that was delivered before.
 * Thread-safe.
 */
public final class UnseenTransactions {
    /** So many cost one query. */
    private static final int MANY = 4_096;

    /** As many as are known one by one, while no snapshot can be taken for them: 12 MiB. */
    static final int MOST = 1_000_000;

    private final ReentrantLock lock = new ReentrantLock();
    private int[] xids = new int[64];
    private long[] commits = new long[64];
    private int count;
    private @Nullable Snapshot start;

    /** How often there were too many, so that they are not known one by one any more. */
    private long givenUp;

    /** As many of these times lie before {@link #start}, or before a snapshot that sees its end. */
    private long covered;

    /**
     * A stream begins, of which it is not known what was delivered before: transactions that are still running now may have been
     * delivered already.
     *
     * @param now as the server prints it, also a standby: {@link Snapshot#parse}. One that lists all transactions that are running:
     *     a primary lists none above the newest one that has ended
     */
    public void startsAt(Snapshot now) {
        lock.lock();
        try {
            start = now;
        } finally {
            lock.unlock();
        }
    }

    /** Whether there were too many since the last start, so that another one has to be taken. */
    public boolean wantsStart() {
        lock.lock();
        try {
            return givenUp > covered;
        } finally {
            lock.unlock();
        }
    }

    /** How often there were too many so far. */
    public long givenUp() {
        lock.lock();
        try {
            return givenUp;
        } finally {
            lock.unlock();
        }
    }

    /**
     * As {@link #startsAt(Snapshot)}, of a stream that goes on: those that were too many have ended, or are running now.
     *
     * @param now as there
     * @param before {@link #givenUp} as it was before this snapshot was taken
     */
    public void startsAt(Snapshot now, long before) {
        lock.lock();
        try {
            start = now;
            covered = Math.max(covered, before);
        } finally {
            lock.unlock();
        }
    }

    /** Nothing is known of what was delivered before. */
    public void clear() {
        lock.lock();
        try {
            count = 0;
            start = null;
            covered = givenUp;
        } finally {
            lock.unlock();
        }
    }

    /**
     * A transaction was delivered.
     *
     * @param transaction which
     */
    public void delivered(DeliveredTransaction transaction) {
        lock.lock();
        try {
            if (count == MOST) {
                count = 0;
                givenUp++;
            }
            if (count == xids.length) {
                xids = Arrays.copyOf(xids, 2 * count);
                commits = Arrays.copyOf(commits, 2 * count);
            }
            xids[count] = transaction.xid();
            commits[count++] = transaction.commit().value();
        } finally {
            lock.unlock();
        }
    }

    /** Whether a snapshot should be taken for {@link #sees}. */
    public boolean wantsSnapshot() {
        lock.lock();
        try {
            return count >= MANY || givenUp > covered;
        } finally {
            lock.unlock();
        }
    }

    /**
     * A snapshot was taken. What it sees is forgotten, because every later one sees it too.
     *
     * @param snapshot of a standby {@link Snapshot#parseOfStandby}
     */
    public void sees(Snapshot snapshot) {
        lock.lock();
        try {
            int left = 0;
            for (int i = 0; i < count; i++) {
                if (!snapshot.sees(xids[i], new Lsn(commits[i]))) {
                    xids[left] = xids[i];
                    commits[left++] = commits[i];
                }
            }
            count = left;
            if (start != null && snapshot.endsAllOf(start)) {
                start = null;
            }
        } finally {
            lock.unlock();
        }
    }

    /** How many are known one by one. */
    int known() {
        lock.lock();
        try {
            return count;
        } finally {
            lock.unlock();
        }
    }

    private boolean isStartSeenBy(Snapshot snapshot, long before) {
        lock.lock();
        try {
            return covered >= before && isSeenBy(snapshot, start);
        } finally {
            lock.unlock();
        }
    }

    /** A standby has shown before what was running when the stream began, and was delivered since. */
    private static boolean isSeenBy(Snapshot snapshot, @Nullable Snapshot start) {
        return start == null || snapshot.isOfStandby() || snapshot.endsAllOf(start);
    }

    /** What is unseen at this moment, which a backfill that begins now waits for. Later deliveries do not count. */
    public Awaited awaited() {
        lock.lock();
        try {
            UnseenTransactions later = givenUp > covered ? this : null;
            return new Awaited(Arrays.copyOf(xids, count), Arrays.copyOf(commits, count), start, later, givenUp);
        } finally {
            lock.unlock();
        }
    }

    /** What a snapshot has to see before it can be the first one of a backfill. */
    public static final class Awaited {
        private final int[] xids;
        private final long[] commits;
        private final @Nullable Snapshot start;

        /** Has the start that is not known yet, which covers so many; null if it is known. */
        private final @Nullable UnseenTransactions later;

        private final long before;

        private Awaited(
                int[] xids, long[] commits, @Nullable Snapshot start, @Nullable UnseenTransactions later, long before) {
            this.xids = xids;
            this.commits = commits;
            this.start = start;
            this.later = later;
            this.before = before;
        }

        /**
         * Whether reading may begin.
         *
         * @param snapshot of a standby {@link Snapshot#parseOfStandby}
         * @return false if a delivered transaction may be invisible in it, or is not known to be visible
         */
        public boolean areSeenBy(Snapshot snapshot) {
            return (later == null ? isSeenBy(snapshot, start) : later.isStartSeenBy(snapshot, before))
                    && IntStream.range(0, xids.length).allMatch(i -> snapshot.sees(xids[i], new Lsn(commits[i])));
        }
    }
}
