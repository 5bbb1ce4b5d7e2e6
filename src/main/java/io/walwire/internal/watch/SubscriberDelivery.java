package io.walwire.internal.watch;

import io.walwire.error.WalwireException;
import io.walwire.internal.connection.server.ExceptionText;
import io.walwire.internal.log.Logs;
import io.walwire.watch.WatchEvent;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Calls a subscriber with a subscription's events by the rules of Reactive Streams, on an executor. One run at a time: the thread that
 * wakes it while it runs makes it look again.
 */
final class SubscriberDelivery implements Flow.Subscription, WatchSubscription.Wake, Runnable {
    private static final Logger LOG = Logs.of(SubscriberDelivery.class);

    /** After so many events other subscribers of the same executor have their turn. */
    private static final int TURN = 256;

    /** Two objects less for each of many subscribers. */
    private static final AtomicLongFieldUpdater<SubscriberDelivery> DEMAND =
            AtomicLongFieldUpdater.newUpdater(SubscriberDelivery.class, "demand");

    private static final AtomicIntegerFieldUpdater<SubscriberDelivery> WAKES =
            AtomicIntegerFieldUpdater.newUpdater(SubscriberDelivery.class, "wakes");

    private final Executor executor;
    private volatile long demand;

    /** Wakes that no run has seen; one from the start, so that nothing runs before {@code onSubscribe} has returned. */
    private volatile int wakes = 1;

    /** Null when it wants nothing more, so that it can be collected. */
    private volatile Flow.@Nullable Subscriber<? super WatchEvent> subscriber;

    private volatile @Nullable IllegalArgumentException illegal;
    private volatile @Nullable WatchSubscription subscription;

    /** A callback that takes all events. How it ends, its subscription's completion says. */
    private record Callback(Consumer<? super WatchEvent> callback) implements Flow.Subscriber<WatchEvent> {
        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(WatchEvent event) {
            callback.accept(event);
        }

        @Override
        public void onError(Throwable cause) {}

        @Override
        public void onComplete() {}
    }

    /** The subscription of a subscriber that is refused. */
    private enum Refused implements Flow.Subscription {
        INSTANCE;

        @Override
        public void request(long count) {}

        @Override
        public void cancel() {}
    }

    private SubscriberDelivery(Executor executor, Flow.Subscriber<? super WatchEvent> subscriber) {
        this.executor = executor;
        this.subscriber = subscriber;
    }

    /** Subscribes a callback. */
    static WatchSubscription start(
            Watches watches, WatchSpec spec, Executor executor, Consumer<? super WatchEvent> callback) {
        return start(watches, spec, executor, new Callback(callback));
    }

    private static WatchSubscription start(
            Watches watches, WatchSpec spec, Executor executor, Flow.Subscriber<? super WatchEvent> subscriber) {
        SubscriberDelivery delivery = new SubscriberDelivery(executor, subscriber);
        WatchSubscription subscription = watches.register(spec, delivery);
        delivery.subscription = subscription;
        delivery.start(subscriber);
        return subscription;
    }

    /** Subscribes a publisher's subscriber, which gets as a signal why it cannot. */
    static void startPublished(
            Watches watches, WatchSpec spec, Executor executor, Flow.Subscriber<? super WatchEvent> subscriber) {
        Objects.requireNonNull(subscriber, "subscriber");
        try {
            start(watches, spec, executor, subscriber);
        } catch (WalwireException e) {
            signal(() -> {
                subscriber.onSubscribe(Refused.INSTANCE);
                subscriber.onError(e);
            });
        }
    }

    /** Gives the subscriber its subscription, and begins to deliver. One that throws then gets nothing, and is removed. */
    private void start(Flow.Subscriber<? super WatchEvent> first) {
        try {
            first.onSubscribe(this);
        } catch (Throwable e) {
            failAtOnce("Its subscriber's onSubscribe threw " + e.getClass().getName(), e);
            return;
        }
        execute();
    }

    private void failAtOnce(String what, Throwable thrown) {
        subscriber = null;
        subscription().fail(what, thrown);
        subscription().finished();
    }

    private WatchSubscription subscription() {
        return Objects.requireNonNull(subscription, "subscription");
    }

    /** An event was added, or the subscription ended. */
    @Override
    public void wake() {
        if (WAKES.getAndIncrement(this) == 0) {
            execute();
        }
    }

    private void execute() {
        try {
            executor.execute(this);
        } catch (RuntimeException | Error e) {
            failAtOnce("Its executor refused to run the subscriber", e);
        }
    }

    @Override
    public void request(long count) {
        if (count <= 0) {
            illegal = new IllegalArgumentException(
                    "A subscriber requests 1 event or more, not " + count + " (rule 3.9 of Reactive Streams)");
        } else {
            DEMAND.accumulateAndGet(this, count, (now, more) -> now + more < 0 ? Long.MAX_VALUE : now + more);
        }
        wake();
    }

    @Override
    public void cancel() {
        subscriber = null;
        subscription().close();
    }

    @Override
    public void run() {
        int seen = wakes;
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
            seen = WAKES.addAndGet(this, -seen);
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
        Flow.Subscriber<? super WatchEvent> target = subscriber;
        if (target == null) {
            subscription().finished();
            return false;
        }
        IllegalArgumentException fault = illegal;
        if (fault != null) {
            subscriber = null;
            subscription().close();
            signal(() -> target.onError(fault));
            return false;
        }
        EventBuffer buffer = subscription().buffer;
        WatchEvent event = demand == 0 ? null : buffer.take();
        if (event == null) {
            endIfOver(target, buffer);
            return false;
        }
        DEMAND.updateAndGet(this, now -> now == Long.MAX_VALUE ? now : now - 1);
        try {
            target.onNext(event);
            clearInterrupt();
        } catch (Throwable e) {
            subscriber = null;
            subscription().fail("Its subscriber threw " + e.getClass().getName(), e);
        }
        return true;
    }

    /** A flag that a subscriber leaves set on an instance's thread would reach the next task on it. */
    private void clearInterrupt() {
        if (Thread.currentThread().isInterrupted()
                && executor instanceof SubscriberThreads threads
                && threads.isOneOfThese()
                && !threads.isEnding()) {
            Thread.interrupted();
            LOG.warn(
                    "A subscriber of {} left the interrupt flag of its thread set; it is cleared",
                    subscription().spec.display());
        }
    }

    private void endIfOver(Flow.Subscriber<? super WatchEvent> target, EventBuffer buffer) {
        if (!buffer.isOver()) {
            return;
        }
        subscriber = null;
        WalwireException cause = buffer.cause();
        signal(cause == null ? target::onComplete : () -> target.onError(cause));
        subscription().finished();
    }

    /** Signals the end, whatever the subscriber throws. */
    private static void signal(Runnable last) {
        try {
            last.run();
        } catch (Throwable e) {
            LOG.warn("A subscriber threw in onComplete or onError", ExceptionText.trace(e));
        }
    }

    /** Ends the subscription because nothing can be delivered any more: the threads are gone. */
    void abandon() {
        subscriber = null;
        subscription().close();
    }
}
