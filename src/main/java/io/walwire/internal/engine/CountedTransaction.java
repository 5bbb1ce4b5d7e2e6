package io.walwire.internal.engine;

import io.walwire.event.Lsn;
import io.walwire.event.Position;
import io.walwire.internal.transaction.PositionKind;
import io.walwire.internal.transaction.TransactionPart;
import io.walwire.listener.HandledTransaction;
import io.walwire.listener.WalwireListener;
import java.time.Instant;
import java.util.function.Consumer;

/** The report of a handled transaction. One object serves all transactions of an instance, one after another. */
final class CountedTransaction implements HandledTransaction, Consumer<WalwireListener> {
    private long xid;
    private Lsn end = Lsn.ZERO;
    private PositionKind positions = PositionKind.LOG;
    private Instant timestamp = Instant.EPOCH;
    private long events;

    private record Kept(long xid, Position end, Instant timestamp, long events) implements HandledTransaction {
        @Override
        public HandledTransaction detach() {
            return this;
        }
    }

    CountedTransaction of(TransactionPart last, Lsn behind, long count) {
        xid = last.xid();
        end = behind;
        positions = last.positions();
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
    public Position end() {
        return positions.of(end);
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
        return new Kept(xid, end(), timestamp, events);
    }
}
