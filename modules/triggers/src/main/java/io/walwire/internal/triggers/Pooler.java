package io.walwire.internal.triggers;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.postgresql.PGConnection;

/**
 * Refuses a connection pooler between this process and the server, such as PgBouncer. Where a pooler gives each transaction to
 * whichever session is free, locks and LISTEN belong to nobody. That cannot be seen from outside: a pool with one client
 * looks like a session of one's own. So a pooler is refused unless the configuration says that it is in session mode.
 *
 * @param display where, for messages
 * @param trusted whether the configuration says that a pooler is in session mode
 */
public record Pooler(String display, boolean trusted) {
    /** How often a pooler is asked that is said to be in session mode. */
    private static final int LOOKS = 3;

    /**
     * Makes sure that a connection has a session of its own at the server. Before any lock is taken: one that is taken in a
     * shared session cannot be given back for certain.
     *
     * @param connection an open connection, which is idle and in autocommit mode
     * @return the session's backend
     * @throws SQLException if the server does not answer
     * @throws WalwireException if it has not
     */
    public int requireOwnSession(Connection connection) throws SQLException {
        int backend = backend(connection);
        // a server announces its own process; a pooler has none to announce, and invents a number
        if (connection.unwrap(PGConnection.class).getBackendPID() == backend) {
            return backend;
        }
        if (!trusted) {
            throw new WalwireException(
                    ErrorCode.CONNECTION,
                    answers() + ". The trigger source needs a session of its own, for LISTEN and for its locks.",
                    "Connect to the"
                            + " host and port of the PostgreSQL server itself. If it is a pool in session mode, or another proxy"
                            + " that keeps one session for each connection: set walwire.triggers.session-pooler=true.");
        }
        for (int i = 0; i < LOOKS; i++) {
            requireSame(backend, backend(connection));
        }
        return backend;
    }

    /**
     * Makes sure that a connection has still the session that it had.
     *
     * @param before the session's backend then
     * @param now the backend that answers now
     * @throws WalwireException if it has not
     */
    public void requireSame(int before, int now) {
        if (before != now) {
            throw new WalwireException(
                    ErrorCode.CONNECTION,
                    answers() + ", and gives the same server session to several clients: backend " + before
                            + " answered first, and now " + now
                            + ".",
                    "Connect to the host and port of the PostgreSQL server" + " itself, or to a pool in session mode.");
        }
    }

    private String answers() {
        return "A connection pooler, such as PgBouncer, answers on " + display;
    }

    private static int backend(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_catalog.pg_backend_pid()")) {
            row.next();
            return row.getInt(1);
        }
    }
}
