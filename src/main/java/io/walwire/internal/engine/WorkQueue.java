package io.walwire.internal.engine;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Between the reader thread and the handler thread: bounded by bytes, the piece that is being handled included. One piece
 * that alone exceeds the bound passes when nothing else is held.
 */
final class WorkQueue {
    private final ArrayDeque<Work> waiting = new ArrayDeque<>();
    private final long boundBytes;
    private long heldBytes;
    private int unfinished;
    private boolean closed;
    private @Nullable Taken taken;

    /** What is being handled, since when by {@link System#nanoTime}. */
    record Taken(Work work, long since) {}

    WorkQueue(long boundBytes) {
        this.boundBytes = boundBytes;
    }

    /**
     * Adds a piece if there is room, waiting for a while.
     *
     * @return false if there was no room in that time; true also when the queue is closed and the piece was dropped
     */
    synchronized boolean offer(Work work, long millis) throws InterruptedException {
        if (!await(() -> closed || unfinished == 0 || heldBytes + work.bytes() <= boundBytes, millis)) {
            return false;
        }
        if (!closed) {
            waiting.add(work);
            heldBytes += work.bytes();
            unfinished++;
            notifyAll();
        }
        return true;
    }

    /** The next piece, waiting for it; null when the queue is closed. */
    synchronized @Nullable Work take() throws InterruptedException {
        while (waiting.isEmpty() && !closed) {
            wait();
        }
        Work next = closed ? null : waiting.poll();
        taken = next == null ? null : new Taken(next, System.nanoTime());
        return next;
    }

    /** Says that a piece that was taken is finished. */
    synchronized void finished(Work work) {
        heldBytes -= work.bytes();
        unfinished--;
        taken = null;
        notifyAll();
    }

    /** What is being handled now; null if nothing is. */
    synchronized @Nullable Taken taken() {
        return taken;
    }

    /** Waits until nothing waits or is being handled; false if the time passed. */
    synchronized boolean awaitFinished(long millis) throws InterruptedException {
        return await(() -> unfinished == 0, millis);
    }

    /** Whether everything that was received is handled. Never again once closed: what was dropped then is not. */
    synchronized boolean isFinished() {
        return unfinished == 0 && !closed;
    }

    synchronized long heldBytes() {
        return heldBytes;
    }

    /** When the oldest was committed of all that waits or is being handled; null if there is none. */
    synchronized @Nullable Instant oldestCommit() {
        Work oldest = taken != null ? taken.work() : waiting.peek();
        return oldest == null ? null : oldest.committed();
    }

    /** Nothing more is taken or added; what waits is dropped, unconfirmed. */
    synchronized void close() {
        closed = true;
        for (Work dropped : waiting) {
            heldBytes -= dropped.bytes();
            unfinished--;
        }
        waiting.clear();
        notifyAll();
    }

    private boolean await(BooleanSupplier condition, long millis) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (!condition.getAsBoolean()) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return true;
    }
}
