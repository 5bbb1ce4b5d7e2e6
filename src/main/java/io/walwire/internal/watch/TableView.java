package io.walwire.internal.watch;

import io.walwire.event.Column;
import io.walwire.event.ReplicaIdentity;
import io.walwire.event.Row;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.transaction.Table;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What watches need of a table as of its changes: made once, and shared by them. */
final class TableView {
    private final Map<String, SearchValue> canonicals = new HashMap<>();
    private final Map<String, PgType> types;
    private final boolean hasKeyIdentity;
    private @Nullable Set<String> identityKey;

    TableView(Table table) {
        boolean isKey =
                table.replicaIdentity() == ReplicaIdentity.DEFAULT || table.replicaIdentity() == ReplicaIdentity.INDEX;
        hasKeyIdentity = isKey && !table.partitionsDiffer();
        types = table.typesByColumn();
        types.forEach((column, type) -> canonicals.put(column, new SearchValue(type.kind(), type.name())));
    }

    /** How a column's values are compared; null where the table has no such column. */
    @Nullable
    SearchValue canonical(String column) {
        return canonicals.get(column);
    }

    Map<String, PgType> types() {
        return types;
    }

    /**
     * Whether a column is of a key that is the replica identity, so that an update that sends no old row did not change it.
     * Where a partition has another identity than its root, a missing old row tells nothing.
     */
    boolean isOfIdentityKey(Row row, String column) {
        Set<String> known = identityKey;
        if (known == null) {
            known = new HashSet<>();
            for (Column each : hasKeyIdentity ? row.columns() : List.<Column>of()) {
                if (each.identity()) {
                    known.add(each.name());
                }
            }
            identityKey = known;
        }
        return known.contains(column);
    }
}
