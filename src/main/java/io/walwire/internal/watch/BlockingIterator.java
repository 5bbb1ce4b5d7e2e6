package io.walwire.internal.watch;

import io.walwire.error.WalwireException;
import io.walwire.watch.Subscription;
import io.walwire.watch.WatchEvent;
import io.walwire.watch.WatchIterator;
import java.time.Duration;
import java.util.NoSuchElementException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A subscription whose events are waited for by the thread that takes them. */
final class BlockingIterator implements WatchIterator {
    private final WatchSubscription watcher;
    private @Nullable WatchEvent next;

    BlockingIterator(WatchSubscription watcher) {
        this.watcher = watcher;
    }

    @Override
    public boolean hasNext() {
        try {
            while (next == null && !isOver()) {
                next = watcher.mailbox().await(Long.MAX_VALUE / 2);
            }
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
        }
        return next != null;
    }

    @Override
    public WatchEvent next() {
        if (!hasNext()) {
            throw new NoSuchElementException("The subscription has ended");
        }
        return take();
    }

    private WatchEvent take() {
        WatchEvent event = next;
        next = null;
        if (event == null) {
            throw new NoSuchElementException("The subscription has ended");
        }
        return event;
    }

    @Override
    public @Nullable WatchEvent poll(Duration atMost) throws InterruptedException {
        if (next == null && !isOver()) {
            next = watcher.mailbox().await(TimeUnit.NANOSECONDS.convert(atMost));
        }
        return next == null ? null : take();
    }

    /** Throws where it ended with an error. */
    private boolean isOver() {
        if (!watcher.mailbox().isOver()) {
            return false;
        }
        WalwireException cause = watcher.mailbox().cause();
        watcher.finished(cause);
        if (cause != null) {
            throw cause;
        }
        return true;
    }

    @Override
    public Subscription subscription() {
        return watcher;
    }

    @Override
    public void close() {
        watcher.close();
    }
}
