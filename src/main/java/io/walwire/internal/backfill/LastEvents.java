package io.walwire.internal.backfill;

import io.walwire.internal.connection.server.Snapshot;
import io.walwire.internal.log.Logs;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** The last transaction of each key of which an event was delivered, as far as a snapshot may not show it. Not thread-safe. */
final class LastEvents {
    private static final Logger LOG = Logs.of(LastEvents.class);

    /** Entries between two looks for what may be forgotten. */
    private static final int MIN_GROWTH = 1_024;

    /** As many transactions of any key are known one by one, while no snapshot can be taken for them: about 20 MiB. */
    static final int MOST = 250_000;

    private final long maxBytes;
    private final Map<Object, LastEvent> keys = new HashMap<>();

    /** Transactions that may have changed any key, because a key was not sent or there were too many keys to store. */
    private final Set<DeliveredTransaction> anyKey = new HashSet<>();

    private @Nullable DeliveredTransaction truncatedBy;

    /** More events of it may come. */
    private @Nullable DeliveredTransaction latest;

    private long bytes;
    private int entriesToLookAt = MIN_GROWTH;

    /**
     * The last event of a key.
     *
     * @param transaction its transaction
     * @param incomplete whether a handler may not have the whole row after it
     * @param bytes how much memory the entry takes
     */
    record LastEvent(DeliveredTransaction transaction, boolean incomplete, long bytes) {}

    LastEvents(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    void truncated(DeliveredTransaction by) {
        truncatedBy = by;
        latest = by;
    }

    /** Records a change of an unknown row. */
    void ofAnyKey(DeliveredTransaction transaction) {
        anyKey.add(transaction);
        latest = transaction;
    }

    void of(TableKey key, DeliveredTransaction transaction, boolean incomplete) {
        latest = transaction;
        if (anyKey.contains(transaction)) {
            return;
        }
        long size = key.bytes();
        LastEvent before = keys.put(key.identity(), new LastEvent(transaction, incomplete, size));
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
            keys.values().forEach(last -> anyKey.add(last.transaction()));
            keys.clear();
            bytes = 0;
        }
        if (isOutgrown()) {
            open.forEach(OpenRead::giveUp);
            forget(newest, open);
        }
    }

    /** Whether more has to be known than can be. */
    boolean isOutgrown() {
        return anyKey.size() > MOST;
    }

    /** Every row is read again in a snapshot that sees all but the latest transaction. */
    void forgetAll(Collection<OpenRead> open) {
        LOG.warn(
                "A backfill reads its table again from the beginning: {} transactions have changed the table since the last snapshot."
                        + " Find out what keeps Walwire's connections from the server.",
                MOST);
        open.forEach(OpenRead::giveUp);
        keys.clear();
        bytes = 0;
        anyKey.clear();
        if (latest != null) {
            anyKey.add(latest);
        }
        entriesToLookAt = MIN_GROWTH;
    }

    /** Forgets what every open chunk and every later snapshot sees. */
    void forget(@Nullable Snapshot newest, Collection<OpenRead> open) {
        if (newest != null) {
            Predicate<DeliveredTransaction> seen = each ->
                    each.isSeenBy(newest) && open.stream().noneMatch(read -> !read.isGivenUp() && read.mayMiss(each));
            for (Iterator<LastEvent> each = keys.values().iterator(); each.hasNext(); ) {
                LastEvent last = each.next();
                if (seen.test(last.transaction())) {
                    bytes -= last.bytes();
                    each.remove();
                }
            }
            anyKey.removeIf(seen);
        }
        entriesToLookAt = Math.max(MIN_GROWTH, 2 * (keys.size() + anyKey.size()));
    }
}
