package io.walwire.internal.engine;

import io.walwire.event.Lsn;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** How far the instance has come. Positions only grow, but for {@link #restart}. */
final class Positions {
    private final LongAdder transactions = new LongAdder();
    private final LongAdder events = new LongAdder();
    private final LongAdder reconnects = new LongAdder();
    private Lsn received = Lsn.ZERO;
    private Lsn confirmed = Lsn.ZERO;
    private Lsn settled = Lsn.ZERO;
    private Lsn handedOver = Lsn.ZERO;
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
            settle(lsn);
        }
        return confirmed;
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
        long deadline = System.nanoTime() + atMostNanos;
        while (!than.isBefore(settled)) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return true;
    }

    /** How much of the log lies between what is confirmed and the highest position that the server told. */
    synchronized long lagBytes() {
        Lsn known = received.isBefore(handedOver) ? handedOver : received;
        return confirmed.isBefore(known) ? known.value() - confirmed.value() : 0;
    }

    /** Nothing more is confirmed: what still runs was given up. */
    synchronized void freeze() {
        frozen = true;
    }

    /** Another server's positions mean nothing here. */
    synchronized void restart() {
        received = Lsn.ZERO;
        confirmed = Lsn.ZERO;
        settled = Lsn.ZERO;
        handedOver = Lsn.ZERO;
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
