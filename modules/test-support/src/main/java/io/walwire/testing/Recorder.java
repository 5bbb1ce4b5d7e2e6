package io.walwire.testing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Collects what callbacks are given, in the order of the calls, and lets the test wait for it without a sleep.
 *
 * @param <T> what is recorded
 */
public final class Recorder<T> {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition added = lock.newCondition();
    private final List<T> items = new ArrayList<>();

    public void add(T item) {
        addAll(List.of(item));
    }

    /** Adds several events at once: readers see all of them or none. */
    public void addAll(Collection<? extends T> more) {
        lock.lock();
        try {
            items.addAll(more);
            added.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until at least so many are there.
     *
     * @return everything recorded by then, which may be more
     * @throws AssertionError if fewer came in time, with those that came
     */
    public List<T> await(int count, Duration atMost) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = atMost.toNanos();
            while (items.size() < count) {
                if (left <= 0) {
                    throw new AssertionError("Waited " + atMost + " for " + count + ", got " + items.size() + ": "
                            + items.subList(Math.max(0, items.size() - 20), items.size()));
                }
                left = added.awaitNanos(left);
            }
            return List.copyOf(items);
        } finally {
            lock.unlock();
        }
    }

    /** As {@link #await(int, Duration)}, with a bound that only a hanging test meets. */
    public List<T> await(int count) throws InterruptedException {
        return await(count, Duration.ofMinutes(2));
    }

    /** A copy of what is there now. */
    public List<T> all() {
        lock.lock();
        try {
            return List.copyOf(items);
        } finally {
            lock.unlock();
        }
    }
}
