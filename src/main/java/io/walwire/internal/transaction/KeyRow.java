package io.walwire.internal.transaction;

import io.walwire.event.ColumnState;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.codec.ValueEquality;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The key's columns of a row, all of which are known. Two are equal where they name the same row of the same table, whatever the
 * order of the columns and the format in which the values came. They have an order, so that a hash table stays fast where many
 * have one hash code.
 */
final class KeyRow extends RowPart implements Comparable<KeyRow> {
    private final Table table;

    /** Made when it is first asked for; two threads that ask at once may both make it. */
    private @Nullable String identity;

    KeyRow(TupleRow row) {
        super(row, row.table().key());
        this.table = row.table();
    }

    /** One text for all keys that certainly name this row. */
    String identity() {
        String text = identity;
        if (text == null) {
            text = text(type -> true);
            identity = text;
        }
        return text;
    }

    /** One text for all keys that may name this row. */
    String possibleIdentity() {
        return text(ValueEquality::isExact);
    }

    /** The table, the names of the key's columns, and the values of those that are compared. */
    private String text(Predicate<PgType> isCompared) {
        StringBuilder text = new StringBuilder(table.keyIdentity());
        for (int position : table.keyPositions()) {
            PgType type = table.types().get(position);
            if (isCompared.test(type) && row().state(position) == ColumnState.VALUE) {
                Table.appendWithLength(text, ValueEquality.form(type, row().textOrBytes(position)));
            } else {
                text.append('-');
            }
        }
        return text.toString();
    }

    @Override
    public int compareTo(KeyRow other) {
        return identity().compareTo(other.identity());
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other || (other instanceof KeyRow key && identity().equals(key.identity()));
    }

    @Override
    public int hashCode() {
        return identity().hashCode();
    }

    @Override
    String display() {
        return "The key of " + table.qualifiedName();
    }

    /** Shows no value. */
    @Override
    public String toString() {
        return "Key of " + table.qualifiedName();
    }
}
