package io.walwire.internal.connection.server;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** What a plain connection sees of the server's process that streams. */
public final class Walsender {
    /** One that waits for the log or for its client would have answered; one that decodes waits for neither. */
    private static final String IS_WORKING = """
            SELECT EXISTS (
                SELECT FROM pg_catalog.pg_stat_activity a
                WHERE a.pid = ? AND a.backend_type = 'walsender'
                  AND coalesce(a.wait_event_type, '') NOT IN ('Activity', 'Client'))""";

    private Walsender() {}

    /**
     * Whether the process is there and does something else than to wait.
     *
     * @param connection a plain connection to the same server
     * @param backend the process
     * @throws SQLException if the server cannot be asked
     */
    public static boolean isWorking(Connection connection, int backend) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(IS_WORKING)) {
            statement.setInt(1, backend);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }
}
