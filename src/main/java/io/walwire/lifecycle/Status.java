package io.walwire.lifecycle;

import io.walwire.event.Lsn;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A glance at an instance: consistent enough to show, not a transaction. With {@code walwire.source=triggers} positions are
 * transaction ids ({@link Lsn#value()}), the slot is a cursor, and what counts bytes of the log counts transactions.
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
 * @param paused whether handlers are held back by {@code Walwire.pause()}, whatever the state
 * @param lagBytes how many bytes of the server's log lie between {@code confirmed} and the highest position that the server
 *     has sent; what it has not sent yet, because handlers are slow, is not known here
 * @param lag how long ago the oldest transaction was committed that is received but not finished, by the clocks of both
 *     machines; zero when everything received is finished, never negative
 * @param silence how long ago the server was last heard of; zero while nobody listens because handlers are behind, null
 *     while there is no connection
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
        boolean paused,
        long lagBytes,
        Duration lag,
        @Nullable Duration silence,
        @Nullable String lastError) {}
