package io.walwire.internal.backfill;

import io.walwire.internal.text.TableName;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The query that finds the tables with rows below a table, and how a sender sends them. It locks no table. */
final class CatalogSql {
    /**
     * As pgoutput has it, a partition whose detaching has begun is none any more. What attaches a partition gets another {@code xmin} each time
     * that the partition is attached.
     */
    private static final String TABLES = """
            WITH RECURSIVE named (name) AS (SELECT pg_catalog.unnest(?::pg_catalog.text[])),
            down (oid, relkind) AS (
              SELECT c.oid, c.relkind
              FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
              WHERE {which}
              UNION ALL
              SELECT c.oid, c.relkind
              FROM down d JOIN pg_catalog.pg_inherits i ON i.inhparent = d.oid AND NOT i.inhdetachpending
              JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
              WHERE d.relkind = 'p'),
            up (leaf, oid, level, attached) AS (
              SELECT d.oid, d.oid, 0, '' FROM down d WHERE d.relkind <> 'p'
              UNION ALL
              SELECT u.leaf, i.inhparent, u.level + 1, pg_catalog.concat_ws(' ', u.attached, i.xmin)
              FROM up u JOIN pg_catalog.pg_class c ON c.oid = u.oid AND c.relispartition
              JOIN pg_catalog.pg_inherits i ON i.inhrelid = u.oid AND NOT i.inhdetachpending),
            {top}
            """;

    private static final String SENDING = TABLES.replace("{which}", "n.nspname = ? AND c.relname = ?") + """
            SELECT d.oid::pg_catalog.int8, t.sending
            FROM down d LEFT JOIN top t ON t.leaf = d.oid
            WHERE d.relkind <> 'p'""";

    private static final String LEAVES = TABLES.replace("{which}", "c.oid = ?::pg_catalog.oid") + """
            SELECT c.oid::pg_catalog.int8, n.nspname, c.relname, c.relkind, c.relpersistence, c.relfilenode::pg_catalog.int8,
                   coalesce((SELECT m.amname FROM pg_catalog.pg_am m WHERE m.oid = c.relam), '') AS access_method,
                   pg_catalog.has_table_privilege(c.oid, 'SELECT') AS readable,
                   pg_catalog.row_security_active(c.oid) AS row_security,
                   {columns of c} AS columns,
                   coalesce(a.oid, 0)::pg_catalog.int8 AS sent_as, an.nspname AS sent_schema, a.relname AS sent_name,
                   pg_catalog.concat_ws('; ', a.relreplident, c.relreplident, {keys of a}, {columns of a}) AS sent_definition,
                   f.columns AS sent_columns,
                   CASE WHEN f.whole THEN NULL ELSE f.filter END AS filter,
                   coalesce(f.updates, false) AS updates, t.sending
            FROM down d
            JOIN pg_catalog.pg_class c ON c.oid = d.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN top t ON t.leaf = c.oid
            LEFT JOIN pg_catalog.pg_class a ON a.oid = t.oid LEFT JOIN pg_catalog.pg_namespace an ON an.oid = a.relnamespace
            LEFT JOIN LATERAL ({columns}) f ON true
            WHERE d.relkind <> 'p'
            ORDER BY 2, 3""";

    private static final String COLUMNS = """
            (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', l.attnum, pg_catalog.quote_ident(l.attname), l.atttypid,
                      l.atttypmod, l.attcollation, l.attgenerated), ', ' ORDER BY l.attnum)
             FROM pg_catalog.pg_attribute l WHERE l.attrelid = {of}.oid AND l.attnum > 0 AND NOT l.attisdropped)""";

    private static final String KEYS = """
            (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', i.indexrelid, i.indkey, i.indisreplident), ', '
                      ORDER BY i.indexrelid)
             FROM pg_catalog.pg_index i WHERE i.indrelid = {of}.oid AND (i.indisprimary OR i.indisreplident))""";

    private CatalogSql() {}

    /** The query for servers of a version; its parameters are the sender's names and the OID. */
    static String leaves(Sender sender, int version) {
        return LEAVES.replace("{top}", sender.top(version))
                .replace("{columns}", sender.columns(version))
                .replace("{columns of c}", COLUMNS.replace("{of}", "c"))
                .replace("{columns of a}", COLUMNS.replace("{of}", "a"))
                .replace("{keys of a}", KEYS.replace("{of}", "a"));
    }

    /**
     * Reads all tables with rows below a table; of a table without partitions that one alone.
     *
     * @param connection to the server
     * @param sender what sends their changes
     * @param oid the table
     * @return in the order of their names; empty if there is no such table
     */
    static List<LeafFacts> leaves(Connection connection, Sender sender, long oid) throws SQLException {
        int version = connection.getMetaData().getDatabaseMajorVersion();
        try (PreparedStatement query = connection.prepareStatement(leaves(sender, version))) {
            return leaves(query, sender, oid);
        }
    }

    /** As {@link #leaves(Connection, Sender, long)}, by a statement that was prepared for {@link #leaves(Sender, int)}. */
    static List<LeafFacts> leaves(PreparedStatement query, Sender sender, long oid) throws SQLException {
        List<LeafFacts> found = new ArrayList<>();
        query.setArray(
                1, query.getConnection().createArrayOf("text", sender.names().toArray()));
        query.setLong(2, oid);
        try (ResultSet row = query.executeQuery()) {
            while (row.next()) {
                found.add(facts(row));
            }
        }
        return found;
    }

    /**
     * Looks whether a plan still has all tables with rows below a table.
     *
     * @param connection to the server
     * @param sender what sends their changes
     * @param table the table
     * @return {@link LeafFacts#sending} by their OIDs; empty if there is no such table
     */
    static Map<Long, @Nullable String> sending(Connection connection, Sender sender, TableName table)
            throws SQLException {
        Map<Long, @Nullable String> sending = new HashMap<>();
        int version = connection.getMetaData().getDatabaseMajorVersion();
        try (PreparedStatement query = connection.prepareStatement(SENDING.replace("{top}", sender.top(version)))) {
            query.setArray(1, connection.createArrayOf("text", sender.names().toArray()));
            query.setString(2, table.schema());
            query.setString(3, table.table());
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    sending.put(row.getLong(1), row.getString(2));
                }
            }
        }
        return sending;
    }

    private static LeafFacts facts(ResultSet row) throws SQLException {
        String sentSchema = row.getString("sent_schema");
        String sentName = row.getString("sent_name");
        return new LeafFacts(
                row.getLong(1),
                new TableName(row.getString(2), row.getString(3)),
                row.getString(4).charAt(0),
                row.getString(5).charAt(0),
                row.getLong(6),
                row.getString("access_method"),
                row.getBoolean("readable"),
                row.getBoolean("row_security"),
                String.valueOf(row.getString("columns")),
                row.getLong("sent_as"),
                sentSchema == null || sentName == null ? null : new TableName(sentSchema, sentName),
                String.valueOf(row.getString("sent_definition")),
                texts(row.getArray("sent_columns")),
                row.getString("filter"),
                row.getBoolean("updates"),
                row.getString("sending"));
    }

    private static List<String> texts(@Nullable Array array) throws SQLException {
        return array == null ? List.of() : List.of((String[]) array.getArray());
    }
}
