package io.walwire.internal.transaction;

import io.walwire.event.Changes;
import io.walwire.event.Column;
import io.walwire.event.Event;
import io.walwire.event.EventId;
import io.walwire.event.Gap;
import io.walwire.event.Kind;
import io.walwire.event.LogicalMessage;
import io.walwire.event.Lsn;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.event.SchemaChange;
import io.walwire.event.Source;
import io.walwire.event.Truncate;
import io.walwire.internal.pgoutput.PgOutputMessage.OldRow;
import io.walwire.internal.pgoutput.TupleData;
import java.time.Instant;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A change of a table. Rows are taken apart when they are first asked for; two threads that ask at once may both do so, and
 * get equal rows, which are immutable.
 */
public class ChangeEvent implements RowEvent<Row> {
    private final TransactionHeader header;
    private final Table table;
    private final Kind kind;
    private final long index;
    private final OldRow oldKind;
    private final @Nullable TupleData oldTuple;
    private final @Nullable TupleData newTuple;

    private @Nullable TupleRow oldRow;
    private @Nullable TupleRow newRow;

    ChangeEvent(
            TransactionHeader header,
            Table table,
            Kind kind,
            long index,
            OldRow oldKind,
            @Nullable TupleData oldTuple,
            @Nullable TupleData newTuple) {
        this.header = header;
        this.table = table;
        this.kind = kind;
        this.index = index;
        this.oldKind = oldKind;
        this.oldTuple = oldTuple;
        this.newTuple = newTuple;
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

    OldRow oldKind() {
        return oldKind;
    }

    @Nullable
    TupleData oldTuple() {
        return oldTuple;
    }

    /** The row as it is now, as it was sent; null where there is none. */
    public @Nullable TupleData newTuple() {
        return newTuple;
    }

    @Override
    public String name() {
        return table.source().table();
    }

    @Override
    public Kind kind() {
        return kind;
    }

    @Override
    public Source source() {
        return table.source();
    }

    @Override
    public EventId id() {
        return new EventId(header.position(), index());
    }

    @Override
    public @Nullable Row key() {
        TupleRow row = keyed();
        return row == null ? null : new KeyRow(row);
    }

    /** The key before an update that changed it; null where the key is the same or was not sent. */
    public @Nullable Row oldKey() {
        TupleRow before = kind == Kind.UPDATE ? oldRecord() : null;
        Row key = key();
        if (key == null || before == null || !before.knowsKey()) {
            return null;
        }
        Row was = new KeyRow(before);
        return was.equals(key) ? null : was;
    }

    /** The row that has the key; null where none has all of it. */
    @Nullable
    TupleRow keyed() {
        TupleRow row = newRecord() != null ? newRecord() : oldRecord();
        return row != null && row.knowsKey() ? row : null;
    }

    @Override
    public @Nullable TupleRow newRecord() {
        TupleRow row = newRow;
        if (row == null && newTuple != null) {
            row = new TupleRow(table, newTuple, OldRow.ABSENT, oldRecord());
            newRow = row;
        }
        return row;
    }

    @Override
    public @Nullable TupleRow oldRecord() {
        TupleRow row = oldRow;
        if (row == null && oldTuple != null) {
            row = new TupleRow(table, oldTuple, oldKind, null);
            oldRow = row;
        }
        return row;
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
    public ChangeEvent copyOf(Set<String> names) {
        if (!kind.isRow()) {
            return this;
        }
        BitSet kept = new BitSet(table.columns().size());
        for (int i = 0; i < table.columns().size(); i++) {
            kept.set(i, names.contains(table.columns().get(i).name()));
        }
        for (int position : table.keyPositions()) {
            kept.set(position);
        }
        TupleData before = oldTuple == null ? null : oldTuple.copyOf(kept::get);
        TupleData after = newTuple == null ? null : newTuple.copyOf(kept::get);
        return new ChangeEvent(header.withoutContext(), table, kind, index, oldKind, before, after);
    }

    @Override
    public Row row() {
        Row row = kind == Kind.DELETE ? oldRecord() : newRecord();
        if (row == null) {
            throw new IllegalStateException(
                    "A " + kind.jsonName() + " of " + source().qualifiedTable() + " has no row");
        }
        return row;
    }

    @Override
    public @Nullable Changes changes() {
        TupleRow before = oldRecord();
        TupleRow after = newRecord();
        return before == null || after == null ? null : RowChanges.between(table, before, after, oldKind);
    }

    @Override
    public List<String> unavailable() {
        TupleRow after = newRecord();
        return after == null ? List.of() : after.unavailable();
    }

    @Override
    public @Nullable Truncate truncate() {
        return null;
    }

    @Override
    public @Nullable SchemaChange schemaChange() {
        return null;
    }

    @Override
    public @Nullable Gap gap() {
        return null;
    }

    @Override
    public @Nullable LogicalMessage message() {
        return null;
    }

    @Override
    public @Nullable String context() {
        return header.contextText();
    }

    @Override
    public Instant timestamp() {
        return header.timestamp();
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
    public long index() {
        return kind == Kind.SCHEMA ? -1 - index : index;
    }

    @Override
    public @Nullable String origin() {
        return header.origin();
    }

    /** This one already holds no more than its own bytes. */
    @Override
    public Event detach() {
        return this;
    }

    @Override
    public String toJson() {
        return EventJson.of(this);
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
        return kind.jsonName() + " " + source().qualifiedTable() + " " + id();
    }
}
