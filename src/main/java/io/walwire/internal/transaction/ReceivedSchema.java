package io.walwire.internal.transaction;

import io.walwire.event.Event;
import io.walwire.event.EventId;
import io.walwire.event.Kind;
import io.walwire.event.SchemaEvent;
import io.walwire.event.TableSchema;
import org.jspecify.annotations.Nullable;

/** Another definition of a table. */
public final class ReceivedSchema extends ReceivedChange implements SchemaEvent {
    private final @Nullable TableSchema before;
    private final TableSchema after;

    /**
     * A change of the table itself.
     *
     * @param table the table as it is now
     * @param before what it was
     * @param next the index of the change that follows
     */
    ReceivedSchema(TransactionHeader header, Table table, @Nullable TableSchema before, long next) {
        super(header, table, next);
        this.before = before;
        this.after = table.schemaNow();
    }

    @Override
    public Event event() {
        return this;
    }

    @Override
    public Kind kind() {
        return Kind.SCHEMA;
    }

    /** It takes no index from the changes. */
    @Override
    public EventId id() {
        return new EventId(header().position(), -1 - place());
    }

    @Override
    public @Nullable TableSchema before() {
        return before;
    }

    @Override
    public TableSchema after() {
        return after;
    }
}
