package io.walwire.watch;

import java.time.Duration;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * The events of a subscription, waited for. For one thread at a time; {@link #close()} may be called from any, and ends a
 * wait.
 */
public interface WatchIterator extends Iterator<WatchEvent>, AutoCloseable {
    /**
     * Waits for the next event.
     *
     * @return true once there is one; false when the subscription or the instance was closed and nothing is left, and when
     *     the waiting thread is interrupted, which closes the subscription and leaves the thread's interrupt status set
     * @throws io.walwire.error.WalwireException if the subscription or the instance failed, after what came before
     */
    @Override
    boolean hasNext();

    /**
     * Waits for the next event and takes it.
     *
     * @return the event
     * @throws java.util.NoSuchElementException where {@link #hasNext()} is false
     * @throws io.walwire.error.WalwireException as {@link #hasNext()}
     */
    @Override
    WatchEvent next();

    /**
     * Waits for the next event, but not for ever, and takes it.
     *
     * @param atMost how long to wait; zero to take only what is there
     * @return the event; null if none came in time, or none will come
     * @throws InterruptedException if the waiting thread is interrupted; the subscription stays
     * @throws io.walwire.error.WalwireException as {@link #hasNext()}
     */
    @Nullable
    WatchEvent poll(Duration atMost) throws InterruptedException;

    /**
     * The subscription that is read.
     *
     * @return the same object each time
     */
    Subscription subscription();

    /** Ends the subscription; what was not taken is gone. Again, does nothing. */
    @Override
    void close();
}
