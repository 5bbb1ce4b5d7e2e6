package io.walwire.internal.transaction;

import io.walwire.event.Lsn;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the events of one part share; apart from the part itself, so that an event that is kept does not keep the others.
 * The two fields that are known late are set by the assembler before it returns the part, and never again.
 */
final class TransactionHeader {
    private final int xid;
    private final Lsn commitLsn;
    private final Instant timestamp;
    private @Nullable Lsn endLsn;
    private @Nullable String origin;

    TransactionHeader(int xid, Lsn commitLsn, Instant timestamp) {
        this.xid = xid;
        this.commitLsn = commitLsn;
        this.timestamp = timestamp;
    }

    /** The header of the part that follows. */
    TransactionHeader next() {
        TransactionHeader next = new TransactionHeader(xid, commitLsn, timestamp);
        next.origin = origin;
        return next;
    }

    void comesFrom(@Nullable String name) {
        origin = name;
    }

    void endsAt(@Nullable Lsn lsn) {
        endLsn = lsn;
    }

    int xid() {
        return xid;
    }

    Lsn commitLsn() {
        return commitLsn;
    }

    @Nullable
    Lsn endLsn() {
        return endLsn;
    }

    Instant timestamp() {
        return timestamp;
    }

    @Nullable
    String origin() {
        return origin;
    }
}
