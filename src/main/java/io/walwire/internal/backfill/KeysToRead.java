package io.walwire.internal.backfill;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The keys whose rows have to be read again, and how often each was read in vain. Not thread-safe. */
final class KeysToRead {
    /** From then on the events of a key are kept, so that the next reading can be completed with them. */
    static final int FOLLOWED_AFTER = 2;

    private final long maxBytes;
    private final Map<Object, Waiting> keys = new LinkedHashMap<>();
    private long bytes;
    private boolean outgrown;
    private long version;
    private long ofReads;

    /** A key that waits, or is being read. */
    private static final class Waiting {
        final TableKey key;
        int losses;
        boolean taken;
        boolean due = true;

        @Nullable
        FollowedRow followed;

        Waiting(TableKey key) {
            this.key = key;
        }
    }

    KeysToRead(long maxBytes, long version, long ofReads) {
        this.maxBytes = maxBytes;
        this.version = version;
        this.ofReads = ofReads;
    }

    /** Adds a key. */
    void add(TableKey key) {
        if (outgrown || keys.containsKey(key.single())) {
            return;
        }
        keys.put(key.single(), new Waiting(key));
        bytes += key.bytes();
        version++;
        if (bytes > maxBytes) {
            outgrow();
        }
    }

    /** A key that cannot be added, or one too many: all rows have to be read in another way. */
    void outgrow() {
        outgrown = true;
        keys.clear();
        bytes = 0;
        version++;
    }

    boolean isOutgrown() {
        return outgrown;
    }

    /** Changes with each key that is added or removed. */
    long version() {
        return version;
    }

    /** Changes with each key that is added or removed because rows were read. */
    long ofReads() {
        return ofReads;
    }

    boolean contains(TableKey key) {
        return keys.containsKey(key.single());
    }

    boolean isEmpty() {
        return keys.isEmpty();
    }

    /** No row has a key any more. */
    void clear() {
        // those that are being read stay until then
        keys.values().removeIf(waiting -> {
            boolean remove = !waiting.taken;
            bytes -= remove ? waiting.key.bytes() : 0;
            waiting.due = false;
            if (waiting.followed != null) {
                waiting.followed.isGone();
            }
            return remove;
        });
        version++;
    }

    /**
     * The next keys to read; they stay until {@link #wereRead}.
     *
     * @param last gives the transaction of a key's last event, or null if every later snapshot sees that
     */
    List<TableKey> take(int max, Function<TableKey, @Nullable DeliveredTransaction> last) {
        List<TableKey> taken = new ArrayList<>();
        for (Waiting waiting : keys.values()) {
            if (taken.size() == max) {
                break;
            }
            if (!waiting.taken) {
                waiting.taken = true;
                waiting.due = false;
                if (waiting.losses >= FOLLOWED_AFTER && waiting.key.exact() && waiting.followed == null) {
                    waiting.followed = new FollowedRow(last.apply(waiting.key));
                }
                taken.add(waiting.key);
            }
        }
        return taken;
    }

    /** The reading of a key was in vain, because a newer event was delivered meanwhile. */
    void lost(TableKey key) {
        Waiting waiting = keys.get(key.single());
        if (waiting == null || !waiting.taken) {
            long before = version;
            add(key);
            ofReads += version - before;
        } else {
            waiting.losses++;
            waiting.due = true;
        }
    }

    /** An event was delivered that may be about any row. */
    void followNone() {
        keys.values().forEach(waiting -> waiting.followed = null);
    }

    /** The newest state of a row whose key was read in vain too often, as events had it since; null if it is not followed. */
    @Nullable
    FollowedRow followed(TableKey key) {
        Waiting waiting = keys.get(key.single());
        return waiting == null ? null : waiting.followed;
    }

    /** All of these keys were read. */
    void wereRead(List<TableKey> taken) {
        for (TableKey key : taken) {
            Waiting waiting = keys.get(key.single());
            if (waiting == null) {
                continue;
            }
            waiting.taken = false;
            if (!waiting.due) {
                keys.remove(key.single());
                bytes -= key.bytes();
                version++;
                ofReads++;
            }
        }
    }

    /** The keys' values, those that are being read too. */
    List<List<String>> values() {
        List<List<String>> values = new ArrayList<>(keys.size());
        keys.values().forEach(waiting -> values.add(waiting.key.values()));
        return values;
    }
}
