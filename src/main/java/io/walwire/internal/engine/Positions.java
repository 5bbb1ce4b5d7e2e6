package io.walwire.internal.engine;

import io.walwire.event.Lsn;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** How far the instance has come. Positions only grow, but for {@link #restart}. */
final class Positions {
    private final LongAdder transactions = new LongAdder();
    private final LongAdder events = new LongAdder();
    private final LongAdder reconnects = new LongAdder();
    private Lsn received = Lsn.ZERO;
    private Lsn confirmed = Lsn.ZERO;
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
        }
        return confirmed;
    }

    /** Nothing more is confirmed: what still runs was given up. */
    synchronized void freeze() {
        frozen = true;
    }

    /** Another server's positions mean nothing here. */
    synchronized void restart() {
        received = Lsn.ZERO;
        confirmed = Lsn.ZERO;
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
