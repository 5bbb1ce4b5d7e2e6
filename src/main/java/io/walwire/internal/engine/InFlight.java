package io.walwire.internal.engine;

import io.walwire.internal.concurrent.ThrowingRunnable;
import io.walwire.internal.dispatch.PendingPart;
import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What has begun and is not settled, in its order. A piece is settled when it is finished and all before it are settled: so
 * what is confirmed is the low-water mark, wherever work is further. Safe for several threads.
 */
final class InFlight {
    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<Piece> pieces = new ArrayDeque<>();
    private final WorkQueue queue;
    private final Consumer<Throwable> failed;
    private boolean settling;
    private boolean abandoned;
    private volatile boolean empty = true;

    InFlight(WorkQueue queue, Consumer<Throwable> failed) {
        this.queue = queue;
        this.failed = failed;
    }

    /** A piece of work; held by the thread that begins it. */
    final class Piece implements PendingPart {
        private final Work work;
        private int holders = 1;
        private @Nullable ThrowingRunnable<Exception> settlement;

        private Piece(Work work) {
            this.work = work;
        }

        /** Set before its beginner releases it. */
        void then(ThrowingRunnable<Exception> next) {
            settlement = next;
        }

        @Override
        public void hold() {
            lock.lock();
            try {
                holders++;
            } finally {
                lock.unlock();
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
            settle();
        }

        @Override
        public boolean fail(Throwable failure) {
            failed.accept(failure);
            return false;
        }
    }

    Piece add(Work work) {
        Piece piece = new Piece(work);
        lock.lock();
        try {
            pieces.add(piece);
            empty = false;
        } finally {
            lock.unlock();
        }
        return piece;
    }

    boolean isEmpty() {
        return empty;
    }

    /** By one thread at a time, and without the lock, which all that finish something need. */
    private void settle() {
        for (Piece first = nextSettled(null); first != null; first = nextSettled(first)) {
            try {
                ThrowingRunnable<Exception> settlement = first.settlement;
                if (settlement != null) {
                    settlement.run();
                }
            } catch (Throwable e) {
                // still settling, so that nothing above it is confirmed
                failed.accept(e);
                return;
            }
        }
    }

    /** Takes away what was settled; the next piece that is finished, or null, and then nobody settles any more. */
    private @Nullable Piece nextSettled(@Nullable Piece settled) {
        lock.lock();
        try {
            if (settled != null && !abandoned) {
                pieces.poll();
                empty = pieces.isEmpty();
                // who waits for all to be finished finds it gone
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

    /** Gives up what is left, unconfirmed. */
    void abandon() {
        lock.lock();
        try {
            abandoned = true;
            pieces.forEach(piece -> queue.finished(piece.work));
            pieces.clear();
            empty = true;
        } finally {
            lock.unlock();
        }
    }
}
