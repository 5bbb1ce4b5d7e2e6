package io.walwire.internal.watch;

import io.walwire.error.WalwireException;
import io.walwire.watch.WatchEvent;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Where events wait between the handler thread and one subscriber. Its lock is held for moments, never for user code. */
final class Mailbox {
    private final Buffer buffer;
    private boolean ended;
    private @Nullable WalwireException cause;
    private long delivered;

    Mailbox(Buffer buffer) {
        this.buffer = buffer;
    }

    /** Takes an event in; false if there is no room for it. What comes after the end is gone. */
    synchronized boolean put(WatchEvent event) {
        if (ended) {
            return true;
        }
        boolean taken = buffer.add(event);
        notifyAll();
        return taken;
    }

    /** The next event; null if none waits. */
    synchronized @Nullable WatchEvent take() {
        WatchEvent event = buffer.next();
        if (event != null) {
            delivered++;
        }
        return event;
    }

    /** The next event, waited for so long; null if none came, or none will. */
    synchronized @Nullable WatchEvent await(long atMostNanos) throws InterruptedException {
        long deadline = System.nanoTime() + atMostNanos;
        WatchEvent event = take();
        while (event == null && !ended) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return null;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
            event = take();
        }
        return event;
    }

    /** Nothing comes in any more; what waits can still be taken. The first end counts. */
    synchronized void end(@Nullable WalwireException why) {
        if (!ended) {
            ended = true;
            cause = why;
            notifyAll();
        }
    }

    /** Ends, and forgets what waits. */
    synchronized void discard(@Nullable WalwireException why) {
        end(why);
        buffer.clear();
    }

    /** Whether nothing waits and nothing will come. */
    synchronized boolean isOver() {
        return ended && buffer.isEmpty();
    }

    /** Why it ended; null where it was closed. */
    synchronized @Nullable WalwireException cause() {
        return cause;
    }

    synchronized long delivered() {
        return delivered;
    }

    synchronized long missed() {
        return buffer.missed();
    }
}
