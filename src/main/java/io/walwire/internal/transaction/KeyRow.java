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
import org.jspecify.annotations.Nullable;

/** The key's columns of a row, and no others. */
record KeyRow(Row row, Table table) implements Row {
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
        return EventJson.of((TupleRow) row, table.key());
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
                                    ", ", table.key().stream().map(Column::name).toList()) + ". [VALUE]");
        }
        return column;
    }
}
