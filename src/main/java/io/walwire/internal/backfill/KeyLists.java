package io.walwire.internal.backfill;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lists of keys that were taken to be read, and are to be read again. Not thread-safe. */
final class KeyLists {
    private final Deque<List<TableKey>> lists = new ArrayDeque<>();

    @Nullable
    List<TableKey> poll() {
        return lists.poll();
    }

    void back(List<TableKey> keys) {
        lists.addFirst(keys);
    }

    /** Their rows were too large together. */
    void backInHalves(List<TableKey> keys) {
        int half = (keys.size() + 1) / 2;
        lists.addFirst(keys.subList(0, half));
        if (half < keys.size()) {
            lists.addFirst(keys.subList(half, keys.size()));
        }
    }

    void clear() {
        lists.clear();
    }
}
