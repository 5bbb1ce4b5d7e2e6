package io.walwire.internal.watch;

import io.walwire.error.WalwireException;
import io.walwire.internal.connection.ExceptionText;
import io.walwire.internal.log.Logs;
import io.walwire.watch.WatchEvent;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Takes a subscription's events to a subscriber by the rules of Reactive Streams, on an executor. One run at a time: the thread that
 * wakes it while it runs makes it look again.
 */
final class SubscriberDelivery implements Flow.Subscription, Runnable {
    private static final Logger LOG = Logs.of(SubscriberDelivery.class);

    /** After so many events other subscribers of the same executor have their turn. */
    private static final int TURN = 256;

    private final Executor executor;
    private final AtomicLong demand = new AtomicLong();

    /** Wakes that no run has seen to; one from the start, so that nothing runs before {@code onSubscribe} has returned. */
    private final AtomicInteger wakes = new AtomicInteger(1);

    /** Null when it wants nothing more, so that nobody keeps it. */
    private volatile Flow.@Nullable Subscriber<? super WatchEvent> target;

    private volatile @Nullable IllegalArgumentException illegal;
    private volatile @Nullable WatchSubscription watcher;

    SubscriberDelivery(Executor executor, Flow.Subscriber<? super WatchEvent> target) {
        this.executor = executor;
        this.target = target;
    }

    /** Tells where events come from. */
    void attach(WatchSubscription of) {
        watcher = of;
    }

    /** Gives the subscriber its subscription, and begins to deliver. One that throws then gets nothing, and is removed. */
    void start(Flow.Subscriber<? super WatchEvent> subscriber) {
        try {
            subscriber.onSubscribe(this);
        } catch (Throwable e) {
            target = null;
            watcher().fail("Its subscriber's onSubscribe threw " + e.getClass().getName(), e);
            watcher().finished(watcher().mailbox().cause());
            return;
        }
        execute();
    }

    private WatchSubscription watcher() {
        return Objects.requireNonNull(watcher, "watcher");
    }

    /** Something came in. */
    void wake() {
        if (wakes.getAndIncrement() == 0) {
            execute();
        }
    }

    private void execute() {
        try {
            executor.execute(this);
        } catch (RuntimeException | Error e) {
            target = null;
            watcher().fail("Its executor refused to run the subscriber", e);
            watcher().finished(watcher().mailbox().cause());
        }
    }

    @Override
    public void request(long count) {
        if (count <= 0) {
            illegal = new IllegalArgumentException(
                    "A subscriber requests 1 event or more, not " + count + " (rule 3.9 of Reactive Streams)");
        } else {
            demand.accumulateAndGet(count, (now, more) -> now + more < 0 ? Long.MAX_VALUE : now + more);
        }
        wake();
    }

    @Override
    public void cancel() {
        target = null;
        watcher().close();
    }

    @Override
    public void run() {
        int seen = wakes.get();
        int turn = TURN;
        while (seen != 0) {
            while (deliverOne()) {
                turn--;
                if (turn == 0) {
                    turn = TURN;
                    if (yields()) {
                        return;
                    }
                }
            }
            seen = wakes.addAndGet(-seen);
        }
    }

    /** Lets others have their turn; false if the executor takes nothing more. */
    private boolean yields() {
        try {
            executor.execute(this);
            return true;
        } catch (RuntimeException | Error refused) {
            return false;
        }
    }

    /** Delivers one event or the end; false if there is nothing to do for now. */
    private boolean deliverOne() {
        Flow.Subscriber<? super WatchEvent> subscriber = target;
        if (subscriber == null) {
            watcher().finished(watcher().mailbox().cause());
            return false;
        }
        IllegalArgumentException fault = illegal;
        if (fault != null) {
            target = null;
            watcher().close();
            signal(() -> subscriber.onError(fault));
            return false;
        }
        EventBuffer mailbox = watcher().mailbox();
        WatchEvent event = demand.get() == 0 ? null : mailbox.take();
        if (event == null) {
            endIfOver(subscriber, mailbox);
            return false;
        }
        demand.updateAndGet(now -> now == Long.MAX_VALUE ? now : now - 1);
        try {
            subscriber.onNext(event);
            clearInterrupt();
        } catch (Throwable e) {
            target = null;
            watcher().fail("Its subscriber threw " + e.getClass().getName(), e);
        }
        return true;
    }

    /** A flag that a subscriber leaves set on our thread would reach the next task on it. */
    private void clearInterrupt() {
        if (Thread.currentThread().isInterrupted()
                && executor instanceof SubscriberThreads ours
                && ours.isOneOfThese()
                && !ours.isEnding()) {
            Thread.interrupted();
            LOG.warn(
                    "A subscriber of {} left the interrupt flag of its thread set; it is cleared",
                    watcher().spec().display());
        }
    }

    private void endIfOver(Flow.Subscriber<? super WatchEvent> subscriber, EventBuffer mailbox) {
        if (!mailbox.isOver()) {
            return;
        }
        target = null;
        WalwireException cause = mailbox.cause();
        signal(cause == null ? subscriber::onComplete : () -> subscriber.onError(cause));
        watcher().finished(cause);
    }

    /** Tells a subscriber of its end, whatever it throws. */
    static void signal(Runnable last) {
        try {
            last.run();
        } catch (Throwable e) {
            LOG.warn("A subscriber threw in onComplete or onError", ExceptionText.trace(e));
        }
    }

    /** Nothing will be delivered any more: the threads are gone. */
    void abandon() {
        target = null;
        watcher().close();
    }
}
