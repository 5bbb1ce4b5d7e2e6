package io.walwire.internal.connection;

import java.util.HashSet;
import java.util.Set;

/**
 * A snapshot as {@code pg_current_snapshot()} prints it.
 *
 * @param xmin all transactions before this one have ended
 * @param xmax this one and all after it had not begun, or not ended
 * @param running those between that were running
 */
record Snapshot(long xmin, long xmax, Set<Long> running) {
    Snapshot {
        running = Set.copyOf(running);
    }

    /** Reads {@code 10:20:10,14,15}. */
    static Snapshot parse(String text) {
        String[] parts = text.split(":", -1);
        Set<Long> running = new HashSet<>();
        for (String xid : parts[2].split(",", -1)) {
            if (!xid.isEmpty()) {
                running.add(Long.parseLong(xid));
            }
        }
        return new Snapshot(Long.parseLong(parts[0]), Long.parseLong(parts[1]), running);
    }

    /**
     * Whether a transaction that is known to have ended had done so.
     *
     * @param xid without its epoch, which is that of the nearest such number: PostgreSQL keeps all of them within 2^31
     */
    boolean sees(int xid) {
        long full = xmax + (xid - (int) xmax);
        return full < xmin || (full < xmax && !running.contains(full));
    }
}
