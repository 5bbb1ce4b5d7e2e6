package io.walwire.internal.watch;

import io.walwire.event.Column;
import io.walwire.event.Row;
import io.walwire.watch.WatchEvent;
import io.walwire.watch.WatchEvent.Resync;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Of each record the latest event, in the order of these. An update that changes a key is the latest of both keys, so that
 * later events of one of them do not hide from the subscriber what became of the other. A resync takes no room.
 */
final class LatestPerKeyBuffer extends Buffer {
    /** No key's text. */
    private static final String RESYNC = "";

    private final int most;

    /** By key; a change of a key is here twice. Keys are texts, so that many with one hash are still found fast. */
    private final Map<String, Waiting> latest = new LinkedHashMap<>();

    /** An event, and the keys that it waits for; a resync has none. */
    private record Waiting(
            WatchEvent event, String key, @Nullable String oldKey) {}

    LatestPerKeyBuffer(int most) {
        this.most = most;
    }

    @Override
    boolean add(WatchEvent event) {
        if (event instanceof Resync resync) {
            Waiting before = latest.remove(RESYNC);
            boolean joined = before != null && before.event() instanceof Resync;
            Resync both = joined
                    ? OrderedBuffer.join((Resync) Objects.requireNonNull(before).event(), resync)
                    : resync;
            latest.put(RESYNC, new Waiting(both, RESYNC, null));
            return true;
        }
        WatchedChange told = (WatchedChange) event;
        String key = text(told.key(), told);
        Row oldRow = told.oldKey();
        String oldKey = oldRow == null ? null : text(oldRow, told);
        long replaced = forget(key) + (oldKey == null ? 0 : forget(oldKey));
        Waiting waiting = new Waiting(replaced == 0 ? told : told.withMissed(replaced), key, oldKey);
        while (size() >= most) {
            dropOldest();
        }
        if (oldKey != null) {
            latest.put(oldKey, waiting);
        }
        latest.put(key, waiting);
        return true;
    }

    /** Names are part of it, since the key of a table may become another one; lengths tell where each text ends. */
    private static String text(@Nullable Row key, WatchedChange told) {
        if (key == null) {
            return "#" + told.id();
        }
        StringBuilder texts = new StringBuilder("=");
        for (Column column : key.columns()) {
            String value = key.isKnown(column.name()) ? key.text(column.name()) : null;
            texts.append(column.name().length()).append(':').append(column.name());
            texts.append(value == null ? "-" : value.length() + ":" + value);
        }
        return texts.toString();
    }

    /** Takes away what waits for a key, unless it still waits for another; how many events it stood for. */
    private long forget(String key) {
        Waiting waiting = latest.remove(key);
        if (waiting == null || isHeld(waiting)) {
            return 0;
        }
        replaced();
        return 1 + waiting.event().missed();
    }

    /** Only what changed a key waits for two. */
    private boolean isHeld(Waiting waiting) {
        return waiting.oldKey() != null && (isAt(waiting.key(), waiting) || isAt(waiting.oldKey(), waiting));
    }

    @SuppressWarnings("ReferenceEquality") // one event in two places, not two that are alike
    private boolean isAt(String key, Waiting waiting) {
        return latest.get(key) == waiting;
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
        dropped(oldest.event().missed());
    }

    private void remove(Waiting waiting) {
        String oldKey = waiting.oldKey();
        if (isAt(waiting.key(), waiting)) {
            latest.remove(waiting.key());
        }
        if (oldKey != null && isAt(oldKey, waiting)) {
            latest.remove(oldKey);
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
