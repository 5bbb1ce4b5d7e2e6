package io.walwire.internal.engine;

import io.walwire.internal.concurrent.TimedWait;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The queue between the reader thread and the handler thread. It is bounded by bytes, which count until a piece is settled. One
 * piece that alone exceeds the bound passes when nothing else is held.
 *
 * <p>Small transactions may be handled faster than they are read, and to wake a thread up takes longer than either. So a taker that
 * has emptied the queue in a burst naps for a moment. Many pieces end its nap, and so does a reader that {@link #announce}s a few
 * before it waits itself. A reader that waits for room is woken up when a quarter of the queue is free.
 */
final class WorkQueue {
    /** Pieces that come closer to each other are a burst: more are expected. */
    private static final long BURST_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

    /** The longest nap. A piece that nobody announces is late by no more. */
    private static final long NAP_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    /** The number of pieces that ends a nap. */
    private static final int MANY = 32;

    private final ArrayDeque<Work> waiting = new ArrayDeque<>();
    private final long boundBytes;
    private long heldBytes;
    private int unfinished;
    private boolean closed;

    /** How many threads wait for room, or for the end of all. */
    private int waitedFor;

    private boolean hurried;
    private boolean woken;
    private boolean burst;
    private boolean takerNaps;
    private long lastOffer = System.nanoTime() - BURST_NANOS;

    /** What is being handled, the oldest first. */
    private final ArrayDeque<Taken> taken = new ArrayDeque<>(1);

    /** A piece of work that is being handled, since when by {@link System#nanoTime}. */
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
            long now = System.nanoTime();
            burst = now - lastOffer < BURST_NANOS;
            lastOffer = now;
            if (!takerNaps || waiting.size() >= MANY) {
                notifyAll();
            }
        }
        return true;
    }

    /** Nothing more is offered for now: ends a nap of the taker if something waits. */
    synchronized void announce() {
        if (takerNaps && !waiting.isEmpty()) {
            notifyAll();
        }
    }

    /** The next piece, waiting for it; null when the queue is closed. */
    synchronized @Nullable Work take() throws InterruptedException {
        hurried = false; // nothing is kept back that could be hurried
        while (waiting.isEmpty() && !closed) {
            takerNaps = burst && System.nanoTime() - lastOffer < BURST_NANOS;
            TimeUnit.NANOSECONDS.timedWait(this, takerNaps ? NAP_NANOS : Long.MAX_VALUE);
            takerNaps = false;
        }
        return next();
    }

    /**
     * The next piece, waiting for it for a while, and no longer than until somebody needs what was taken to be finished; null
     * also when the queue is closed.
     */
    synchronized @Nullable Work take(long nanos) throws InterruptedException {
        TimedWait.until(this, () -> !waiting.isEmpty() || closed || hurried || woken || waitedFor > 0, nanos);
        woken = false;
        return next();
    }

    /** The next piece, waiting for it, and no longer than until somebody calls {@link #wake}; null also when the queue is closed. */
    synchronized @Nullable Work takeOrWake() throws InterruptedException {
        TimedWait.until(this, () -> !waiting.isEmpty() || closed || woken, Long.MAX_VALUE);
        woken = false;
        return next();
    }

    /** The taker has something else to do. Called by any thread. */
    synchronized void wake() {
        woken = true;
        notifyAll();
    }

    /** Whether nothing waits to be taken. */
    synchronized boolean isEmpty() {
        return waiting.isEmpty();
    }

    private @Nullable Work next() {
        Work next = closed ? null : waiting.poll();
        if (next != null) {
            taken.add(new Taken(next, System.nanoTime()));
        }
        return next;
    }

    /** Asks for what was taken to be finished soon, once. */
    synchronized void hurry() {
        hurried = true;
        notifyAll();
    }

    /** Whether somebody needs what was taken to be finished; who asked to hurry is heard by this. */
    synchronized boolean isNeeded() {
        boolean needed = hurried || waitedFor > 0;
        hurried = false;
        return needed;
    }

    synchronized boolean isClosed() {
        return closed;
    }

    /** Says that the oldest piece that was taken is finished. */
    synchronized void finished(Work work) {
        heldBytes -= work.bytes();
        unfinished--;
        taken.poll();
        if (waitedFor > 0 && (unfinished == 0 || heldBytes <= boundBytes / 4 * 3)) {
            notifyAll();
        }
    }

    /** The oldest of what is being handled now; null if nothing is. */
    synchronized @Nullable Taken taken() {
        return taken.peek();
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
        // what was not committed, such as rows that were read, has changes behind it
        return Stream.concat(taken.stream().map(Taken::work), waiting.stream())
                .map(Work::committed)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
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
        if (condition.getAsBoolean()) {
            return true;
        }
        waitedFor++;
        notifyAll();
        try {
            return TimedWait.until(this, condition, TimeUnit.MILLISECONDS.toNanos(millis));
        } finally {
            waitedFor--;
        }
    }
}
