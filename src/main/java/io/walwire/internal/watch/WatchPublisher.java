package io.walwire.internal.watch;

import io.walwire.error.WalwireException;
import io.walwire.watch.WatchEvent;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;

/** A watch as a publisher: each subscriber has a subscription of its own. */
record WatchPublisher(Watches watches, WatchSpec spec, Executor executor) implements Flow.Publisher<WatchEvent> {
    @Override
    public void subscribe(Flow.Subscriber<? super WatchEvent> subscriber) {
        Objects.requireNonNull(subscriber, "subscriber");
        SubscriberDelivery delivery = new SubscriberDelivery(executor, subscriber);
        try {
            delivery.attach(watches.register(spec, delivery::wake));
        } catch (WalwireException e) {
            SubscriberDelivery.signal(() -> {
                subscriber.onSubscribe(Refused.INSTANCE);
                subscriber.onError(e);
            });
            return;
        }
        delivery.start(subscriber);
    }

    /** The subscription of who gets none. */
    private enum Refused implements Flow.Subscription {
        INSTANCE;

        @Override
        public void request(long count) {}

        @Override
        public void cancel() {}
    }
}
