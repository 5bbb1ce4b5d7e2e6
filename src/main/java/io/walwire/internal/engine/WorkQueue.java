package io.walwire.internal.engine;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Between the reader thread and the handler thread: bounded by bytes, the piece that is being handled included. One piece
 * that alone exceeds the bound passes when nothing else is held.
 */
final class WorkQueue {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Work> waiting = new ArrayDeque<>();
    private final long boundBytes;
    private long heldBytes;
    private int unfinished;
    private boolean closed;

    WorkQueue(long boundBytes) {
        this.boundBytes = boundBytes;
    }

    /**
     * Adds a piece if there is room, waiting for a while.
     *
     * @return false if there was no room in that time; true also when the queue is closed and the piece was dropped
     */
    boolean offer(Work work, long millis) throws InterruptedException {
        lock.lock();
        try {
            long left = TimeUnit.MILLISECONDS.toNanos(millis);
            while (!closed && unfinished > 0 && heldBytes + work.bytes() > boundBytes) {
                if (left <= 0) {
                    return false;
                }
                left = changed.awaitNanos(left);
            }
            if (!closed) {
                waiting.add(work);
                heldBytes += work.bytes();
                unfinished++;
                changed.signalAll();
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The next piece, waiting for it; null when the queue is closed. */
    @Nullable
    Work take() throws InterruptedException {
        lock.lock();
        try {
            while (waiting.isEmpty() && !closed) {
                changed.await();
            }
            return closed ? null : waiting.poll();
        } finally {
            lock.unlock();
        }
    }

    /** Says that a piece that was taken is finished. */
    void finished(Work work) {
        lock.lock();
        try {
            heldBytes -= work.bytes();
            unfinished--;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until nothing waits or is being handled; false if the time passed. */
    boolean awaitFinished(long millis) throws InterruptedException {
        lock.lock();
        try {
            long left = TimeUnit.MILLISECONDS.toNanos(millis);
            while (unfinished > 0) {
                if (left <= 0) {
                    return false;
                }
                left = changed.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Whether everything that was received is handled. Never again once closed: what was dropped then is not. */
    boolean isFinished() {
        lock.lock();
        try {
            return unfinished == 0 && !closed;
        } finally {
            lock.unlock();
        }
    }

    long heldBytes() {
        lock.lock();
        try {
            return heldBytes;
        } finally {
            lock.unlock();
        }
    }

    /** Nothing more is taken or added; what waits is dropped, unconfirmed. */
    void close() {
        lock.lock();
        try {
            closed = true;
            for (Work dropped : waiting) {
                heldBytes -= dropped.bytes();
                unfinished--;
            }
            waiting.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
