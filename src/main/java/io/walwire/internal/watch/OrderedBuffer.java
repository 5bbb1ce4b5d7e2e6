package io.walwire.internal.watch;

import io.walwire.watch.WatchEvent;
import io.walwire.watch.WatchEvent.Resync;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Events in their order; when it is full, the oldest is dropped or no more taken. A resync is never dropped, and takes no
 * room: two that nothing separates are one.
 */
final class OrderedBuffer extends Buffer {
    private final int most;
    private final boolean closesWhenFull;
    private @Nullable ArrayDeque<WatchEvent> events;
    private int changes;

    OrderedBuffer(int most, boolean closesWhenFull) {
        this.most = most;
        this.closesWhenFull = closesWhenFull;
    }

    @Override
    boolean add(WatchEvent event) {
        ArrayDeque<WatchEvent> queue = events;
        if (queue == null) {
            queue = new ArrayDeque<>(4);
            events = queue;
        }
        if (event instanceof Resync resync) {
            addResync(queue, resync);
            return true;
        }
        if (changes == most) {
            if (closesWhenFull) {
                return false;
            }
            dropOldest(queue);
        }
        queue.addLast(event);
        changes++;
        return true;
    }

    private static void addResync(ArrayDeque<WatchEvent> queue, Resync resync) {
        Resync both = resync;
        if (queue.peekLast() instanceof Resync before) {
            queue.removeLast();
            both = join(before, resync);
        }
        queue.addLast(both);
    }

    /** A gap outweighs what only came late. */
    static Resync join(Resync before, Resync after) {
        return after.gap() == null && before.gap() != null ? before : after;
    }

    private void dropOldest(ArrayDeque<WatchEvent> queue) {
        WatchEvent first = queue.removeFirst();
        if (first instanceof Resync resync) {
            queue.removeFirst();
            if (queue.peekFirst() instanceof Resync next) {
                queue.removeFirst();
                queue.addFirst(join(resync, next));
            } else {
                queue.addFirst(resync);
            }
        }
        changes--;
        dropped(0);
    }

    @Override
    @Nullable
    WatchEvent poll() {
        ArrayDeque<WatchEvent> queue = events;
        WatchEvent event = queue == null ? null : queue.pollFirst();
        if (event != null && !(event instanceof Resync)) {
            changes--;
        }
        if (queue != null && queue.isEmpty()) {
            // of many subscribers most have nothing to wait for
            events = null;
        }
        return event;
    }

    @Override
    boolean isEmpty() {
        return events == null;
    }

    @Override
    void clear() {
        events = null;
        changes = 0;
    }
}
