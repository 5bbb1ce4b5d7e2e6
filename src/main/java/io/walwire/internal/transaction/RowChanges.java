package io.walwire.internal.transaction;

import io.walwire.event.Change;
import io.walwire.event.Changes;
import io.walwire.internal.pgoutput.PgOutputMessage.OldRow;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which columns differ between two rows: by PostgreSQL's own text, so that nothing is decoded to compare it. */
record RowChanges(boolean complete, List<Change> list) implements Changes {
    /** The changes, or null where only the key is known and it is equal, so that nothing can be said. */
    static @Nullable Changes between(Table table, TupleRow before, TupleRow after, OldRow oldKind) {
        List<Change> changes = new ArrayList<>();
        boolean complete = oldKind == OldRow.FULL;
        for (int i = 0; i < table.columns().size(); i++) {
            if (!before.isKnown(i) || !after.isKnown(i)) {
                complete = false;
            } else if (!before.sameAt(i, after)) {
                changes.add(new ColumnChange(i, before, after));
            }
        }
        return changes.isEmpty() && !complete ? null : new RowChanges(complete, List.copyOf(changes));
    }

    @Override
    public @Nullable Change get(String column) {
        for (Change change : list) {
            if (change.column().equals(column)) {
                return change;
            }
        }
        return null;
    }

    /** One column's difference, by its position. */
    record ColumnChange(int position, TupleRow before, TupleRow after) implements Change {
        @Override
        public String column() {
            return after.columns().get(position).name();
        }

        @Override
        public @Nullable Object oldValue() {
            return before.get(position);
        }

        @Override
        public @Nullable Object newValue() {
            return after.get(position);
        }

        @Override
        public String toString() {
            return column();
        }
    }
}
