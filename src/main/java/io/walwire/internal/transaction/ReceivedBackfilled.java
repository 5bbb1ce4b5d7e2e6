package io.walwire.internal.transaction;

import io.walwire.event.BackfilledEvent;
import io.walwire.event.Event;
import io.walwire.event.EventId;
import io.walwire.event.Kind;

/** All rows of a table were read. */
public final class ReceivedBackfilled extends ReceivedChange implements BackfilledEvent {
    private final ReadBy by;

    ReceivedBackfilled(TransactionHeader header, Table table, ReadBy by) {
        super(header, table, 0);
        this.by = by;
    }

    /** Who has read it. */
    ReadBy by() {
        return by;
    }

    /** Whether a handler of this name gets it. */
    public boolean isFor(String handler) {
        return by.isFor(handler);
    }

    /** Whether only some handlers get it. */
    public boolean isForSome() {
        return by.isForSome();
    }

    @Override
    public Event event() {
        return this;
    }

    @Override
    public Kind kind() {
        return Kind.BACKFILLED;
    }

    @Override
    public EventId id() {
        return by.id(source().qualifiedTable());
    }

    @Override
    public String run() {
        return by.run();
    }
}
