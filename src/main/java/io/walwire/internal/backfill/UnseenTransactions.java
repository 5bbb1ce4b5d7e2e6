package io.walwire.internal.backfill;

import io.walwire.internal.connection.server.Snapshot;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The transactions that were delivered and that no snapshot has shown yet. A commit is sent before other sessions see it, and
 * long before where it waits for a synchronous standby. The first snapshot of a backfill has to see all that was delivered before.
 * Thread-safe.
 */
public final class UnseenTransactions {
    /** So many cost one query. */
    private static final int MANY = 4_096;

    private final ReentrantLock lock = new ReentrantLock();
    private int[] xids = new int[64];
    private int count;
    private @Nullable Snapshot start;

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

    /** Nothing is known of what was delivered before. */
    public void clear() {
        lock.lock();
        try {
            count = 0;
            start = null;
        } finally {
            lock.unlock();
        }
    }

    /**
     * A transaction was delivered.
     *
     * @param xid its id, without the epoch
     */
    public void delivered(int xid) {
        lock.lock();
        try {
            if (count == xids.length) {
                xids = Arrays.copyOf(xids, 2 * count);
            }
            xids[count++] = xid;
        } finally {
            lock.unlock();
        }
    }

    /** Whether a snapshot should be taken for {@link #sees}. */
    public boolean wantsSnapshot() {
        lock.lock();
        try {
            return count >= MANY;
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
                if (!snapshot.sees(xids[i])) {
                    xids[left++] = xids[i];
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

    /** The transactions that are unseen at this moment. */
    int[] xids() {
        lock.lock();
        try {
            return Arrays.copyOf(xids, count);
        } finally {
            lock.unlock();
        }
    }

    /** What is unseen at this moment, which a backfill that begins now waits for. Later deliveries do not count. */
    public Awaited awaited() {
        lock.lock();
        try {
            return new Awaited(Arrays.copyOf(xids, count), start);
        } finally {
            lock.unlock();
        }
    }

    /** What a snapshot has to see before it can be the first one of a backfill. */
    public static final class Awaited {
        private final int[] xids;
        private final @Nullable Snapshot start;

        private Awaited(int[] xids, @Nullable Snapshot start) {
            this.xids = xids;
            this.start = start;
        }

        /**
         * Whether reading may begin. On a standby it may at once: what it sends is visible there.
         *
         * @param snapshot of a standby {@link Snapshot#parseOfStandby}
         * @return false if a delivered transaction may be invisible in it, or is not known to be visible
         */
        public boolean areSeenBy(Snapshot snapshot) {
            return snapshot.isOfStandby()
                    || ((start == null || snapshot.endsAllOf(start))
                            && Arrays.stream(xids).allMatch(snapshot::sees));
        }
    }
}
