package io.walwire.internal.watch;

import io.walwire.watch.WatchEvent;
import io.walwire.watch.WatchEvent.Resync;
import org.jspecify.annotations.Nullable;

/** The events that wait for one subscriber. Not thread-safe; its {@link EventBuffer} guards it. */
abstract class Buffer {
    /** Dropped since the last event was taken. */
    private long droppedSince;

    private long missed;

    /** Takes an event in; false if there is no room and the subscription is to end. */
    abstract boolean add(WatchEvent event);

    /** The oldest, without what was dropped before it. */
    abstract @Nullable WatchEvent poll();

    abstract boolean isEmpty();

    /** Forgets everything that waits. */
    abstract void clear();

    /** Counts an event that nobody gets, and with it those that it stood for, which are counted already. */
    final void dropped(long stoodFor) {
        droppedSince += 1 + stoodFor;
        missed++;
    }

    /** Counts an event that a later one stands for. */
    final void replaced() {
        missed++;
    }

    /** Everything ever dropped or replaced. */
    final long missed() {
        return missed;
    }

    /** The oldest, which tells what was dropped before it. */
    final @Nullable WatchEvent next() {
        WatchEvent event = poll();
        long count = droppedSince;
        if (event == null || count == 0) {
            return event;
        }
        droppedSince = 0;
        return withMissed(event, event.missed() + count);
    }

    static WatchEvent withMissed(WatchEvent event, long count) {
        if (event instanceof Resync resync) {
            return new Resync(resync.label(), count, resync.reason(), resync.gap());
        }
        return event instanceof WatchedChange told ? told.withMissed(count) : event;
    }
}
