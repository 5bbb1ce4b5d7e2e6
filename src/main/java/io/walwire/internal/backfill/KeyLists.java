package io.walwire.internal.backfill;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lists of keys that were taken to be read, and are to be read again. Not thread-safe. */
final class KeyLists {
    private static final int MOST = 200;

    private final long chunkBytes;
    private final Deque<List<TableKey>> lists = new ArrayDeque<>();
    private int atOnce = MOST;

    KeyLists(long chunkBytes) {
        this.chunkBytes = chunkBytes;
    }

    /** How many keys the next list has. */
    int atOnce() {
        return atOnce;
    }

    @Nullable
    List<TableKey> poll() {
        List<TableKey> next = lists.poll();
        if (next == null || next.size() <= atOnce) {
            return next;
        }
        lists.addFirst(next.subList(atOnce, next.size()));
        return next.subList(0, atOnce);
    }

    void back(List<TableKey> keys) {
        lists.addFirst(keys);
    }

    /** The rows of a list of keys were read. Does nothing for a list that is empty, which is that of a range. */
    void read(List<TableKey> keys, long bytes) {
        if (!keys.isEmpty()) {
            atOnce = RangeSizes.next(atOnce, keys.size(), bytes, chunkBytes, MOST);
        }
    }

    /** So many of their rows, which are more than one, were too large together: shorter lists are read in their place. */
    void tooLarge(List<TableKey> keys, int rows) {
        atOnce = Math.max(1, Math.min(rows, keys.size()) / 2);
        back(keys);
    }

    void clear() {
        lists.clear();
    }
}
