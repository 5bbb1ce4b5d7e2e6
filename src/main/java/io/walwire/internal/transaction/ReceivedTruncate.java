package io.walwire.internal.transaction;

import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.event.TruncateEvent;
import org.jspecify.annotations.Nullable;

/** A TRUNCATE of one table. */
public final class ReceivedTruncate extends ReceivedChange implements TruncateEvent<Row> {
    private final boolean cascade;
    private final boolean restartIdentity;

    ReceivedTruncate(TransactionHeader header, Table table, long index, boolean cascade, boolean restartIdentity) {
        super(header, table, index);
        this.cascade = cascade;
        this.restartIdentity = restartIdentity;
    }

    @Override
    public Event event() {
        return this;
    }

    @Override
    public Kind kind() {
        return Kind.TRUNCATE;
    }

    @Override
    public @Nullable Row key() {
        return null;
    }

    @Override
    public boolean cascade() {
        return cascade;
    }

    @Override
    public boolean restartIdentity() {
        return restartIdentity;
    }
}
