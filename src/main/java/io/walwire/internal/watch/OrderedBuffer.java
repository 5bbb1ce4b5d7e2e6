package io.walwire.internal.watch;

import io.walwire.watch.WatchEvent;
import io.walwire.watch.WatchEvent.Resync;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Events in their order; when it is full, the oldest is dropped or no more are added. A resync is never dropped and takes no room.
 * Two that nothing separates are one.
 */
final class OrderedBuffer extends EventBuffer {
    private final int max;
    private final boolean closesWhenFull;

    /** Null while it is empty: of many subscribers most have nothing to wait for. */
    private @Nullable ArrayDeque<WatchEvent> events;

    private int changes;

    OrderedBuffer(int max, boolean closesWhenFull, boolean awaited) {
        super(awaited);
        this.max = max;
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
            boolean isSecond = queue.peekLast() instanceof Resync;
            queue.addLast(isSecond ? joined((Resync) queue.removeLast(), resync) : resync);
            return true;
        }
        if (changes == max) {
            if (closesWhenFull) {
                return false;
            }
            dropOldest(queue);
        }
        queue.addLast(event);
        changes++;
        return true;
    }

    private void dropOldest(ArrayDeque<WatchEvent> queue) {
        if (queue.removeFirst() instanceof Resync resync) {
            queue.removeFirst();
            boolean isSecond = queue.peekFirst() instanceof Resync;
            queue.addFirst(isSecond ? joined(resync, (Resync) queue.removeFirst()) : resync);
        }
        changes--;
        countDropped(0);
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
