package io.walwire.internal.watch;

import io.walwire.error.WalwireException;
import io.walwire.watch.Subscription;
import io.walwire.watch.WatchEvent;
import io.walwire.watch.WatchIterator;
import java.time.Duration;
import java.util.NoSuchElementException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A subscription whose events the thread that takes them waits for. */
final class BlockingIterator implements WatchIterator {
    private final WatchSubscription subscription;
    private @Nullable WatchEvent next;

    BlockingIterator(WatchSubscription subscription) {
        this.subscription = subscription;
    }

    @Override
    public boolean hasNext() {
        try {
            while (next == null && !isOver()) {
                next = subscription.buffer.await(Long.MAX_VALUE / 2);
            }
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
        }
        return next != null;
    }

    @Override
    public WatchEvent next() {
        WatchEvent event = hasNext() ? next : null;
        if (event == null) {
            throw new NoSuchElementException("The subscription has ended");
        }
        next = null;
        return event;
    }

    @Override
    public @Nullable WatchEvent poll(Duration atMost) throws InterruptedException {
        WatchEvent event = next;
        next = null;
        return event != null || isOver() ? event : subscription.buffer.await(TimeUnit.NANOSECONDS.convert(atMost));
    }

    /** Throws where it ended with an error. */
    private boolean isOver() {
        if (!subscription.buffer.isOver()) {
            return false;
        }
        subscription.finished();
        WalwireException cause = subscription.buffer.cause();
        if (cause != null) {
            throw cause;
        }
        return true;
    }

    @Override
    public Subscription subscription() {
        return subscription;
    }

    @Override
    public void close() {
        subscription.close();
    }
}
