package io.walwire.internal.watch;

import io.walwire.event.Column;
import io.walwire.event.Row;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.transaction.Table;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What watches need of a table as of its changes: made once, and shared by them. */
final class TableView {
    private final Map<String, Canonical> canonicals = new HashMap<>();
    private final Map<String, PgType> types;
    private @Nullable Map<String, Boolean> identity;

    TableView(Table table) {
        types = table.typesByColumn();
        types.forEach((column, type) -> canonicals.put(column, new Canonical(type.kind(), type.name())));
    }

    /** How a column's values are compared; null where the table has no such column. */
    @Nullable
    Canonical canonical(String column) {
        return canonicals.get(column);
    }

    Map<String, PgType> types() {
        return types;
    }

    /** Whether a column is of the replica identity, so that an update that sends no old row did not change it. */
    boolean isIdentity(Row row, String column) {
        Map<String, Boolean> known = identity;
        if (known == null) {
            known = new HashMap<>();
            for (Column each : row.columns()) {
                known.put(each.name(), each.identity());
            }
            identity = known;
        }
        return known.getOrDefault(column, false);
    }
}
