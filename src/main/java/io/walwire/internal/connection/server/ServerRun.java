package io.walwire.internal.connection.server;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A server's life from start to stop.
 *
 * @param host where it was reached
 * @param startedAt when it was started, as the server writes it
 * @param standby whether it is in recovery
 */
public record ServerRun(String host, String startedAt, boolean standby) {
    private static final String QUERY =
            "SELECT pg_catalog.to_char(pg_catalog.pg_postmaster_start_time() AT TIME ZONE 'UTC',"
                    + " 'YYYY-MM-DD HH24:MI:SS.US') || 'Z', pg_catalog.pg_is_in_recovery()";

    public static ServerRun read(Connection connection, String host) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(QUERY)) {
            row.next();
            return new ServerRun(host, row.getString(1), row.getBoolean(2));
        }
    }
}
