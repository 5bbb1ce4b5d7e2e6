package io.walwire.internal.watch;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Subscriptions in the order in which they came. Adding and removing take the same time however many there are, on average;
 * the handler thread reads them without a lock.
 */
final class SubscriptionList implements Subscribers {
    /** With fewer places than this, those that are empty are not worth a copy. */
    private static final int FEW = 8;

    private volatile AtomicReferenceArray<@Nullable WatchSubscription> places = new AtomicReferenceArray<>(1);

    /** The places from here on have not been used. Read before {@link #places}: a copy only moves subscriptions forward. */
    private volatile int end;

    private volatile int count;

    synchronized void add(WatchSubscription subscription) {
        if (end == places.length()) {
            copy(Math.max(FEW, 2 * count));
        }
        subscription.place = end;
        places.set(end, subscription);
        end++;
        count++;
    }

    /** Nothing if it is not here. */
    @SuppressWarnings("ReferenceEquality") // a subscription is itself
    synchronized void remove(WatchSubscription subscription) {
        int place = subscription.place;
        if (place >= end || places.get(place) != subscription) {
            return;
        }
        places.set(place, null);
        count--;
        if (end > FEW && 2 * count < end) {
            copy(Math.max(FEW, 2 * count));
        }
    }

    /** Moves those that are left into an array of their own; a thread that reads the old one at this moment is not disturbed. */
    private void copy(int room) {
        AtomicReferenceArray<@Nullable WatchSubscription> old = places;
        AtomicReferenceArray<@Nullable WatchSubscription> next = new AtomicReferenceArray<>(room);
        int moved = 0;
        for (int i = 0; i < end; i++) {
            WatchSubscription subscription = old.get(i);
            if (subscription != null) {
                subscription.place = moved;
                next.set(moved, subscription);
                moved++;
            }
        }
        places = next;
        end = moved;
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** The current subscriptions. One that is added during the call may be left out, and never makes the call endless. */
    @Override
    public void forEach(Consumer<WatchSubscription> action) {
        int until = end;
        AtomicReferenceArray<@Nullable WatchSubscription> now = places;
        for (int i = 0; i < Math.min(until, now.length()); i++) {
            WatchSubscription subscription = now.get(i);
            if (subscription != null) {
                action.accept(subscription);
            }
        }
    }
}
