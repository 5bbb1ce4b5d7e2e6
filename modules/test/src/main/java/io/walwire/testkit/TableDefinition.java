package io.walwire.testkit;

import io.walwire.event.ReplicaIdentity;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Declares a table of a {@link WalwireKit}: its columns, its key, and what PostgreSQL would send of its old rows. */
public final class TableDefinition {
    private final String table;
    private final Map<String, String> columns = new LinkedHashMap<>();
    private List<String> primaryKey = List.of();
    private List<String> index = List.of();
    private ReplicaIdentity identity = ReplicaIdentity.DEFAULT;

    TableDefinition(String table) {
        this.table = table;
    }

    /**
     * Adds a column.
     *
     * @param name its name, literally
     * @param type as in SQL: {@code int8}, {@code bigint}, {@code text}, {@code timestamptz}, {@code numeric(10,2)},
     *     {@code text[]}; modifiers are left out, and a type that is not PostgreSQL's own, such as an enum, is read as text
     * @return this
     */
    public TableDefinition column(String name, String type) {
        Objects.requireNonNull(type, "type");
        if (columns.put(Objects.requireNonNull(name, "name"), type) != null) {
            throw new IllegalArgumentException("Table " + table + " has two columns " + name);
        }
        return this;
    }

    /**
     * The primary key; none if not called.
     *
     * @param names columns of the table
     * @return this
     */
    public TableDefinition primaryKey(String... names) {
        primaryKey = List.of(names);
        return this;
    }

    /**
     * What PostgreSQL sends of old rows, as {@code ALTER TABLE ... REPLICA IDENTITY} says it.
     *
     * @param identity {@link ReplicaIdentity#DEFAULT} if not called; for an index call {@link #replicaIdentityIndex}
     * @return this
     */
    public TableDefinition replicaIdentity(ReplicaIdentity identity) {
        if (identity == ReplicaIdentity.INDEX) {
            throw new IllegalArgumentException("Which index? Call replicaIdentityIndex with its columns");
        }
        this.identity = identity;
        return this;
    }

    /**
     * {@code REPLICA IDENTITY USING INDEX}.
     *
     * @param names the index's columns
     * @return this
     */
    public TableDefinition replicaIdentityIndex(String... names) {
        identity = ReplicaIdentity.INDEX;
        index = List.of(names);
        return this;
    }

    KitTable toTable(int oid, KitTypes types) {
        return KitTable.of(oid, table, columns, primaryKey, index, identity, types);
    }
}
