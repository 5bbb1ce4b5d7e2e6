package io.walwire.internal.transaction;

import io.walwire.event.BackfilledEvent;
import io.walwire.event.Event;
import io.walwire.event.EventId;
import io.walwire.event.Kind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All rows of a table were read. */
public final class ReceivedBackfilled extends ReceivedChange implements BackfilledEvent {
    private final String run;
    private final @Nullable List<String> handlers;

    ReceivedBackfilled(TransactionHeader header, Table table, String run, @Nullable List<String> handlers) {
        super(header, table, 0);
        this.run = run;
        this.handlers = handlers;
    }

    /** Whether a handler of this name gets it. */
    public boolean isFor(String handler) {
        return handlers == null || handlers.contains(handler);
    }

    /** Whether only some handlers get it. */
    public boolean isForSome() {
        return handlers != null;
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
        return EventId.ofRead(run + "/" + source().qualifiedTable());
    }

    @Override
    public String run() {
        return run;
    }
}
