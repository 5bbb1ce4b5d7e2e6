package io.walwire.internal.connection.publication;

import io.walwire.error.Advice;
import io.walwire.internal.text.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which tables a publication can have. */
public final class Publishable {
    private static final String ALL = """
            SELECT n.nspname, c.relname
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p' AND NOT c.relispartition
              AND n.nspname <> 'information_schema' AND NOT starts_with(n.nspname, 'pg_')
            ORDER BY 1, 2""";

    private static final String ROOTS = """
            SELECT n.nspname, c.relname
            FROM pg_catalog.pg_class l JOIN pg_catalog.pg_namespace m ON m.oid = l.relnamespace
            CROSS JOIN LATERAL pg_catalog.pg_partition_ancestors(l.oid) a
            JOIN pg_catalog.pg_class c ON c.oid = a.relid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE m.nspname = ? AND l.relname = ?""";

    private static final String PERSISTENCE = """
            SELECT c.relpersistence
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND c.relname = ? AND c.relkind IN ('r', 'p')""";

    private Publishable() {}

    /**
     * The tables of today, of partitioned ones the root, but for those whose updates or deletes the server would refuse.
     *
     * @param connection a plain connection
     * @param refused what it would refuse; see {@link RefusedChanges#ifPublished}
     * @return the others
     * @throws SQLException if the catalog cannot be read
     */
    public static Set<TableName> without(Connection connection, Collection<RefusedChanges> refused)
            throws SQLException {
        Set<TableName> tables = tables(connection, ALL);
        for (RefusedChanges each : refused) {
            tables.remove(each.table());
            tables.removeAll(tables(
                    connection, ROOTS, each.table().schema(), each.table().table()));
        }
        return tables;
    }

    private static Set<TableName> tables(Connection connection, String sql, String... parameters) throws SQLException {
        Set<TableName> tables = new LinkedHashSet<>();
        try (PreparedStatement query = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                query.setString(i + 1, parameters[i]);
            }
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    tables.add(new TableName(rows.getString(1), rows.getString(2)));
                }
            }
        }
        return tables;
    }

    /**
     * Why no publication can have a table.
     *
     * @param connection a plain connection
     * @param table the table
     * @return why, and what to do; null if one can
     * @throws SQLException if the catalog cannot be read
     */
    public static @Nullable Advice whyNot(Connection connection, TableName table) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(PERSISTENCE)) {
            query.setString(1, table.schema());
            query.setString(2, table.table());
            try (ResultSet row = query.executeQuery()) {
                if (!row.next()) {
                    return Advice.of("There is no such table.");
                }
                return switch (row.getString(1)) {
                    case "u" ->
                        new Advice(
                                "It is unlogged, and PostgreSQL publishes no such table. This changes that, writes the whole"
                                        + " table to the WAL and locks it meanwhile:",
                                "ALTER TABLE " + PublicationSql.quoted(table) + " SET LOGGED;");
                    case "t" -> Advice.of("It is temporary, and PostgreSQL publishes no such table.");
                    default -> null;
                };
            }
        }
    }
}
