package io.walwire.internal.engine;

import io.walwire.event.Lsn;
import io.walwire.internal.concurrent.TimedWait;
import io.walwire.internal.log.Logs;
import io.walwire.internal.transaction.TransactionPart;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** How far the instance has come. Positions only grow, but for {@link #returnTo}. */
final class Positions {
    private static final Logger LOG = Logs.of(Positions.class);

    private final LongAdder transactions = new LongAdder();
    private final LongAdder events = new LongAdder();
    private final LongAdder reconnects = new LongAdder();
    private Lsn received = Lsn.ZERO;
    private Lsn handled = Lsn.ZERO;
    private Lsn confirmed = Lsn.ZERO;
    private Lsn settled = Lsn.ZERO;
    private Lsn handedOver = Lsn.ZERO;
    private Lsn delivered = Lsn.ZERO;
    private Lsn streamBegan = Lsn.ZERO;
    private boolean beganAtPrepare;
    private boolean frozen;

    /** Prepared transactions, by id, that are not known to be rolled back or handled. */
    private final Map<Integer, Prepared> prepared = new HashMap<>();

    /**
     * A prepared transaction. Once its PREPARE is confirmed the server sends its changes never again.
     *
     * @param at where its PREPARE stands
     * @param end where its commit ends; null as long as it is prepared
     */
    private record Prepared(Lsn at, @Nullable Lsn end) {}

    synchronized Lsn received() {
        return received;
    }

    /** The server has sent what ends here; handlers may be done with it before {@link #handOver(TransactionPart)} is called. */
    synchronized void receive(@Nullable Lsn lsn) {
        received = lsn == null ? received : higher(received, lsn);
    }

    /** Everything up to here was handed to the handler thread, so that it will be handled. */
    synchronized Lsn handedOver() {
        return handedOver;
    }

    synchronized void handOver(@Nullable Lsn lsn) {
        if (lsn != null && handedOver.isBefore(lsn)) {
            handedOver = lsn;
        }
    }

    /** As {@link #handOver(Lsn)}, and remembers what handlers get of it. */
    synchronized void handOver(TransactionPart transaction) {
        Lsn end = transaction.end();
        if (!transaction.events().isEmpty()) {
            deliver(end == null ? transaction.position() : end);
        }
        handOver(end);
    }

    /** What handlers get stands here, committed or not. */
    synchronized void deliver(Lsn lsn) {
        delivered = delivered.isBefore(lsn) ? lsn : delivered;
    }

    /** The highest position of what handlers got, or will get. */
    synchronized Lsn delivered() {
        return delivered;
    }

    /** The highest position that the server told and that counts here. */
    synchronized Lsn seen() {
        return higher(higher(handedOver, delivered), handled);
    }

    synchronized Lsn confirmed() {
        return confirmed;
    }

    /** Everything up to here is handled; more than is confirmed while a transaction is prepared. */
    synchronized Lsn handled() {
        return handled;
    }

    /**
     * Everything up to here is handled.
     *
     * @return the confirmed position, which may be higher, or lower while a transaction is prepared
     */
    synchronized Lsn confirm(Lsn lsn) {
        if (!frozen) {
            handled = higher(handled, requireReceived(lsn));
            confirmed = higher(confirmed, confirmable());
            settle(handled);
        }
        return confirmed;
    }

    /** What never came cannot be handled. Confirmed by mistake it would be lost; unconfirmed it comes again. */
    private Lsn requireReceived(Lsn lsn) {
        Lsn known = higher(higher(received, handedOver), handled);
        if (!known.isBefore(lsn)) {
            return lsn;
        }
        LOG.error(
                "Everything up to {} was to be confirmed, but the server has sent nothing behind {}. Only that is confirmed, so that"
                        + " nothing is lost. Please report this.",
                lsn,
                known);
        assert false : lsn + " was to be confirmed, but nothing came behind " + known;
        return known;
    }

    /** Nothing is left to handle up to here, whether or not that may be confirmed. */
    synchronized void settle(Lsn lsn) {
        if (settled.isBefore(lsn)) {
            settled = lsn;
            notifyAll();
        }
    }

    synchronized Lsn settled() {
        return settled;
    }

    /** Waits until more is settled than this; false if the time passed. */
    synchronized boolean awaitMore(Lsn than, long atMostNanos) throws InterruptedException {
        return TimedWait.until(this, () -> than.isBefore(settled), atMostNanos);
    }

    /** How much of the log lies between what is confirmed and the highest position that the server told. */
    synchronized long lagBytes() {
        Lsn known = received.isBefore(handedOver) ? handedOver : received;
        return confirmed.isBefore(known) ? known.value() - confirmed.value() : 0;
    }

    /** What is handled, as far as no prepared transaction is needed again. */
    private Lsn confirmable() {
        if (prepared.isEmpty()) {
            return handled;
        }
        prepared.values().removeIf(each -> each.end() != null && !handled.isBefore(each.end()));
        Lsn lowest = handled;
        for (Prepared each : prepared.values()) {
            lowest = each.at().isBefore(lowest) ? each.at() : lowest;
        }
        return lowest;
    }

    private static Lsn higher(Lsn one, Lsn other) {
        return one.isBefore(other) ? other : one;
    }

    /** From now on nothing above this position is confirmed, until the transaction is rolled back, or handled. */
    synchronized void prepared(int xid, Lsn at) {
        beganAtPrepare |= at.equals(streamBegan);
        prepared.put(xid, new Prepared(at, null));
    }

    /** A prepared transaction has committed: what is handled up to its end can be confirmed again. */
    synchronized void preparedCommitted(int xid, Lsn end) {
        prepared.computeIfPresent(xid, (id, each) -> new Prepared(each.at(), end));
    }

    synchronized void preparedEnded(int xid) {
        prepared.remove(xid);
    }

    /**
     * Whether a prepared transaction whose changes do not come again was handled before. It was if this instance got it; or if
     * the stream began exactly at another one's PREPARE: nobody but an instance confirms such a position, and only when all
     * that was prepared earlier is handled.
     */
    synchronized boolean isHandledBefore(Lsn end) {
        return beganAtPrepare || !handedOver.isBefore(end);
    }

    /** A stream begins here: what was prepared before does not come again, so that waiting for it helps nobody. */
    synchronized void begin(Lsn lsn) {
        streamBegan = higher(lsn, confirmed);
        beganAtPrepare = false;
        prepared.values().removeIf(each -> each.at().isBefore(lsn));
    }

    /** Nothing more is confirmed: what still runs was given up. */
    synchronized void freeze() {
        frozen = true;
    }

    /** Positions beyond this one belong to a history that the server no longer has. */
    synchronized void returnTo(Lsn common) {
        received = lower(received, common);
        handled = lower(handled, common);
        confirmed = lower(confirmed, common);
        settled = lower(settled, common);
        handedOver = lower(handedOver, common);
        delivered = lower(delivered, common);
        prepared.values().removeIf(each -> common.isBefore(each.at()));
    }

    private static Lsn lower(Lsn one, Lsn other) {
        return one.isBefore(other) ? one : other;
    }

    void handled(boolean wholeTransaction, int eventCount) {
        if (wholeTransaction) {
            transactions.increment();
        }
        events.add(eventCount);
    }

    void reconnected() {
        reconnects.increment();
    }

    long transactions() {
        return transactions.sum();
    }

    long events() {
        return events.sum();
    }

    long reconnects() {
        return reconnects.sum();
    }
}
