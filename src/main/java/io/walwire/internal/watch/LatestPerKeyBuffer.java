package io.walwire.internal.watch;

import io.walwire.event.Row;
import io.walwire.watch.WatchEvent;
import io.walwire.watch.WatchEvent.Resync;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Of each row the latest event, in the order of these. An update that changes a key is the latest of both keys, so that a later
 * event of one of them does not hide from the subscriber what became of the other. A resync takes no room.
 */
final class LatestPerKeyBuffer extends EventBuffer {
    /** In place of a key. */
    private static final Object RESYNC = new Object();

    private final int max;

    /** By key, or by the event's identity where it has none; a change of a key is here twice. */
    private final Map<Object, Waiting> latest = new LinkedHashMap<>();

    /** An event, and the keys under which it waits. */
    private record Waiting(
            WatchEvent event, Object key, @Nullable Object oldKey) {}

    LatestPerKeyBuffer(int max, boolean awaited) {
        super(awaited);
        this.max = max;
    }

    @Override
    boolean add(WatchEvent event) {
        if (event instanceof Resync resync) {
            Waiting before = latest.remove(RESYNC);
            Resync both = before == null ? resync : joined((Resync) before.event(), resync);
            latest.put(RESYNC, new Waiting(both, RESYNC, null));
        } else if (event instanceof WatchedChange change) {
            add(change);
        }
        return true;
    }

    private void add(WatchedChange change) {
        Row row = change.key();
        Object key = row == null ? change.id() : row;
        Object oldKey = change.oldKey();
        long replaced = replace(key) + (oldKey == null ? 0 : replace(oldKey));
        Waiting waiting = new Waiting(replaced == 0 ? change : change.withMissed(replaced), key, oldKey);
        while (size() >= max) {
            dropOldest();
        }
        if (oldKey != null) {
            latest.put(oldKey, waiting);
        }
        latest.put(key, waiting);
    }

    /** Removes what waits for a key, unless it still waits for another; returns how many events it stood for. */
    private long replace(Object key) {
        Waiting waiting = latest.remove(key);
        if (waiting == null || isAt(waiting.key(), waiting) || isAt(waiting.oldKey(), waiting)) {
            return 0;
        }
        countReplaced();
        return 1 + waiting.event().missed();
    }

    @SuppressWarnings("ReferenceEquality") // one event in two places, not two that are alike
    private boolean isAt(@Nullable Object key, Waiting waiting) {
        return key != null && latest.get(key) == waiting;
    }

    private int size() {
        return latest.containsKey(RESYNC) ? latest.size() - 1 : latest.size();
    }

    private void dropOldest() {
        Iterator<Waiting> all = latest.values().iterator();
        Waiting oldest = all.next();
        if (oldest.event() instanceof Resync) {
            oldest = all.next();
        }
        remove(oldest);
        countDropped(oldest.event().missed());
    }

    private void remove(Waiting waiting) {
        if (isAt(waiting.key(), waiting)) {
            latest.remove(waiting.key());
        }
        if (isAt(waiting.oldKey(), waiting)) {
            latest.remove(waiting.oldKey());
        }
    }

    @Override
    @Nullable
    WatchEvent poll() {
        Iterator<Waiting> all = latest.values().iterator();
        if (!all.hasNext()) {
            return null;
        }
        Waiting first = all.next();
        remove(first);
        return first.event();
    }

    @Override
    boolean isEmpty() {
        return latest.isEmpty();
    }

    @Override
    void clear() {
        latest.clear();
    }
}
