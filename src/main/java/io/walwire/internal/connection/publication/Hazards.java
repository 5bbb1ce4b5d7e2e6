package io.walwire.internal.connection.publication;

import io.walwire.internal.connection.catalog.Inheritance;
import io.walwire.internal.connection.publication.RefusedChanges.Reason;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.log.Logs;
import io.walwire.internal.text.ShortList;
import io.walwire.internal.text.TableName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.slf4j.Logger;

/** Warnings of what does not keep a stream from beginning, and does harm later. */
public final class Hazards {
    private static final Logger LOG = Logs.of(Hazards.class);

    private Hazards() {}

    /** Bytes that are no UTF-8 are sent to nobody: the server fails at them, again and again. */
    public static void warnOfEncoding(Connection connection, Database database) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_catalog.pg_encoding_to_char(encoding)"
                        + " FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()")) {
            if (row.next() && "SQL_ASCII".equals(row.getString(1))) {
                LOG.warn(
                        "Database {} has the encoding SQL_ASCII, so its text may hold any bytes. PostgreSQL fails to"
                                + " send what is not valid UTF-8, and the stream ends for good at such a value (SQLSTATE"
                                + " 22021). Move the data to a database with ENCODING 'UTF8'.",
                        database.display());
            }
        }
    }

    /** They look like rows of the table that is subscribed, and are none. */
    public static void warnOfUnheardChildren(List<Inheritance> unheard) {
        unheard.forEach(each -> LOG.warn("Table {}: {}", each.parent(), each.sentence()));
    }

    /** The application's own statements fail on such tables, because they are published. */
    public static void warnOfTablesWithoutIdentity(Connection connection, List<String> publications)
            throws SQLException {
        List<RefusedChanges> refused = RefusedChanges.of(connection, publications);
        for (RefusedChanges each : refused) {
            if (each.reason() != Reason.IDENTITY) {
                LOG.warn("PostgreSQL refuses updates or deletes of {}: {}", each.table(), each.why());
            }
        }
        List<TableName> without = refused.stream()
                .filter(each -> each.reason() == Reason.IDENTITY)
                .map(RefusedChanges::table)
                .distinct()
                .toList();
        if (without.isEmpty()) {
            return;
        }
        LOG.warn(
                "PostgreSQL refuses every UPDATE and DELETE on {}: published, but without a replica identity. Give each a"
                        + " primary key that is not deferrable{}",
                ShortList.of(without),
                refused.stream()
                        .filter(each -> each.reason() == Reason.IDENTITY && each.fullHelps())
                        .findFirst()
                        .map(each -> ", or run: " + PublicationSql.full(each.table()))
                        .orElse("."));
    }
}
