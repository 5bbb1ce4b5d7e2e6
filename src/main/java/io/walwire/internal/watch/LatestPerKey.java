package io.walwire.internal.watch;

import io.walwire.event.Column;
import io.walwire.event.Row;
import io.walwire.watch.WatchEvent;
import io.walwire.watch.WatchEvent.Resync;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Of each record the latest event, in the order of these. An update that changes a key is the latest of both keys, so that
 * later events of one of them do not hide from the subscriber what became of the other. A resync takes no room.
 */
final class LatestPerKey extends Buffer {
    private final int most;
    private final Map<Object, WatchEvent> latest = new LinkedHashMap<>();

    LatestPerKey(int most) {
        this.most = most;
    }

    @Override
    boolean add(WatchEvent event) {
        if (event instanceof Resync resync) {
            WatchEvent before = latest.remove(Resync.class);
            latest.put(Resync.class, before instanceof Resync earlier ? InOrder.join(earlier, resync) : resync);
            return true;
        }
        Told told = (Told) event;
        Object key = texts(told.key(), told);
        Row oldKey = told.oldKey();
        Object was = oldKey == null ? null : texts(oldKey, told);
        long replaced = forget(key) + (was == null ? 0 : forget(was));
        WatchEvent counted = replaced == 0 ? told : told.withMissed(replaced);
        while (size() >= most) {
            dropOldest();
        }
        if (was != null) {
            latest.put(was, counted);
        }
        latest.put(key, counted);
        return true;
    }

    private static Object texts(@Nullable Row key, Told told) {
        if (key == null) {
            return told.id();
        }
        List<@Nullable String> texts = new ArrayList<>();
        for (Column column : key.columns()) {
            texts.add(column.name()); // a table's key may become another
            texts.add(key.isKnown(column.name()) ? key.text(column.name()) : null);
        }
        return texts;
    }

    /** Takes away what waits for a key, unless it still waits for another; how many events it stood for. */
    private long forget(Object key) {
        WatchEvent event = latest.remove(key);
        if (event == null || isHeld(event)) {
            return 0;
        }
        replaced();
        return 1 + event.missed();
    }

    /** Only what changed a key waits for two. */
    private boolean isHeld(WatchEvent event) {
        Told told = (Told) event;
        Row oldKey = told.oldKey();
        return oldKey != null
                && (same(latest.get(texts(oldKey, told)), told) || same(latest.get(texts(told.key(), told)), told));
    }

    @SuppressWarnings("ReferenceEquality") // one event in two places, not two that are alike
    private static boolean same(@Nullable WatchEvent one, WatchEvent other) {
        return one == other;
    }

    private int size() {
        return latest.containsKey(Resync.class) ? latest.size() - 1 : latest.size();
    }

    private void dropOldest() {
        Iterator<Map.Entry<Object, WatchEvent>> entries = latest.entrySet().iterator();
        WatchEvent oldest = null;
        while (oldest == null) {
            WatchEvent next = entries.next().getValue();
            if (next instanceof Told) {
                oldest = next;
            }
        }
        remove(oldest);
        dropped(oldest.missed());
    }

    private void remove(WatchEvent event) {
        latest.values().removeIf(each -> same(each, event));
    }

    @Override
    @Nullable
    WatchEvent poll() {
        Iterator<WatchEvent> events = latest.values().iterator();
        if (!events.hasNext()) {
            return null;
        }
        WatchEvent first = Objects.requireNonNull(events.next());
        events.remove();
        if (first instanceof Told told && told.oldKey() != null) {
            remove(told);
        }
        return first;
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
