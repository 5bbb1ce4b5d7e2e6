package io.walwire.internal.watch;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.watch.Subscription;
import io.walwire.watch.WatchEvent;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** One subscription: what it asks for, what waits for it, and who takes it. */
final class Watcher implements Subscription {
    private final WatchSpec spec;
    private final Matcher matcher;
    private final Mailbox mailbox;
    private final Registry registry;
    private final Runnable wake;
    private final WatchLog log;
    private final AtomicBoolean active = new AtomicBoolean(true);
    private final CompletableFuture<Void> completion = new CompletableFuture<>();

    /** Where its {@link Watchers} have it, under their lock. */
    private int place;

    /** Where a subscription is found, and who hears how it ended. */
    interface Registry {
        /** The subscription wants nothing more. */
        void remove(Watcher watcher);

        /** The subscription ended with an error of its own. */
        void failed(Watcher watcher, WalwireException cause);
    }

    /**
     * A subscription.
     *
     * @param wake called when something came in, or the end; must not run user code on the calling thread
     */
    Watcher(WatchSpec spec, Matcher matcher, Registry registry, Runnable wake) {
        this.spec = spec;
        this.matcher = matcher;
        this.mailbox = new Mailbox(spec.buffering().newBuffer());
        this.registry = registry;
        this.wake = wake;
        this.log = new WatchLog(spec);
    }

    int place() {
        return place;
    }

    void place(int now) {
        place = now;
    }

    WatchLog log() {
        return log;
    }

    Matcher matcher() {
        return matcher;
    }

    Mailbox mailbox() {
        return mailbox;
    }

    WatchSpec spec() {
        return spec;
    }

    /** Takes a change in if it is one that is asked for. Called by the handler thread; nothing that is thrown reaches it. */
    void consider(RowChange change, Verdict hasValues) {
        if (!active.get()) {
            return;
        }
        Told told;
        try {
            Matcher.Match match = matcher.match(change, hasValues);
            if (match == null) {
                return;
            }
            told = new Told(matcher.content(change), spec.label(), 0, match.isCertain(), match.membership());
        } catch (Throwable e) {
            fail("A predicate of the watch threw " + e.getClass().getName(), e);
            return;
        }
        deliver(told);
    }

    /** As {@link #consider}, where no index knows whether the values are those that are asked for. */
    void considerInDoubt(RowChange change) {
        Verdict verdict;
        try {
            verdict = matcher.hasValues(change);
        } catch (Throwable e) {
            fail(
                    "A change could not be compared with the watch: "
                            + e.getClass().getName(),
                    e);
            return;
        }
        if (verdict != Verdict.NO) {
            consider(change, verdict);
        }
    }

    /** Called by the handler thread; nothing that is thrown reaches it. */
    void deliver(WatchEvent event) {
        try {
            log.told(event);
            if (mailbox.put(event)) {
                wake.run();
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
                spec.display() + ": " + spec.buffering().most()
                        + " events waited for its subscriber and no more are to.",
                "Take them faster, let more wait, or use" + " dropOldest or conflate.");
        if (leave()) {
            registry.failed(this, full);
        }
        end(full);
    }

    /** No more comes in; what waits is still delivered, and then the end. */
    void end(@Nullable WalwireException cause) {
        leave();
        mailbox.end(cause);
        wake.run();
    }

    /** Ends at once, and with an error. */
    void fail(String what, Throwable thrown) {
        WalwireException cause = new WalwireException(
                ErrorCode.WATCH, spec.display() + ": " + what + ". This subscription is closed; others go on.", thrown);
        if (leave()) {
            registry.failed(this, cause);
        }
        mailbox.discard(cause);
        wake.run();
    }

    private boolean leave() {
        boolean first = active.compareAndSet(true, false);
        if (first) {
            registry.remove(this);
        }
        return first;
    }

    /** The subscriber has heard of the end, or never will. */
    void finished(@Nullable WalwireException cause) {
        if (cause == null) {
            completion.complete(null);
        } else {
            completion.completeExceptionally(cause);
        }
    }

    @Override
    public @Nullable String label() {
        return spec.label();
    }

    @Override
    public String table() {
        return spec.table().toString();
    }

    @Override
    public boolean isActive() {
        return active.get();
    }

    @Override
    public long delivered() {
        return mailbox.delivered();
    }

    @Override
    public long missed() {
        return mailbox.missed();
    }

    @Override
    public CompletionStage<Void> completion() {
        return completion.copy();
    }

    @Override
    public void close() {
        leave();
        mailbox.discard(null);
        finished(mailbox.cause());
        wake.run();
    }

    @Override
    public String toString() {
        return "Subscription[" + spec.display() + (isActive() ? "]" : ", ended]");
    }
}
