package io.walwire.internal.connection;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.log.Logs;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.postgresql.PGConnection;
import org.slf4j.Logger;

/** A connection pooler between this process and the server, such as PgBouncer. */
public final class Pooler {
    private static final Logger LOG = Logs.of(Pooler.class);

    private Pooler() {}

    /**
     * Makes sure that a connection has a session of its own at the server. Where a pooler gives each transaction to whichever
     * session is free, locks and LISTEN belong to nobody.
     *
     * @param database where
     * @param connection an open connection to it, which is idle
     * @throws SQLException if the server does not answer
     * @throws WalwireException if another connection gets the same session
     */
    public static void requireOwnSession(Database database, Connection connection) throws SQLException {
        int announced = connection.unwrap(PGConnection.class).getBackendPID();
        int backend = backend(connection);
        // a server announces its own process; a pooler has none to announce, and invents a number
        if (announced != backend && isGivenToOthers(database, backend)) {
            throw new WalwireException(
                    ErrorCode.CONNECTION,
                    "A connection pooler, such as PgBouncer, answers on " + database.display()
                            + " and gives the same server session to several clients. The trigger source needs a session of"
                            + " its own, for LISTEN and for its locks. Connect to the host and port of the PostgreSQL server"
                            + " itself, or to a pool in session mode. [CONNECTION]");
        }
    }

    private static boolean isGivenToOthers(Database database, int backend) {
        try (Connection other = database.open()) {
            return backend(other) == backend;
        } catch (SQLException e) {
            LOG.debug("A pool in session mode may have no second session to give", e);
            return false;
        }
    }

    private static int backend(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_catalog.pg_backend_pid()")) {
            row.next();
            return row.getInt(1);
        }
    }
}
