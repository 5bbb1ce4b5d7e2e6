package io.walwire.internal.transaction;

import io.walwire.event.Changes;
import io.walwire.event.Column;
import io.walwire.event.Event;
import io.walwire.event.EventId;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.event.Source;
import io.walwire.event.TransactionInfo;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Set;
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

    /** Whether rows were changed, or all were removed. */
    public boolean isOfRows() {
        return switch (kind()) {
            case INSERT, UPDATE, DELETE, TRUNCATE -> true;
            default -> false;
        };
    }

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

    /** The key before an update that changed it; null where the key is the same or was not sent. */
    public @Nullable Row oldKey() {
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

    /** Some columns of the new or the old row, as far as the table has them; null if there is no such row. */
    public @Nullable Row part(@Nullable Row row, Set<String> names) {
        return row instanceof TupleRow whole ? new RowPart(whole, columns(names)) : null;
    }

    private List<Column> columns(Set<String> names) {
        return table.columns().stream()
                .filter(column -> names.contains(column.name()))
                .toList();
    }

    /** A copy that keeps no more in memory than the key and the values of these columns. Its other columns must not be read. */
    public ReceivedChange copyOf(Set<String> names) {
        return this;
    }

    /** This one already holds no more than its own bytes. */
    public Event detach() {
        return event();
    }

    public String toJson() {
        return EventJson.of(this);
    }

    /** Writes the line of JSON in one call. */
    public void writeJson(OutputStream out) throws IOException {
        EventJson.write(this, out);
    }

    /**
     * The event with its key, and of its rows these columns alone.
     *
     * @param names none for the key alone
     */
    public String toJson(Set<String> names) {
        return EventJson.ofPart(this, names.isEmpty() ? null : columns(names));
    }

    @Override
    public String toString() {
        return kind().jsonName() + " " + source().qualifiedTable() + " " + id();
    }
}
