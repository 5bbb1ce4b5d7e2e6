package io.walwire.internal.watch;

import java.util.function.Consumer;

/** The subscriptions that ask for the same values: mostly one, else a list. */
sealed interface Subscribers permits WatchSubscription, SubscriptionList {
    /** Calls with each; the handler thread does, without a lock. */
    void forEach(Consumer<WatchSubscription> action);
}
