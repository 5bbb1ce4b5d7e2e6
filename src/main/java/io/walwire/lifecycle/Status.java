package io.walwire.lifecycle;

import io.walwire.event.Lsn;
import org.jspecify.annotations.Nullable;

/**
 * A glance at an instance: consistent enough to show, not a transaction.
 *
 * @param state what it is doing
 * @param slot the replication slot's name; null until it is known
 * @param streamingFrom where the current or last stream began; {@link Lsn#ZERO} before the first
 * @param received the highest position received from the server; {@link Lsn#ZERO} before the first
 * @param confirmed the position up to which everything is handled, reported to the server within a second;
 *     {@link Lsn#ZERO} before the first
 * @param transactions how many transactions are handled
 * @param events how many events of subscribed tables are handled
 * @param queuedBytes how many bytes of received changes wait to be handled
 * @param reconnects how often a lost connection was replaced
 * @param retries how many failed calls of handlers were made again, as their failure policies say
 * @param setAside how many failed calls were given up without stopping: skipped, or handed over as dead letters
 * @param lastError why the connection was last lost, or the instance failed; null if neither
 */
public record Status(
        State state,
        @Nullable String slot,
        Lsn streamingFrom,
        Lsn received,
        Lsn confirmed,
        long transactions,
        long events,
        long queuedBytes,
        long reconnects,
        long retries,
        long setAside,
        @Nullable String lastError) {}
