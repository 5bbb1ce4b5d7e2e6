package io.walwire.internal.lanes;

import io.walwire.event.Column;
import io.walwire.event.ColumnState;
import io.walwire.event.Kind;
import io.walwire.event.ReplicaIdentity;
import io.walwire.event.Row;
import io.walwire.internal.transaction.KeyTexts;
import io.walwire.internal.transaction.ReceivedChange;
import io.walwire.internal.transaction.Table;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which rows a change is about: one, or the two that an update of a key leads from and to. */
public enum RowKeys {
    /** Equal for whatever may be one row: of types whose equality is not known here the values are left out. */
    NEVER_APART {
        @Override
        @Nullable
        String other(String text) {
            return null;
        }
    },

    /** Equal for nothing but what is one row: of types whose equality is not known here the texts are compared. */
    NEVER_TOGETHER {
        @Override
        String other(String text) {
            return text;
        }
    };

    /** A value of a type whose equality is not known. */
    abstract @Nullable String other(String text);

    /**
     * The rows that a row event is about.
     *
     * @param event an insert, update or delete
     * @return the key, and after it the one before the update where that is another; empty where the table has no key; null
     *     where PostgreSQL did not send enough to know
     */
    public @Nullable List<RowKey> of(ReceivedChange event) {
        if (event.table().key().isEmpty()) {
            return List.of();
        }
        Row key = event.key();
        if (key == null) {
            return null;
        }
        List<Column> columns = key.columns();
        RowKey now = key(event.table(), columns, key);
        Row before = event.kind() == Kind.UPDATE ? event.beforeRow() : null;
        if (now == null || (before == null && event.kind() == Kind.UPDATE && !saysWhenItChanges(event.table()))) {
            return null;
        }
        if (before == null) {
            return List.of(now);
        }
        RowKey was = key(event.table(), columns, before);
        if (was == null) {
            return null;
        }
        return was.equals(now) ? List.of(now) : List.of(now, was);
    }

    /** Of a key that is the replica identity an update sends what it was, if it changed; of another key a partition sends it. */
    private static boolean saysWhenItChanges(Table table) {
        if (table.partitionsDiffer()) {
            return false;
        }
        return table.replicaIdentity() == ReplicaIdentity.DEFAULT || table.replicaIdentity() == ReplicaIdentity.INDEX;
    }

    private @Nullable RowKey key(Table table, List<Column> columns, Row row) {
        List<@Nullable String> values = new ArrayList<>(columns.size());
        for (Column column : columns) {
            String name = column.name();
            if (!row.isKnown(name)) {
                return null;
            }
            String text = row.state(name) == ColumnState.NULL ? null : row.text(name);
            values.add(text == null ? null : canonical(column.type(), text));
        }
        return new RowKey(table.schema(), table.name(), Collections.unmodifiableList(values));
    }

    private @Nullable String canonical(String type, String text) {
        return switch (type) {
            case "int2", "int4", "int8", "oid", "bool", "uuid", "bytea", "text", "varchar", "name" -> text;
            case "date", "time", "timestamp", "timestamptz" -> text;
            case "bpchar" -> KeyTexts.padded(text);
            case "numeric", "float4", "float8" -> KeyTexts.number(text);
            default -> other(text);
        };
    }
}
