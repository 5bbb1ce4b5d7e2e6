package io.walwire.internal.watch;

import io.walwire.error.WalwireException;
import io.walwire.watch.WatchEvent;
import io.walwire.watch.WatchEvent.Resync;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The events that wait for one subscriber, between the handler thread and the thread that takes them. Its lock is held for moments,
 * never for user code. Not a monitor: many virtual threads that wait on monitors would take all carriers from the application before
 * Java 24. What the subclasses implement is called under the lock.
 *
 * <p>Of very many buffers most are empty, so those of callbacks share locks. Nobody waits in the queue of a lock, where a virtual thread
 * that gets no carrier would hold up the subscribers behind it: who finds a lock taken tries again. Nothing that is called under a
 * lock takes another.
 */
abstract class EventBuffer {
    private static final ReentrantLock[] LOCKS =
            Stream.generate(ReentrantLock::new).limit(256).toArray(ReentrantLock[]::new);

    private static final long RETRY_NANOS = 1_000;
    private static final AtomicInteger NEXT_LOCK = new AtomicInteger();

    private final ReentrantLock lock;

    /** Null while no thread has waited. */
    private @Nullable Condition changed;

    private boolean ended;
    private volatile @Nullable WalwireException cause;
    private long delivered;
    private long missed;

    /** How many events were dropped since the last one was taken. */
    private long droppedSince;

    EventBuffer(boolean awaited) {
        lock = awaited ? new ReentrantLock() : LOCKS[NEXT_LOCK.getAndIncrement() & (LOCKS.length - 1)];
    }

    /**
     * The buffer of a subscription.
     *
     * @param awaited whether {@link #await} is called
     */
    static EventBuffer of(WatchSpec spec, boolean awaited) {
        return switch (spec.overflow) {
            case DROP_OLDEST -> new OrderedBuffer(spec.maxWaiting, false, awaited);
            case CLOSE -> new OrderedBuffer(spec.maxWaiting, true, awaited);
            case LATEST_PER_KEY -> new LatestPerKeyBuffer(spec.maxWaiting, awaited);
        };
    }

    private void lock() {
        while (!lock.tryLock()) {
            LockSupport.parkNanos(RETRY_NANOS);
        }
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
        missed++;
    }

    /** Counts an event that a later one replaces. */
    final void countReplaced() {
        missed++;
    }

    /** One resync in place of two that nothing separates. One with a gap says more than one without. */
    static Resync joined(Resync before, Resync after) {
        return after.gap() == null && before.gap() != null ? before : after;
    }

    /** Adds an event; false if there is no room for it. Ignores what comes after the end. */
    boolean put(WatchEvent event) {
        lock();
        try {
            if (ended) {
                return true;
            }
            boolean added = add(event);
            signal();
            return added;
        } finally {
            lock.unlock();
        }
    }

    /** The next event, which says how many were dropped before it; null if none waits. */
    @Nullable
    WatchEvent take() {
        lock();
        try {
            WatchEvent event = poll();
            if (event == null) {
                return null;
            }
            delivered++;
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
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        lock();
        try {
            WatchEvent event = take();
            while (event == null && !ended && left > 0) {
                left = changed().awaitNanos(left);
                event = take();
            }
            return event;
        } finally {
            lock.unlock();
        }
    }

    private Condition changed() {
        Condition condition = changed;
        if (condition == null) {
            condition = lock.newCondition();
            changed = condition;
        }
        return condition;
    }

    private void signal() {
        if (changed != null) {
            changed.signalAll();
        }
    }

    /** Adds nothing any more; what waits can still be taken. The first end counts. */
    void end(@Nullable WalwireException why) {
        lock();
        try {
            if (!ended) {
                ended = true;
                cause = why;
                signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends, and drops what waits. */
    void discard(@Nullable WalwireException why) {
        lock();
        try {
            end(why);
            clear();
        } finally {
            lock.unlock();
        }
    }

    /** Whether nothing waits and nothing will come. */
    boolean isOver() {
        lock();
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
        lock();
        try {
            return delivered;
        } finally {
            lock.unlock();
        }
    }

    /** How many events were dropped or replaced. */
    long missed() {
        lock();
        try {
            return missed;
        } finally {
            lock.unlock();
        }
    }
}
