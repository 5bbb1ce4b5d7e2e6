package io.walwire.internal.transaction;

import io.walwire.event.Column;
import io.walwire.event.ColumnState;
import io.walwire.event.Row;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Some columns of a row, and no others. */
class RowPart implements Row {
    private final TupleRow row;
    private final List<Column> columns;

    /**
     * A part of a row.
     *
     * @param columns of the row's, in the row's order
     */
    RowPart(TupleRow row, List<Column> columns) {
        this.row = row;
        this.columns = columns;
    }

    /** What the columns are a part of, for messages. */
    String display() {
        return "The selected part of " + row.table().qualifiedName();
    }

    final TupleRow row() {
        return row;
    }

    @Override
    public final List<Column> columns() {
        return columns;
    }

    @Override
    public final ColumnState state(String column) {
        return row.state(require(column));
    }

    @Override
    public final boolean isKnown(String column) {
        return has(column) && row.isKnown(column);
    }

    @Override
    public final @Nullable Object get(String column) {
        return row.get(require(column));
    }

    @Override
    public final <T> @Nullable T get(String column, Class<T> type) {
        return row.get(require(column), type);
    }

    @Override
    public final @Nullable String text(String column) {
        return row.text(require(column));
    }

    @Override
    public final boolean hasValue(String column, @Nullable Object value) {
        return row.hasValue(require(column), value);
    }

    @Override
    public final Map<String, @Nullable Object> toMap() {
        return row.toMap(columns);
    }

    @Override
    public final String toJson() {
        return EventJson.of(row, columns);
    }

    private boolean has(String name) {
        for (int i = 0; i < columns.size(); i++) {
            if (columns.get(i).name().equals(name)) {
                return true;
            }
        }
        return false;
    }

    private String require(String name) {
        if (!has(name)) {
            throw row.noColumn(display(), name, columns);
        }
        return name;
    }

    /** Shows no value. */
    @Override
    public String toString() {
        return "Row of " + row.table().qualifiedName();
    }
}
