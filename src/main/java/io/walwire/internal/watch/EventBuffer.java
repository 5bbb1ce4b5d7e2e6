package io.walwire.internal.watch;

import io.walwire.error.WalwireException;
import io.walwire.watch.WatchEvent;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Where events wait between the handler thread and one subscriber. Its lock is held for moments, never for user code. Not a monitor: many
 * virtual threads that wait on monitors would take all carriers from the application before Java 24.
 */
final class EventBuffer {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Buffer buffer;
    private boolean ended;
    private @Nullable WalwireException cause;
    private long delivered;

    EventBuffer(Buffer buffer) {
        this.buffer = buffer;
    }

    /** Takes an event in; false if there is no room for it. What comes after the end is gone. */
    boolean put(WatchEvent event) {
        lock.lock();
        try {
            if (ended) {
                return true;
            }
            boolean taken = buffer.add(event);
            changed.signalAll();
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** The next event; null if none waits. */
    @Nullable
    WatchEvent take() {
        lock.lock();
        try {
            WatchEvent event = buffer.next();
            delivered += event == null ? 0 : 1;
            return event;
        } finally {
            lock.unlock();
        }
    }

    /** The next event, waited for so long; null if none came, or none will. */
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

    /** Nothing comes in any more; what waits can still be taken. The first end counts. */
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

    /** Ends, and forgets what waits. */
    void discard(@Nullable WalwireException why) {
        lock.lock();
        try {
            end(why);
            buffer.clear();
        } finally {
            lock.unlock();
        }
    }

    /** Whether nothing waits and nothing will come. */
    boolean isOver() {
        lock.lock();
        try {
            return ended && buffer.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Why it ended; null where it was closed. */
    @Nullable
    WalwireException cause() {
        lock.lock();
        try {
            return cause;
        } finally {
            lock.unlock();
        }
    }

    long delivered() {
        lock.lock();
        try {
            return delivered;
        } finally {
            lock.unlock();
        }
    }

    long missed() {
        lock.lock();
        try {
            return buffer.missed();
        } finally {
            lock.unlock();
        }
    }
}
