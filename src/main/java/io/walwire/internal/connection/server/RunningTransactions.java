package io.walwire.internal.connection.server;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** The transactions that have written something and have not ended, in all databases of a server. */
public final class RunningTransactions {
    private static final int MAX_NAMED = 3;

    /** Every role sees these locks; of the sessions of others it sees no more than this. */
    private static final String QUERY = """
            SELECT DISTINCT l.pid, coalesce(a.usename, '')
            FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
            WHERE l.locktype = 'transactionid' AND l.granted AND l.mode = 'ExclusiveLock'
              AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
            ORDER BY 1""";

    private RunningTransactions() {}

    /**
     * Names them.
     *
     * @param connection to ask on
     * @return such as {@code PID 7 (role shop), a prepared transaction}; empty if there are none
     * @throws SQLException if the server cannot be asked
     */
    public static String named(Connection connection) throws SQLException {
        List<String> found = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(QUERY)) {
            while (row.next()) {
                int pid = row.getInt(1);
                String process = row.wasNull() ? "a prepared transaction" : "PID " + pid;
                String role = row.getString(2);
                found.add(role.isEmpty() ? process : process + " (role " + role + ")");
            }
        }
        String more = found.size() > MAX_NAMED ? ", and " + (found.size() - MAX_NAMED) + " more" : "";
        return String.join(", ", found.subList(0, Math.min(found.size(), MAX_NAMED))) + more;
    }
}
