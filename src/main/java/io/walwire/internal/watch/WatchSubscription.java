package io.walwire.internal.watch;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.log.Logs;
import io.walwire.watch.Subscription;
import io.walwire.watch.WatchEvent;
import io.walwire.watch.WatchEvent.Changed;
import io.walwire.watch.WatchEvent.Resync;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.Marker;
import org.slf4j.MarkerFactory;

/**
 * One subscription: what it asks for, and what waits for its subscriber. All subscriptions log what they get to one logger; a marker
 * with the label's name lets the logging's configuration show one watch alone. The log never shows a value of a row or of a watch.
 */
final class WatchSubscription implements Subscription, Subscribers {
    private static final Logger LOG = Logs.of("io.walwire.watch");

    /** Detached, as the others are: SLF4J would keep those that it knows for ever, and labels may come and go. */
    private static final Marker UNLABELLED = MarkerFactory.getDetachedMarker("");

    /** An object less for each of many subscriptions. */
    private static final AtomicIntegerFieldUpdater<WatchSubscription> ACTIVE =
            AtomicIntegerFieldUpdater.newUpdater(WatchSubscription.class, "active");

    final WatchSpec spec;
    final Matcher matcher;
    final EventBuffer buffer;
    private final Watches watches;
    private final Wake wake;
    private final Marker marker;

    /** 1 until it ends. */
    private volatile int active = 1;

    private final CompletableFuture<Void> completion = new CompletableFuture<>();

    /** Where its {@link SubscriptionList} has it, under that list's lock. */
    int place;

    /** Who is called when an event was added, and at the end; must not run user code on the calling thread. */
    @FunctionalInterface
    interface Wake {
        Wake NOBODY = () -> {};

        void wake();
    }

    /**
     * A subscription.
     *
     * @param watches are informed when it ends
     * @param spec without values, which the matcher has
     */
    WatchSubscription(WatchSpec spec, Matcher matcher, Watches watches, Wake wake) {
        this.spec = spec;
        this.matcher = matcher;
        this.buffer = EventBuffer.of(spec, wake == Wake.NOBODY);
        this.watches = watches;
        this.wake = wake;
        this.marker = spec.label == null ? UNLABELLED : MarkerFactory.getDetachedMarker(spec.label);
    }

    /**
     * Delivers a change if it is one that is asked for. Called by the handler thread; nothing that is thrown reaches it.
     *
     * @param hasValues whether the change is known to have the values that are asked for; if not, it is compared with them
     */
    void offer(RowChange change, boolean hasValues) {
        if (!isActive()) {
            return;
        }
        WatchedChange event;
        try {
            event = matcher.match(change, hasValues ? Truth.TRUE : matcher.hasValues(change));
        } catch (Throwable e) {
            fail("A predicate of the watch threw " + e.getClass().getName(), e);
            return;
        }
        if (event != null) {
            deliver(event);
        }
    }

    /** Called by the handler thread; nothing that is thrown reaches it. */
    void deliver(WatchEvent event) {
        try {
            log(event);
            if (buffer.put(event)) {
                wake.wake();
                return;
            }
        } catch (Throwable e) {
            fail(
                    "An event could not be kept for its subscriber: "
                            + e.getClass().getName(),
                    e);
            return;
        }
        WalwireException full = new WalwireException(
                ErrorCode.WATCH,
                spec.display() + ": the buffer of " + spec.maxWaiting + " events is full.",
                "Consume faster, raise the limit, or use dropOldest or conflate.");
        if (leave()) {
            watches.failed(full);
        }
        end(full);
    }

    /** Logs the beginning, the end, or an event. */
    void log(Object what) {
        if (LOG.isDebugEnabled(marker)) {
            LOG.debug(marker, "{}: {}", spec.display(), what instanceof WatchEvent event ? text(event) : what);
        }
    }

    private static String text(WatchEvent event) {
        if (event instanceof Changed changed) {
            return changed.kind() + " " + changed.id() + (changed.isCertain() ? "" : ", not certain");
        }
        return event instanceof Resync resync ? "resync, " + resync.reason() : "";
    }

    /** No more events are added; what waits is still delivered, and then the end. */
    void end(@Nullable WalwireException cause) {
        leave();
        buffer.end(cause);
        wake.wake();
    }

    /** Ends at once, and with an error. */
    void fail(String what, Throwable thrown) {
        WalwireException cause = new WalwireException(
                ErrorCode.WATCH, spec.display() + ": " + what + ". This subscription is closed; others go on.", thrown);
        if (leave()) {
            watches.failed(cause);
        }
        buffer.discard(cause);
        wake.wake();
    }

    private boolean leave() {
        boolean first = ACTIVE.compareAndSet(this, 1, 0);
        if (first) {
            watches.remove(this);
        }
        return first;
    }

    /** The subscriber got the end, or never will. */
    void finished() {
        WalwireException cause = buffer.cause();
        if (cause == null) {
            completion.complete(null);
        } else {
            completion.completeExceptionally(cause);
        }
    }

    @Override
    public void forEach(Consumer<WatchSubscription> action) {
        action.accept(this);
    }

    @Override
    public @Nullable String label() {
        return spec.label;
    }

    @Override
    public String table() {
        return spec.table.toString();
    }

    @Override
    public boolean isActive() {
        return active == 1;
    }

    @Override
    public long delivered() {
        return buffer.delivered();
    }

    @Override
    public long missed() {
        return buffer.missed();
    }

    @Override
    public CompletionStage<Void> completion() {
        return completion.copy();
    }

    @Override
    public void close() {
        leave();
        buffer.discard(null);
        finished();
        wake.wake();
    }

    @Override
    public String toString() {
        return "Subscription[" + spec.display() + (isActive() ? "]" : ", ended]");
    }
}
