package io.walwire.internal.backfill;

import io.walwire.internal.connection.server.Snapshot;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** The last transaction of each key of which an event was delivered, as far as a snapshot may not show it. Not thread-safe. */
final class LastEvents {
    /** Entries between two looks for what may be forgotten. */
    private static final int MIN_GROWTH = 1_024;

    private final long maxBytes;
    private final Map<Object, LastEvent> keys = new HashMap<>();

    /** Transactions that may have changed any key, because a key was not sent or there were too many keys to store. */
    private final Set<Integer> anyKey = new HashSet<>();

    private @Nullable Integer truncatedBy;
    private long bytes;
    private int entriesToLookAt = MIN_GROWTH;

    /**
     * The last event of a key.
     *
     * @param xid its transaction
     * @param incomplete whether a handler may not have the whole row after it
     * @param bytes how much memory the entry takes
     */
    record LastEvent(int xid, boolean incomplete, long bytes) {}

    LastEvents(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    void truncated(int xid) {
        truncatedBy = xid;
    }

    /** Records a change of an unknown row. */
    void ofAnyKey(int xid) {
        anyKey.add(xid);
    }

    void of(TableKey key, int xid, boolean incomplete) {
        if (anyKey.contains(xid)) {
            return;
        }
        long size = key.bytes();
        LastEvent before = keys.put(key.identity(), new LastEvent(xid, incomplete, size));
        bytes += before == null ? size : size - before.bytes();
    }

    /** Null if every snapshot sees it, or there was none. */
    @Nullable
    LastEvent of(TableKey key) {
        return keys.get(key.identity());
    }

    boolean isWithoutKeys() {
        return keys.isEmpty();
    }

    /** Whether a chunk may lack an event whose key is not known. */
    boolean mayBeMissedBy(OpenRead read) {
        return anyKey.stream().anyMatch(read::mayMiss);
    }

    /** Whether a chunk may show rows from before a TRUNCATE. */
    boolean isTruncatedAfter(OpenRead read) {
        return truncatedBy != null && read.mayMiss(truncatedBy);
    }

    int transactionsOfAnyKey() {
        return anyKey.size();
    }

    /** Keeps the bound. */
    void shrink(@Nullable Snapshot newest, Collection<OpenRead> open) {
        if (bytes > maxBytes || keys.size() + anyKey.size() >= entriesToLookAt) {
            forget(newest, open);
        }
        if (bytes > maxBytes) {
            keys.values().forEach(last -> anyKey.add(last.xid()));
            keys.clear();
            bytes = 0;
        }
    }

    /** Forgets what every open chunk and every later snapshot sees. */
    void forget(@Nullable Snapshot newest, Collection<OpenRead> open) {
        if (newest != null) {
            IntPredicate seen = xid -> newest.sees(xid) && open.stream().noneMatch(read -> read.mayMiss(xid));
            for (Iterator<LastEvent> each = keys.values().iterator(); each.hasNext(); ) {
                LastEvent last = each.next();
                if (seen.test(last.xid())) {
                    bytes -= last.bytes();
                    each.remove();
                }
            }
            anyKey.removeIf(seen::test);
        }
        entriesToLookAt = Math.max(MIN_GROWTH, 2 * (keys.size() + anyKey.size()));
    }
}
