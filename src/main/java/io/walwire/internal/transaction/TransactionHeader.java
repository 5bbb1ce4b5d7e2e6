package io.walwire.internal.transaction;

import io.walwire.event.Lsn;
import io.walwire.event.Position;
import io.walwire.event.TransactionInfo;
import io.walwire.internal.codec.TextValues;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the events of one part share; apart from the part itself, so that an event that is kept does not keep the others.
 * The fields that are known late are set by the assembler before it returns the part, and never again.
 */
final class TransactionHeader implements TransactionInfo {
    private final int xid;
    private final Lsn place;
    private final PositionKind kind;
    private final Position position;
    private final Instant timestamp;
    private @Nullable Lsn end;
    private @Nullable String origin;
    private byte @Nullable [] context;

    /** Printed once for all events; two threads that ask at once may both print it. */
    private volatile byte @Nullable [] json;

    /**
     * A transaction's.
     *
     * @param xid the transaction id, an unsigned number
     * @param place where the commit record stands; of a source that reads no log its own number for the transaction, which
     *     is the whole of the transaction id
     * @param kind what users see of that
     */
    TransactionHeader(int xid, Lsn place, Instant timestamp, PositionKind kind) {
        this.xid = xid;
        this.place = place;
        this.kind = kind;
        this.position = kind.of(place);
        this.timestamp = timestamp;
    }

    /** The header of the part that follows. */
    TransactionHeader next() {
        TransactionHeader next = new TransactionHeader(xid, place, timestamp, kind);
        next.origin = origin;
        next.context = context;
        return next;
    }

    /** The same without the context, for an event that is kept in memory without it. */
    TransactionHeader withoutContext() {
        if (context == null) {
            return this;
        }
        TransactionHeader without = next();
        without.context = null;
        without.end = end;
        return without;
    }

    void comesFrom(@Nullable String name) {
        origin = name;
    }

    /** Takes the JSON that says who did it. */
    void hasContext(byte @Nullable [] json) {
        context = json;
    }

    void endsAt(@Nullable Lsn lsn) {
        end = lsn;
        if (json != null) {
            json = null; // it has the end
        }
    }

    /** 32 bits if it comes from the log, otherwise 64. */
    @Override
    public long xid() {
        return isLogged() ? Integer.toUnsignedLong(xid) : place.value();
    }

    boolean isLogged() {
        return kind == PositionKind.LOG;
    }

    PositionKind kind() {
        return kind;
    }

    /** Where the transaction stands among those of its source. */
    Lsn place() {
        return place;
    }

    /** The same as users see it. */
    @Override
    public Position position() {
        return position;
    }

    /** Behind the transaction; null until its commit was read. */
    @Nullable
    Lsn end() {
        return end;
    }

    /** Null where it is no position of the log. */
    @Override
    public @Nullable Lsn commitLsn() {
        return isLogged() ? place : null;
    }

    /** The end as users see it. */
    @Override
    public @Nullable Lsn endLsn() {
        return isLogged() ? end : null;
    }

    @Override
    public Instant timestamp() {
        return timestamp;
    }

    /** What an event's JSON says of its transaction, as it was kept; null if it was not printed yet. */
    byte @Nullable [] json() {
        return json;
    }

    void keepJson(byte[] printed) {
        json = printed;
    }

    @Override
    public @Nullable String origin() {
        return origin;
    }

    byte @Nullable [] contextBytes() {
        return context;
    }

    @Override
    public @Nullable String context() {
        byte[] json = context;
        return json == null ? null : TextValues.text(json, 0, json.length);
    }
}
