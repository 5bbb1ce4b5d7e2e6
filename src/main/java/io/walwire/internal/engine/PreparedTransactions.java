package io.walwire.internal.engine;

import io.walwire.event.Lsn;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Prepared transactions that are not known to be rolled back or handled. Once a PREPARE is confirmed, the server never sends its
 * changes again. So nothing above the oldest PREPARE is confirmed until its transaction has ended. Guarded by {@link Positions}.
 */
final class PreparedTransactions {
    private final Map<Integer, Prepared> byXid = new HashMap<>();
    private Lsn streamBegan = Lsn.ZERO;
    private boolean beganAtPrepare;

    /**
     * A prepared transaction.
     *
     * @param at where its PREPARE stands
     * @param end where its commit ends; null as long as it is prepared
     */
    private record Prepared(Lsn at, @Nullable Lsn end) {}

    boolean isEmpty() {
        return byXid.isEmpty();
    }

    void prepared(int xid, Lsn at) {
        beganAtPrepare |= at.equals(streamBegan);
        byXid.put(xid, new Prepared(at, null));
    }

    void committed(int xid, Lsn end) {
        byXid.computeIfPresent(xid, (id, each) -> new Prepared(each.at(), end));
    }

    void ended(int xid) {
        byXid.remove(xid);
    }

    /** Whether the stream began exactly at a PREPARE, which is a position that nobody but an instance confirms. */
    boolean beganAtPrepare() {
        return beganAtPrepare;
    }

    /**
     * A stream begins. What was prepared before its start does not come again, so that waiting for it helps nobody.
     *
     * @param start what the stream asks for
     * @param resume where it begins, if that is higher
     */
    void begin(Lsn start, Lsn resume) {
        streamBegan = start.isBefore(resume) ? resume : start;
        beganAtPrepare = false;
        byXid.values().removeIf(each -> each.at().isBefore(start));
    }

    /** What may be confirmed of what is handled. Forgets the transactions that are handled. */
    Lsn confirmable(Lsn handled) {
        if (byXid.isEmpty()) {
            return handled;
        }
        byXid.values().removeIf(each -> each.end() != null && !handled.isBefore(each.end()));
        Lsn lowest = handled;
        for (Prepared each : byXid.values()) {
            lowest = each.at().isBefore(lowest) ? each.at() : lowest;
        }
        return lowest;
    }

    void returnTo(Lsn common) {
        byXid.values().removeIf(each -> common.isBefore(each.at()));
    }
}
