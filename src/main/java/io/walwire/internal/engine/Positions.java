package io.walwire.internal.engine;

import io.walwire.event.Lsn;
import io.walwire.internal.concurrent.TimedWait;
import io.walwire.internal.log.Logs;
import io.walwire.internal.transaction.TransactionPart;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * How far the instance has come, as a ladder: each position is at or below the one before it.
 *
 * <ol>
 *   <li>{@link #received}: the server has sent what was committed before it.
 *   <li>{@link #handedOver}: all of that went to the handler thread.
 *   <li>{@link #settled}: nothing of that is left to handle.
 *   <li>{@link #handled}: the same, and a checkpoint, if there is one, has stored it.
 *   <li>{@link #confirmed}: the same, and nothing else needs a transaction to come again: one that is prepared, or the progress
 *       of a backfill that is not kept yet. Only this one is reported to the server.
 * </ol>
 *
 * <p>A position that rises takes those above it along. Positions only grow, except in {@link #returnTo}. Beside the ladder stand
 * {@link #delivered} and the {@link PreparedTransactions}. Thread-safe.
 */
final class Positions {
    private static final Logger LOG = Logs.of(Positions.class);

    private final LongAdder transactions = new LongAdder();
    private final LongAdder events = new LongAdder();
    private final LongAdder reconnects = new LongAdder();
    private final PreparedTransactions prepared = new PreparedTransactions();
    private UnaryOperator<Lsn> limit = UnaryOperator.identity();
    private Lsn received = Lsn.ZERO;
    private Lsn handedOver = Lsn.ZERO;
    private Lsn settled = Lsn.ZERO;
    private Lsn handled = Lsn.ZERO;
    private Lsn confirmed = Lsn.ZERO;
    private Lsn delivered = Lsn.ZERO;
    private Lsn resume = Lsn.ZERO;
    private boolean frozen;

    private final Object reports = new Object();

    /** Listeners have heard of it. Under {@link #reports}. */
    private Lsn reported = Lsn.ZERO;

    /**
     * Nothing is confirmed beyond what this allows. Called before the first stream.
     *
     * @param allowed gives for a handled position the same one, or a lower one; called by any thread, and does not wait
     */
    synchronized void limitConfirmed(UnaryOperator<Lsn> allowed) {
        limit = allowed;
    }

    /** The highest position that the server has reported. */
    synchronized Lsn received() {
        return received;
    }

    /** Everything up to here went to the handler thread, so that it will be handled. */
    synchronized Lsn handedOver() {
        return handedOver;
    }

    /** Nothing is left to handle up to here, whether or not that may be confirmed. */
    synchronized Lsn settled() {
        return settled;
    }

    /** Everything up to here is handled. Less may be confirmed while a transaction is prepared. */
    synchronized Lsn handled() {
        return handled;
    }

    /** What the server may forget. */
    synchronized Lsn confirmed() {
        return confirmed;
    }

    /** The highest position of what handlers got, or will get. Above the ladder's while a transaction comes in parts. */
    synchronized Lsn delivered() {
        return delivered;
    }

    /** The highest position that the server has reported and that counts here. */
    synchronized Lsn seen() {
        return higher(handedOver, delivered);
    }

    /** The server has sent what ends here; handlers may be done with it before {@link #handOver(TransactionPart)} is called. */
    synchronized void receive(@Nullable Lsn lsn) {
        received = lsn == null ? received : higher(received, lsn);
    }

    synchronized void handOver(@Nullable Lsn lsn) {
        if (lsn != null) {
            raiseHandedOver(lsn);
        }
    }

    /** As {@link #handOver(Lsn)}, and remembers what handlers get of it. Rows that were read have no end. */
    synchronized void handOver(TransactionPart transaction) {
        Lsn end = transaction.end();
        if (!transaction.events().isEmpty()) {
            delivered = higher(delivered, end == null ? transaction.place() : end);
        }
        handOver(end);
    }

    /**
     * The reader is at rest: everything up to here went to the handler thread, and a gap with it. The server would warn of that
     * gap's changes again if it sent again what lies before.
     */
    synchronized void restBehindGap(Lsn lsn) {
        raiseHandedOver(lsn);
        if (prepared.isEmpty()) {
            resume = higher(resume, lsn);
        }
    }

    /** From where on the next stream has to send again: what is handed over stays in the queue. Confirmed is less. */
    synchronized Lsn resume() {
        return higher(confirmed, resume);
    }

    /** What handlers get stands here, committed or not. */
    synchronized void deliver(Lsn lsn) {
        delivered = higher(delivered, lsn);
    }

    /** Nothing is left to handle up to here, but a checkpoint has not stored that. */
    synchronized void settle(Lsn lsn) {
        raiseSettled(lsn);
    }

    /**
     * Everything up to here is handled.
     *
     * @return the confirmed position, which may be higher, or lower while a transaction is prepared
     */
    synchronized Lsn confirm(Lsn lsn) {
        if (!frozen) {
            handled = higher(handled, requireReceived(lsn));
            raiseSettled(handled);
            confirmed = higher(confirmed, limit.apply(prepared.confirmable(handled)));
        }
        return confirmed;
    }

    /** Confirms again what is handled: what limited it may have changed. Returns as {@link #confirm}. */
    synchronized Lsn confirmHandled() {
        return confirm(handled);
    }

    private void raiseHandedOver(Lsn lsn) {
        received = higher(received, lsn);
        handedOver = higher(handedOver, lsn);
    }

    private void raiseSettled(Lsn lsn) {
        raiseHandedOver(lsn);
        if (settled.isBefore(lsn)) {
            settled = lsn;
            notifyAll();
        }
    }

    /** What never came cannot be handled. Confirmed by mistake it would be lost; unconfirmed it comes again. */
    private Lsn requireReceived(Lsn lsn) {
        if (!received.isBefore(lsn)) {
            return lsn;
        }
        LOG.error(
                "Everything up to {} was to be confirmed, but the server has sent nothing behind {}. Only that is confirmed, so"
                        + " nothing is lost. Please report this.",
                lsn,
                received);
        assert false : lsn + " was to be confirmed, but nothing came behind " + received;
        return received;
    }

    /** Waits until more is settled than this; false if the time passed. */
    synchronized boolean awaitMore(Lsn than, long atMostNanos) throws InterruptedException {
        return TimedWait.until(this, () -> than.isBefore(settled), atMostNanos);
    }

    /** How much of the log lies between what is confirmed and the highest position that the server has reported. */
    synchronized long lagBytes() {
        return received.value() - confirmed.value();
    }

    /** From now on nothing above this position is confirmed, until the transaction is rolled back, or handled. */
    synchronized void prepared(int xid, Lsn at) {
        prepared.prepared(xid, at);
    }

    /** A prepared transaction has committed: what is handled up to its end can be confirmed again. */
    synchronized void preparedCommitted(int xid, Lsn end) {
        prepared.committed(xid, end);
    }

    synchronized void preparedEnded(int xid) {
        prepared.ended(xid);
    }

    /**
     * Whether a prepared transaction whose changes do not come again was handled before. It was if this instance got it; or if
     * the stream began exactly at another one's PREPARE: nobody but an instance confirms such a position, and only when all
     * that was prepared earlier is handled.
     */
    synchronized boolean isHandledBefore(Lsn end) {
        return prepared.beganAtPrepare() || !handedOver.isBefore(end);
    }

    /** A stream begins here. */
    synchronized void begin(Lsn lsn) {
        prepared.begin(lsn, resume());
    }

    /** Nothing more is confirmed: what still runs was given up. */
    synchronized void freeze() {
        frozen = true;
    }

    /**
     * Reports a confirmed position, unless a higher one was reported or nothing is confirmed: several threads confirm.
     *
     * @param listener called by one thread at a time
     */
    void report(Lsn position, Consumer<Lsn> listener) {
        synchronized (reports) {
            if (!position.isBefore(reported) && !position.equals(Lsn.ZERO)) {
                reported = position;
                listener.accept(position);
            }
        }
    }

    /** Positions beyond this one belong to a history that the server no longer has. */
    void returnTo(Lsn common) {
        lower(common);
        synchronized (reports) { // not within the other lock: a listener may ask for positions
            reported = lower(reported, common);
        }
    }

    private synchronized void lower(Lsn common) {
        received = lower(received, common);
        handedOver = lower(handedOver, common);
        settled = lower(settled, common);
        handled = lower(handled, common);
        confirmed = lower(confirmed, common);
        delivered = lower(delivered, common);
        resume = lower(resume, common);
        prepared.returnTo(common);
    }

    private static Lsn higher(Lsn one, Lsn other) {
        return one.isBefore(other) ? other : one;
    }

    private static Lsn lower(Lsn one, Lsn other) {
        return one.isBefore(other) ? one : other;
    }

    /** Counts a part that was handled. */
    void count(boolean wholeTransaction, int eventCount) {
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
