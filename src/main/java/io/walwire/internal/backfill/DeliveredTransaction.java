package io.walwire.internal.backfill;

import io.walwire.event.Lsn;
import io.walwire.internal.connection.server.Snapshot;

/**
 * A transaction that was delivered.
 *
 * @param xid its id, without the epoch
 * @param commit its place: where it was committed, or its id where changes do not come from the log, and so from no standby
 */
public record DeliveredTransaction(int xid, Lsn commit) {
    boolean isSeenBy(Snapshot snapshot) {
        return snapshot.sees(xid, commit);
    }
}
