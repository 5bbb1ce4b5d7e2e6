package io.walwire.internal.engine;

import io.walwire.internal.concurrent.ThrowingRunnable;
import io.walwire.internal.dispatch.PendingPart;
import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Work that has begun and is not settled, in commit order. A piece is settled when all of it is done and all before it is settled.
 * So the low-water mark is confirmed, however far later work has come. The handler thread begins pieces and ends all of them; any
 * thread may release one.
 *
 * <p>A piece that is done when it has begun, with none before it, is settled by the handler thread and never listed. That is every
 * piece where there are no lanes, no batches and no asynchronous callbacks; it costs no lock.
 */
final class InFlight {
    private final ReentrantLock lock = new ReentrantLock();
    private final WorkQueue queue;
    private final Consumer<Throwable> failed;

    /** In commit order. */
    private final ArrayDeque<Piece> pieces = new ArrayDeque<>();

    private boolean settling;
    private boolean abandoned;

    /** Whether no piece is listed. Only the handler thread lists pieces. */
    private volatile boolean empty = true;

    /** The last piece that the handler thread has begun; null when it settled that piece itself. Used only by that thread. */
    private @Nullable Piece latest;

    /**
     * Nothing in flight.
     *
     * @param queue where settled and abandoned pieces make room
     * @param failed gets what ends the instance; called by any thread
     */
    InFlight(WorkQueue queue, Consumer<Throwable> failed) {
        this.queue = queue;
        this.failed = failed;
    }

    /** A piece of work. The handler thread holds it until it has {@link #begun}. */
    final class Piece implements PendingPart {
        private final Work work;
        private int holders = 1;
        private @Nullable ThrowingRunnable<Exception> settlement;

        /** Written by the handler thread, with the lock. */
        private boolean listed;

        private Piece(Work work) {
            this.work = work;
        }

        /** Says what follows when the piece is settled. To be set before the piece has begun. */
        void then(ThrowingRunnable<Exception> next) {
            settlement = next;
        }

        @Override
        public void hold() {
            lock.lock();
            try {
                list();
                holders++;
            } finally {
                lock.unlock();
            }
        }

        /** Everything of the piece has begun. Called by the handler thread, once. */
        void begun() throws Exception {
            if (!listed && empty) {
                settle();
                queue.finished(work);
                latest = null;
                return;
            }
            lock.lock();
            try {
                list();
            } finally {
                lock.unlock();
            }
            release();
        }

        private void list() {
            if (!listed) {
                listed = true;
                pieces.add(this);
                empty = false;
            }
        }

        @Override
        public void release() {
            lock.lock();
            try {
                holders--;
                if (settling || abandoned) {
                    return; // the thread that settles looks again
                }
                settling = true;
            } finally {
                lock.unlock();
            }
            settleAll();
        }

        @Override
        public boolean fail(Throwable failure) {
            failed.accept(failure);
            return false;
        }

        private void settle() throws Exception {
            if (settlement != null) {
                settlement.run();
            }
        }
    }

    /** Begins a piece. Called by the handler thread, which calls {@link Piece#begun} on the one before first. */
    Piece begin(Work work) {
        Piece piece = new Piece(work);
        latest = piece;
        return piece;
    }

    /** Whether all that has begun is settled. Called by the handler thread, between two pieces. */
    boolean isEmpty() {
        return empty;
    }

    /** Called by one thread at a time. Runs without the lock, because every thread that releases a piece needs it. */
    private void settleAll() {
        for (Piece first = nextDone(null); first != null; first = nextDone(first)) {
            try {
                first.settle();
            } catch (Throwable e) {
                // still settling, so that nothing above this piece is confirmed
                failed.accept(e);
                return;
            }
        }
    }

    /** Takes away the piece that was settled. Returns the next one that is done, or null, and then this thread settles no more. */
    private @Nullable Piece nextDone(@Nullable Piece settled) {
        lock.lock();
        try {
            if (settled != null && !abandoned) {
                pieces.poll();
                empty = pieces.isEmpty(); // first, for a reader that waits for all to be finished
                queue.finished(settled.work);
            }
            Piece first = abandoned ? null : pieces.peek();
            if (first == null || first.holders > 0) {
                settling = false;
                return null;
            }
            return first;
        } finally {
            lock.unlock();
        }
    }

    /** Gives up what is not settled, unconfirmed. Called by the handler thread, at its end. */
    void abandon() {
        lock.lock();
        try {
            abandoned = true;
            if (latest != null) {
                latest.list(); // it failed, or was not admitted
            }
            pieces.forEach(piece -> queue.finished(piece.work));
            pieces.clear();
            empty = true;
        } finally {
            lock.unlock();
        }
    }
}
