package io.walwire.internal.connection.publication;

import io.walwire.internal.codec.PgType;
import io.walwire.internal.connection.catalog.CatalogTypes;
import io.walwire.internal.transaction.BinaryColumns;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Whether everything that is published can be read exactly in binary. */
public final class InexactColumns {
    /**
     * One row for each type of a published column, with the first column that has it: there may be many thousands of columns, and
     * few types. Every enum is exact, so that a schema with many of them answers with few rows too.
     */
    private static final String TYPES = """
            SELECT used.type, n.nspname, c.relname, a.attname
            FROM (SELECT a.atttypid AS type,
                         pg_catalog.min((t.relid::pg_catalog.int8 << 16) + a.attnum) AS first
                  FROM {published tables} t
                  JOIN pg_catalog.pg_attribute a ON a.attrelid = t.relid AND {is sent}
                  WHERE t.pubname = ANY (?)
                  GROUP BY a.atttypid) used
            JOIN pg_catalog.pg_type y ON y.oid = used.type AND y.typtype <> 'e'
            JOIN pg_catalog.pg_attribute a
              ON a.attrelid = (used.first >> 16)::pg_catalog.oid AND a.attnum = (used.first & 65535)::pg_catalog.int2
            JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            ORDER BY n.nspname, c.relname, a.attnum""";

    private InexactColumns() {}

    /**
     * Looks for a published column whose values a stream in binary would not give exactly as one in text does.
     *
     * @param connection a plain one
     * @param publications their raw names; one that does not exist publishes nothing
     * @return the first such column and its type, and what is wrong with it, to go on after "because"; empty if there is none
     * @throws SQLException if the catalog cannot be read
     */
    public static Optional<String> first(Connection connection, List<String> publications) throws SQLException {
        Map<Long, String> columns = columns(connection, publications);
        CatalogTypes types = new CatalogTypes();
        types.load(connection, columns.keySet());
        for (Map.Entry<Long, String> column : columns.entrySet()) {
            PgType type = types.resolved(column.getKey());
            if (type == null || !type.isExactInBinary()) {
                return Optional.of(BinaryColumns.inexact(
                        column.getValue(), type == null ? Long.toString(column.getKey()) : type.name()));
            }
        }
        return Optional.empty();
    }

    /** The first column of each type, by the type's OID, in the order of their names. */
    private static Map<Long, String> columns(Connection connection, List<String> publications) throws SQLException {
        Map<Long, String> columns = new LinkedHashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(
                PublishedTables.in(TYPES.replace("{is sent}", PublishedTables.IS_SENT), connection))) {
            statement.setArray(1, connection.createArrayOf("text", publications.toArray()));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    columns.put(
                            rows.getLong("type"),
                            rows.getString("nspname") + "." + rows.getString("relname") + "."
                                    + rows.getString("attname"));
                }
            }
        }
        return columns;
    }
}
