package io.walwire.internal.watch;

import io.walwire.error.WalwireException;
import io.walwire.watch.WatchEvent;
import io.walwire.watch.WatchEvent.Resync;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The events that wait for one subscriber, between the handler thread and the thread that takes them. Its lock is held for moments,
 * never for user code. Not a monitor: many virtual threads that wait on monitors would take all carriers from the application before
 * Java 24. What the subclasses implement is called under the lock.
 */
abstract class EventBuffer {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean ended;
    private volatile @Nullable WalwireException cause;
    private final AtomicLong delivered = new AtomicLong();
    private final AtomicLong missed = new AtomicLong();

    /** How many events were dropped since the last one was taken. */
    private long droppedSince;

    static EventBuffer of(WatchSpec spec) {
        return switch (spec.overflow) {
            case DROP_OLDEST -> new OrderedBuffer(spec.maxWaiting, false);
            case CLOSE -> new OrderedBuffer(spec.maxWaiting, true);
            case LATEST_PER_KEY -> new LatestPerKeyBuffer(spec.maxWaiting);
        };
    }

    /** Adds an event; false if there is no room and the subscription is to end. */
    abstract boolean add(WatchEvent event);

    /** Takes the oldest event; null if there is none. */
    abstract @Nullable WatchEvent poll();

    abstract boolean isEmpty();

    abstract void clear();

    /** Counts an event that is not delivered, and with it those that it replaced, which are counted already. */
    final void countDropped(long replaced) {
        droppedSince += 1 + replaced;
        missed.incrementAndGet();
    }

    /** Counts an event that a later one replaces. */
    final void countReplaced() {
        missed.incrementAndGet();
    }

    /** One resync in place of two that nothing separates. One with a gap says more than one without. */
    static Resync joined(Resync before, Resync after) {
        return after.gap() == null && before.gap() != null ? before : after;
    }

    /** Adds an event; false if there is no room for it. Ignores what comes after the end. */
    boolean put(WatchEvent event) {
        lock.lock();
        try {
            if (ended) {
                return true;
            }
            boolean added = add(event);
            changed.signalAll();
            return added;
        } finally {
            lock.unlock();
        }
    }

    /** The next event, which says how many were dropped before it; null if none waits. */
    @Nullable
    WatchEvent take() {
        lock.lock();
        try {
            WatchEvent event = poll();
            if (event == null) {
                return null;
            }
            delivered.incrementAndGet();
            long dropped = droppedSince;
            droppedSince = 0;
            return dropped == 0 ? event : withMissed(event, event.missed() + dropped);
        } finally {
            lock.unlock();
        }
    }

    private static WatchEvent withMissed(WatchEvent event, long count) {
        if (event instanceof Resync resync) {
            return new Resync(resync.label(), count, resync.reason(), resync.gap());
        }
        return event instanceof WatchedChange change ? change.withMissed(count) : event;
    }

    /** The next event, waited for at most so long; null if none came, or none will. */
    @Nullable
    WatchEvent await(long atMostNanos) throws InterruptedException {
        long left = atMostNanos;
        lock.lockInterruptibly();
        try {
            WatchEvent event = take();
            while (event == null && !ended && left > 0) {
                left = changed.awaitNanos(left);
                event = take();
            }
            return event;
        } finally {
            lock.unlock();
        }
    }

    /** Adds nothing any more; what waits can still be taken. The first end counts. */
    void end(@Nullable WalwireException why) {
        lock.lock();
        try {
            if (!ended) {
                ended = true;
                cause = why;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends, and drops what waits. */
    void discard(@Nullable WalwireException why) {
        lock.lock();
        try {
            end(why);
            clear();
        } finally {
            lock.unlock();
        }
    }

    /** Whether nothing waits and nothing will come. */
    boolean isOver() {
        lock.lock();
        try {
            return ended && isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Why it ended; null where it was closed. */
    @Nullable
    WalwireException cause() {
        return cause;
    }

    /** How many events were taken. */
    long delivered() {
        return delivered.get();
    }

    /** How many events were dropped or replaced. */
    long missed() {
        return missed.get();
    }
}
