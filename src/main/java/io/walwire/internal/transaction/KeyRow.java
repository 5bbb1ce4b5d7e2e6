package io.walwire.internal.transaction;

import io.walwire.error.ValueException;
import io.walwire.error.ValueException.Reason;
import io.walwire.event.Column;
import io.walwire.event.ColumnState;
import io.walwire.event.Row;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The key's columns of a row, and no others. Two are equal where they name the same row of the same table, whatever the
 * order of the columns and the format in which the values came.
 */
record KeyRow(TupleRow row, Table table) implements Row {
    @Override
    public boolean equals(@Nullable Object other) {
        if (this == other) {
            return true;
        }
        if (!(other instanceof KeyRow key)
                || !table.isNamedAs(key.table)
                || table.key().size() != key.table.key().size()) {
            return false;
        }
        for (int position : table.keyPositions()) {
            Integer there = key.table.position(table.columns().get(position).name());
            if (there == null
                    || !key.isKeyPosition(there)
                    || !Objects.equals(row.keyText(position), key.row.keyText(there))) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int hashCode() {
        int hash = table.qualifiedName().hashCode();
        for (int position : table.keyPositions()) {
            // a sum, for the order of the columns does not count
            hash += table.columns().get(position).name().hashCode() * 31 ^ Objects.hashCode(row.keyText(position));
        }
        return hash;
    }

    private boolean isKeyPosition(int position) {
        for (int of : table.keyPositions()) {
            if (of == position) {
                return true;
            }
        }
        return false;
    }

    /** Shows no value. */
    @Override
    public String toString() {
        return "Key of " + table.qualifiedName();
    }

    @Override
    public List<Column> columns() {
        return table.key();
    }

    @Override
    public ColumnState state(String column) {
        return row.state(keyColumn(column));
    }

    @Override
    public boolean isKnown(String column) {
        return isKey(column) && row.isKnown(column);
    }

    @Override
    public @Nullable Object get(String column) {
        return row.get(keyColumn(column));
    }

    @Override
    public <T> @Nullable T get(String column, Class<T> type) {
        return row.get(keyColumn(column), type);
    }

    @Override
    public @Nullable String text(String column) {
        return row.text(keyColumn(column));
    }

    @Override
    public Map<String, @Nullable Object> toMap() {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        for (Column column : table.key()) {
            if (row.isKnown(column.name())) {
                map.put(column.name(), row.get(column.name()));
            }
        }
        return Collections.unmodifiableMap(map);
    }

    @Override
    public String toJson() {
        return EventJson.of(row, table.key());
    }

    private boolean isKey(String column) {
        return table.key().stream().anyMatch(key -> key.name().equals(column));
    }

    private String keyColumn(String column) {
        if (!isKey(column)) {
            String where = table.source().qualifiedTable();
            throw new ValueException(
                    Reason.UNKNOWN_COLUMN,
                    where,
                    column,
                    null,
                    null,
                    "The key of " + where + " has no column " + column + "; it has "
                            + String.join(
                                    ", ", table.key().stream().map(Column::name).toList()) + ".");
        }
        return column;
    }
}
