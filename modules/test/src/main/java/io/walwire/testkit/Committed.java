package io.walwire.testkit;

import io.walwire.event.Lsn;
import java.time.Instant;

/**
 * A transaction that a {@link WalwireKit} has committed.
 *
 * @param xid its id
 * @param commitLsn the position of its commit, which its events' ids have
 * @param endLsn where the commit ends: what is confirmed once it is handled
 * @param timestamp when it committed
 */
public record Committed(long xid, Lsn commitLsn, Lsn endLsn, Instant timestamp) {}
