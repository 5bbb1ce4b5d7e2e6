package io.walwire.internal.connection.server;

import io.walwire.event.Lsn;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot as {@code pg_current_snapshot()} prints it.
 *
 * @param xmin all transactions before this one have ended
 * @param xmax this one and all after it had not begun, or not ended
 * @param running those between that were running
 * @param replayed of a standby's what was replayed before it was taken: it shows all that was committed before this position; null of a
 *     primary's
 */
public record Snapshot(
        long xmin, long xmax, Set<Long> running, @Nullable Lsn replayed) {
    public Snapshot {
        running = Set.copyOf(running);
    }

    /**
     * Of a primary.
     *
     * @param xmin all transactions before this one have ended
     * @param xmax this one and all after it had not begun, or not ended
     * @param running those between that were running
     */
    public Snapshot(long xmin, long xmax, Set<Long> running) {
        this(xmin, xmax, running, null);
    }

    /**
     * Reads the snapshot of a primary.
     *
     * @param text such as {@code 10:20:10,14,15}
     * @return the snapshot
     */
    public static Snapshot parse(String text) {
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
     * Reads the snapshot of a standby. A standby prints no transactions in progress, although there may be some above xmin. So
     * only xmin is used, and what was replayed: everything else counts as not ended.
     *
     * @param text as the standby prints it
     * @param replayed what was replayed before it was taken
     * @return a snapshot that sees nothing that the standby's own may not see
     */
    public static Snapshot parseOfStandby(String text, Lsn replayed) {
        long xmin = parse(text).xmin();
        return new Snapshot(xmin, xmin, Set.of(), replayed);
    }

    /** Whether it is a standby's, which sends no change before it shows it. */
    public boolean isOfStandby() {
        return replayed != null;
    }

    /**
     * As {@link #sees(int)}, of a transaction whose place in the log is known. A primary has the commit in its log before it shows it.
     *
     * @param xid without its epoch
     * @param commit where it was committed
     * @return false also if it may have ended and the snapshot cannot show it
     */
    public boolean sees(int xid, Lsn commit) {
        return sees(xid) || (replayed != null && commit.isBefore(replayed));
    }

    /**
     * Whether a transaction that is known to have ended had done so.
     *
     * @param xid without its epoch, which is that of the nearest such number: PostgreSQL keeps all of them within 2^31
     * @return false also if it may have ended and the snapshot cannot show it
     */
    public boolean sees(int xid) {
        long full = widened(xid);
        return full < xmin || (full < xmax && !running.contains(full));
    }

    /**
     * The transaction id with its epoch: the nearest one to this snapshot.
     *
     * @param xid without its epoch, as pgoutput sends it
     * @return 64 bits
     */
    public long widened(int xid) {
        return xmax + (xid - (int) xmax);
    }

    /**
     * Whether every transaction that was running in an earlier snapshot, or might have been, has ended in this one.
     *
     * @param earlier a snapshot of the same server
     * @return false if one of them is still running
     */
    public boolean endsAllOf(Snapshot earlier) {
        return xmax >= earlier.xmax && running.stream().allMatch(xid -> xid >= earlier.xmax);
    }
}
