package io.walwire.internal.triggers;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A row of the outbox.
 *
 * @param xid the transaction, 64 bits
 * @param seq grows within it
 * @param definition what its rows look like
 * @param kind {@code I}, {@code U}, {@code D} or {@code T}
 * @param changedAt when it was captured
 * @param before the row before, as PostgreSQL prints it
 * @param after the row after
 */
record OutboxRow(
        long xid,
        long seq,
        long definition,
        char kind,
        Instant changedAt,
        byte @Nullable [] before,
        byte @Nullable [] after) {}
