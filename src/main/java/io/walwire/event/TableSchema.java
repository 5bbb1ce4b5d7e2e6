package io.walwire.event;

import java.util.List;

/**
 * A table's definition, as far as PostgreSQL sends it with the table's changes: published columns, no constraints, no
 * defaults.
 *
 * @param oid the table's OID, an unsigned 32-bit number; a table that is dropped and recreated has another
 * @param schema its schema, unquoted
 * @param name its name, unquoted
 * @param replicaIdentity what of an old row is written
 * @param columns its columns in its own order, unmodifiable
 */
public record TableSchema(long oid, String schema, String name, ReplicaIdentity replicaIdentity, List<Column> columns) {
    /**
     * Copies the list.
     *
     * @param oid the table's OID
     * @param schema its schema
     * @param name its name
     * @param replicaIdentity what of an old row is written
     * @param columns its columns
     */
    public TableSchema {
        columns = List.copyOf(columns);
    }
}
