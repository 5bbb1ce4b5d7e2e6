package io.walwire.internal.transaction;

import io.walwire.event.Event;
import io.walwire.event.Lsn;
import io.walwire.event.Position;
import io.walwire.event.Transaction;
import java.time.Instant;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A transaction, or a part of a large one. */
public final class TransactionPart implements Transaction {
    private final TransactionHeader header;
    private final int part;
    private final boolean last;
    private final List<Event> events;
    private final long retainedBytes;

    TransactionPart(TransactionHeader header, int part, boolean last, List<Event> events, long retainedBytes) {
        this.header = header;
        this.part = part;
        this.last = last;
        this.events = events;
        this.retainedBytes = retainedBytes;
    }

    /** How much heap the events hold on to, estimated from above. */
    public long retainedBytes() {
        return retainedBytes;
    }

    /**
     * The same with another number and fewer events.
     *
     * @param number its place among the transaction's parts
     * @param left the events that it keeps
     * @return a copy
     */
    public TransactionPart as(int number, List<Event> left) {
        return new TransactionPart(header, number, last, left, retainedBytes);
    }

    TransactionHeader header() {
        return header;
    }

    /**
     * The part without some of its events.
     *
     * @param dropped which
     * @return the same part with the others
     */
    public TransactionPart without(Predicate<Event> dropped) {
        return new TransactionPart(
                header, part, last, events.stream().filter(dropped.negate()).toList(), retainedBytes);
    }

    /** Where the transaction stands among those of its source, whatever users see of it. */
    public Lsn place() {
        return header.place();
    }

    /** What users see of positions. */
    public PositionKind positions() {
        return header.kind();
    }

    @Override
    public Position position() {
        return header.position();
    }

    /** Behind the transaction, which gets confirmed; null in a part that is delivered before the commit was read. */
    public @Nullable Lsn end() {
        return header.end();
    }

    @Override
    public long xid() {
        return header.xid();
    }

    @Override
    public @Nullable Lsn commitLsn() {
        return header.commitLsn();
    }

    @Override
    public @Nullable Lsn endLsn() {
        return header.endLsn();
    }

    @Override
    public Instant timestamp() {
        return header.timestamp();
    }

    @Override
    public @Nullable String origin() {
        return header.origin();
    }

    @Override
    public @Nullable String context() {
        return header.context();
    }

    @Override
    public int part() {
        return part;
    }

    @Override
    public boolean isLast() {
        return last;
    }

    @Override
    public List<Event> events() {
        return events;
    }

    @Override
    public byte[] toBytes() {
        return StoredTransaction.write(this);
    }

    @Override
    public String toString() {
        return "Transaction[xid=" + xid() + ", position=" + position() + ", part=" + part + (last ? " (last)" : "")
                + ", events=" + events.size() + "]";
    }
}
