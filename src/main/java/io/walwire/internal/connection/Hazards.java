package io.walwire.internal.connection;

import io.walwire.internal.text.SqlIdentifiers;
import io.walwire.internal.text.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What lets a stream begin, and does harm later: to be warned of. */
final class Hazards {
    private static final Logger LOG = LoggerFactory.getLogger(Hazards.class);

    /** A publication of all tables may have thousands. */
    private static final int MOST_NAMED = 10;

    private static final String WITHOUT_IDENTITY = """
            SELECT DISTINCT t.schemaname, t.tablename
            FROM pg_catalog.pg_publication p
            JOIN {published tables} t ON t.pubname = p.pubname
            JOIN pg_catalog.pg_namespace n ON n.nspname = t.schemaname
            JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = t.tablename
            WHERE p.pubname = ANY (?) AND (p.pubupdate OR p.pubdelete)
              AND (c.relreplident = 'n' OR (c.relreplident = 'd' AND NOT EXISTS (
                  SELECT 1 FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)))
            ORDER BY 1, 2""";

    private Hazards() {}

    /** Bytes that are no UTF-8 are sent to nobody: the server fails at them, again and again. */
    static void warnOfEncoding(Connection connection, Database database) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_catalog.pg_encoding_to_char(encoding)"
                        + " FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()")) {
            if (row.next() && "SQL_ASCII".equals(row.getString(1))) {
                LOG.warn(
                        "Database {} has the encoding SQL_ASCII, so that its text may hold any bytes. PostgreSQL fails to"
                                + " send what is not valid UTF-8, and the stream ends for good at such a value (SQLSTATE"
                                + " 22021). Move the data to a database with ENCODING 'UTF8'.",
                        database.display());
            }
        }
    }

    /** The application's own statements fail on such tables, because they are published. */
    static void warnOfTablesWithoutIdentity(Connection connection, List<String> publications) throws SQLException {
        List<TableName> without = new ArrayList<>();
        try (PreparedStatement statement =
                connection.prepareStatement(PublishedTables.in(WITHOUT_IDENTITY, connection))) {
            statement.setArray(1, connection.createArrayOf("text", publications.toArray()));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    without.add(new TableName(rows.getString(1), rows.getString(2)));
                }
            }
        }
        if (without.isEmpty()) {
            return;
        }
        List<String> named =
                without.stream().limit(MOST_NAMED).map(TableName::toString).toList();
        LOG.warn(
                "PostgreSQL refuses every UPDATE and DELETE on {}{}: published, but without a replica identity. Give each a"
                        + " primary key, or run: ALTER TABLE {}.{} REPLICA IDENTITY FULL;",
                String.join(", ", named),
                without.size() > MOST_NAMED ? " and " + (without.size() - MOST_NAMED) + " more" : "",
                SqlIdentifiers.quote(without.get(0).schema()),
                SqlIdentifiers.quote(without.get(0).table()));
    }
}
