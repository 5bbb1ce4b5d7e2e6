package io.walwire.internal.transaction;

import io.walwire.event.Changes;
import io.walwire.event.ColumnState;
import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.event.Position;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.internal.mapping.PlacedRow;
import io.walwire.internal.mapping.RowOrigin;
import io.walwire.internal.pgoutput.PgOutputMessage.OldRow;
import io.walwire.internal.pgoutput.TupleData;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An insert, update or delete, or a read. Rows are taken apart when they are first asked for; two threads that ask at once may both do
 * so, and get equal rows, which are immutable.
 */
public class ReceivedRow extends ReceivedChange implements RowEvent<Row>, RowOrigin {
    private final Kind kind;
    private final OldRow oldKind;
    private final @Nullable TupleData oldTuple;
    private final @Nullable TupleData newTuple;

    private @Nullable TupleRow oldRow;
    private @Nullable TupleRow newRow;

    ReceivedRow(
            TransactionHeader header,
            Table table,
            Kind kind,
            long index,
            OldRow oldKind,
            @Nullable TupleData oldTuple,
            @Nullable TupleData newTuple) {
        super(header, table, index);
        this.kind = kind;
        this.oldKind = oldKind;
        this.oldTuple = oldTuple;
        this.newTuple = newTuple;
    }

    @Override
    public Event event() {
        return this;
    }

    @Override
    public Kind kind() {
        return kind;
    }

    OldRow oldKind() {
        return oldKind;
    }

    @Nullable
    TupleData oldTuple() {
        return oldTuple;
    }

    /** The row as it is now, as it was sent; null if there is none. */
    public @Nullable TupleData newTuple() {
        return newTuple;
    }

    @Override
    public @Nullable Row key() {
        TupleRow row = keyed();
        return row == null ? null : new KeyRow(row);
    }

    @Override
    public @Nullable Row oldKey() {
        TupleRow before = kind == Kind.UPDATE ? beforeRow() : null;
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
        TupleRow row = afterRow() != null ? afterRow() : beforeRow();
        return row != null && row.knowsKey() ? row : null;
    }

    @Override
    public @Nullable TupleRow afterRow() {
        TupleRow row = newRow;
        if (row == null && newTuple != null) {
            row = new TupleRow(table(), newTuple, OldRow.ABSENT, beforeRow());
            newRow = row;
        }
        return row;
    }

    @Override
    public @Nullable TupleRow beforeRow() {
        TupleRow row = oldRow;
        if (row == null && oldTuple != null) {
            row = new TupleRow(table(), oldTuple, oldKind, null);
            oldRow = row;
        }
        return row;
    }

    @Override
    public ReceivedRow copyOf(Set<String> names) {
        BitSet kept = new BitSet(table().columns().size());
        for (int i = 0; i < table().columns().size(); i++) {
            kept.set(i, names.contains(table().columns().get(i).name()));
        }
        for (int position : table().keyPositions()) {
            kept.set(position);
        }
        TupleData before = oldTuple == null ? null : oldTuple.copyOf(kept::get);
        TupleData after = newTuple == null ? null : newTuple.copyOf(kept::get);
        return copy(before, after);
    }

    /** The same with other tuples. */
    ReceivedRow copy(@Nullable TupleData before, @Nullable TupleData after) {
        return new ReceivedRow(header().withoutContext(), table(), kind, place(), oldKind, before, after);
    }

    @Override
    public Row row() {
        return placedRow();
    }

    /** As {@link #row}. */
    public PlacedRow placedRow() {
        return Objects.requireNonNull(kind == Kind.DELETE ? beforeRow() : afterRow(), "row");
    }

    /** As {@link #beforeRow}. */
    public @Nullable PlacedRow placedBefore() {
        return beforeRow();
    }

    @Override
    public String tableName() {
        return table().qualifiedName();
    }

    @Override
    public Position at() {
        return transaction().position();
    }

    @Override
    public @Nullable Row before() {
        return beforeRow();
    }

    @Override
    public @Nullable Changes changes() {
        TupleRow before = beforeRow();
        TupleRow after = afterRow();
        return before == null || after == null ? null : RowChanges.between(table(), before, after, oldKind);
    }

    @Override
    public boolean unchanged(String column) {
        TupleRow before = beforeRow();
        TupleRow after = afterRow();
        Integer position = table().position(column);
        if (kind != Kind.UPDATE || after == null || position == null) {
            return false;
        }
        if (after.state(position) == ColumnState.UNCHANGED_TOAST) {
            return true;
        }
        if (before == null) { // PostgreSQL sends an old key with every update that changes it
            return table().sendsChangedKeys() && table().isIdentity(column);
        }
        return before.isKnown(position) && after.isKnown(position) && before.sameAt(position, after);
    }

    @Override
    public List<String> unavailable() {
        TupleRow after = afterRow();
        return after == null ? List.of() : after.unavailable();
    }
}
