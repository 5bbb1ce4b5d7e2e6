package io.walwire.internal.connection.publication;

import io.walwire.error.Advice;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.text.SqlIdentifiers;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/** PostgreSQL decodes no change of a table that two publications of one stream publish with different columns. */
public final class ColumnLists {
    /** The first version with column lists. */
    private static final int SINCE = 15;

    private static final String CONTRADICTIONS = """
            SELECT schemaname, tablename, pg_catalog.string_agg(pg_catalog.quote_ident(pubname), ', ' ORDER BY pubname)
            FROM {published tables} t WHERE pubname = ANY (?)
            GROUP BY schemaname, tablename HAVING pg_catalog.count(DISTINCT attnames) > 1
            ORDER BY schemaname, tablename LIMIT 1""";

    private ColumnLists() {}

    /** Makes sure that there is no such table. */
    public static void requireAlike(Connection connection, Database database, List<String> names) throws SQLException {
        if (names.size() < 2 || connection.getMetaData().getDatabaseMajorVersion() < SINCE) {
            return;
        }
        try (PreparedStatement statement =
                connection.prepareStatement(PublishedTables.in(CONTRADICTIONS, connection))) {
            statement.setArray(1, connection.createArrayOf("text", names.toArray()));
            try (ResultSet row = statement.executeQuery()) {
                if (row.next()) {
                    throw contradiction(row.getString(1), row.getString(2), row.getString(3), database);
                }
            }
        }
    }

    private static WalwireException contradiction(String schema, String table, String publications, Database database) {
        String quoted = SqlIdentifiers.quote(schema) + "." + SqlIdentifiers.quote(table);
        return new WalwireException(
                ErrorCode.PUBLICATION,
                "Publications " + publications + " on " + database.display() + " publish table " + schema + "." + table
                        + " with different columns, and PostgreSQL cannot send its changes to one stream of both.",
                new Advice(
                        "Give walwire.publication one of them alone, or take the table out of the other. Of changes made before"
                                + " that the stream still fails: skip them with pg_replication_slot_advance, or give one"
                                + " publication alone.",
                        "ALTER PUBLICATION <the other> DROP TABLE " + quoted + ";"));
    }
}
