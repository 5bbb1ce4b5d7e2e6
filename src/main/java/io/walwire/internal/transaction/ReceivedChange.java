package io.walwire.internal.transaction;

import io.walwire.event.Changes;
import io.walwire.event.Event;
import io.walwire.event.EventId;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.event.Source;
import io.walwire.event.TransactionInfo;
import org.jspecify.annotations.Nullable;

/**
 * What all events of a table have in common. Each subclass is an event of one of the public types; those are sealed, so that
 * this class cannot be one itself, and {@link #event()} leads to it.
 */
public abstract class ReceivedChange {
    private final TransactionHeader header;
    private final Table table;
    private final long index;

    ReceivedChange(TransactionHeader header, Table table, long index) {
        this.header = header;
        this.table = table;
        this.index = index;
    }

    /** This object, as what users see of it. */
    public abstract Event event();

    /** What happened. */
    public abstract Kind kind();

    /** The change's own index, or that of the change which a schema change precedes. */
    long place() {
        return index;
    }

    TransactionHeader header() {
        return header;
    }

    /** The table as of this change; the same object for as long as it does not change. */
    public Table table() {
        return table;
    }

    public Source source() {
        return table.source();
    }

    public TransactionInfo transaction() {
        return header;
    }

    public EventId id() {
        return new EventId(header.position(), index);
    }

    /** The row's key; null where it is not known, and for what is about no row. */
    public @Nullable Row key() {
        return null;
    }

    /** The row after an insert or update. */
    public @Nullable TupleRow afterRow() {
        return null;
    }

    /** What is known of the row before an update or delete. */
    public @Nullable TupleRow beforeRow() {
        return null;
    }

    /** What an update is known to have changed. */
    public @Nullable Changes changes() {
        return null;
    }

    /** This one already holds no more than its own bytes. */
    public Event detach() {
        return event();
    }

    public String toJson() {
        return EventJson.of(this);
    }

    @Override
    public String toString() {
        return kind().jsonName() + " " + source().qualifiedTable() + " " + id();
    }
}
