package io.walwire.internal.watch;

import io.walwire.watch.WatchEvent;
import java.util.concurrent.Flow;
import java.util.function.Consumer;

/** A callback that takes whatever comes. How it ends is told by the subscription's completion. */
record CallbackSubscriber(Consumer<? super WatchEvent> callback) implements Flow.Subscriber<WatchEvent> {
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
