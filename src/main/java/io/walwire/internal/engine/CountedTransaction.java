package io.walwire.internal.engine;

import io.walwire.event.Lsn;
import io.walwire.internal.transaction.TransactionPart;
import io.walwire.listener.HandledTransaction;
import io.walwire.listener.WalwireListener;
import java.time.Instant;
import java.util.function.Consumer;

/** The report of a handled transaction. One object serves all transactions of an instance, one after another. */
final class CountedTransaction implements HandledTransaction, Consumer<WalwireListener> {
    private long xid;
    private Lsn endLsn = Lsn.ZERO;
    private Instant timestamp = Instant.EPOCH;
    private long events;

    private record Kept(long xid, Lsn endLsn, Instant timestamp, long events) implements HandledTransaction {
        @Override
        public HandledTransaction detach() {
            return this;
        }
    }

    CountedTransaction of(TransactionPart last, Lsn end, long count) {
        xid = last.xid();
        endLsn = end;
        timestamp = last.timestamp();
        events = count;
        return this;
    }

    @Override
    public void accept(WalwireListener listener) {
        listener.onTransaction(this);
    }

    @Override
    public long xid() {
        return xid;
    }

    @Override
    public Lsn endLsn() {
        return endLsn;
    }

    @Override
    public Instant timestamp() {
        return timestamp;
    }

    @Override
    public long events() {
        return events;
    }

    @Override
    public HandledTransaction detach() {
        return new Kept(xid, endLsn, timestamp, events);
    }
}
