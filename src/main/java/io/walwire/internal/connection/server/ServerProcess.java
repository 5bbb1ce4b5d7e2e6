package io.walwire.internal.connection.server;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The server's process of a connection, as another connection sees it.
 *
 * @param pid its number
 * @param serverStart when its server started, in microseconds: another server may have a process of that number
 * @param address where its server listens, as the server has it: one name may lead to several servers
 */
public record ServerProcess(int pid, long serverStart, String address) {
    private static final String SERVER_START =
            "(pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time()) * 1000000)::pg_catalog.int8";

    private static final String ADDRESS =
            "pg_catalog.concat_ws(' ', pg_catalog.inet_server_addr(), pg_catalog.inet_server_port())";

    private static final String OWN = "SELECT pg_catalog.pg_backend_pid(), " + SERVER_START + ", " + ADDRESS;

    /** One that waits for its client, which waits for it, does so for ever. */
    private static final String IS_CUT_OFF =
            """
            SELECT CASE WHEN {start} = ? THEN NOT EXISTS (
                SELECT FROM pg_catalog.pg_stat_activity a
                WHERE a.pid = ? AND coalesce(a.wait_event_type, '') <> 'Client') ELSE {address} = ? END""".replace("{start}", SERVER_START).replace("{address}", ADDRESS);

    /**
     * That of a connection. It may be another one in a later transaction, behind a pooler.
     *
     * @param connection is asked
     * @throws SQLException if it is lost
     */
    public static ServerProcess of(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(OWN)) {
            row.next();
            return new ServerProcess(row.getInt(1), row.getLong(2), row.getString(3));
        }
    }

    /**
     * Whether the process is gone, as all are when the server has started again, or waits for its client.
     *
     * @param other another connection; of another server, nothing is known of the process
     * @throws SQLException if the server cannot be asked
     */
    public boolean isCutOff(Connection other) throws SQLException {
        try (PreparedStatement statement = other.prepareStatement(IS_CUT_OFF)) {
            statement.setLong(1, serverStart);
            statement.setInt(2, pid);
            statement.setString(3, address);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }
}
