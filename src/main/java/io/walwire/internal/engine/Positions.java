package io.walwire.internal.engine;

import io.walwire.event.Lsn;
import io.walwire.internal.transaction.TransactionPart;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** How far the instance has come. Positions only grow, but for {@link #returnTo}. */
final class Positions {
    private final LongAdder transactions = new LongAdder();
    private final LongAdder events = new LongAdder();
    private final LongAdder reconnects = new LongAdder();
    private Lsn received = Lsn.ZERO;
    private Lsn confirmed = Lsn.ZERO;
    private Lsn handedOver = Lsn.ZERO;
    private Lsn delivered = Lsn.ZERO;
    private boolean frozen;

    synchronized Lsn received() {
        return received;
    }

    synchronized void receive(Lsn lsn) {
        received = received.isBefore(lsn) ? lsn : received;
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
        Lsn end = transaction.endLsn();
        if (!transaction.events().isEmpty()) {
            deliver(end == null ? transaction.commitLsn() : end);
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
        Lsn highest = handedOver.isBefore(delivered) ? delivered : handedOver;
        return highest.isBefore(confirmed) ? confirmed : highest;
    }

    synchronized Lsn confirmed() {
        return confirmed;
    }

    /**
     * Everything up to here is handled.
     *
     * @return the confirmed position, which may be higher
     */
    synchronized Lsn confirm(Lsn lsn) {
        if (!frozen && confirmed.isBefore(lsn)) {
            confirmed = lsn;
        }
        return confirmed;
    }

    /** Nothing more is confirmed: what still runs was given up. */
    synchronized void freeze() {
        frozen = true;
    }

    /** Positions beyond this one belong to a history that the server no longer has. */
    synchronized void returnTo(Lsn common) {
        received = lower(received, common);
        confirmed = lower(confirmed, common);
        handedOver = lower(handedOver, common);
        delivered = lower(delivered, common);
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
