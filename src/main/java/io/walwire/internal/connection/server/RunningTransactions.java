package io.walwire.internal.connection.server;

import io.walwire.internal.text.SqlLiterals;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The transactions that have written something and have not ended, in all databases of a server. */
public final class RunningTransactions {
    private static final int MAX_NAMED = 3;

    /** Every role sees these locks, also those of subtransactions; of the sessions of others it may see no more than PID and role. */
    private static final String QUERY = """
            SELECT l.pid, pg_catalog.max(p.gid) AS gid,
                   pg_catalog.max(coalesce(a.usename, p.owner)::pg_catalog.text) AS role,
                   pg_catalog.max(a.application_name) AS application,
                   pg_catalog.date_trunc('second', pg_catalog.min(coalesce(a.xact_start, p.prepared)))::pg_catalog.text AS since
            FROM pg_catalog.pg_locks l
            LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
            LEFT JOIN pg_catalog.pg_prepared_xacts p ON l.pid IS NULL AND p.transaction = l.transactionid
            WHERE l.locktype = 'transactionid' AND l.granted AND l.mode = 'ExclusiveLock'
              AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
            GROUP BY l.virtualtransaction, l.pid
            ORDER BY pg_catalog.min(coalesce(a.xact_start, p.prepared)) NULLS LAST, 1""";

    private RunningTransactions() {}

    /**
     * Names them, the oldest first.
     *
     * @param connection to ask on
     * @return such as {@code PID 7 (role shop, application "psql", since 2026-02-28 12:00:00+00), prepared transaction 'order 7' (role shop,
     *     since 2026-02-28 12:00:01+00)}; empty if there are none
     * @throws SQLException if the server cannot be asked
     */
    public static String named(Connection connection) throws SQLException {
        List<String> found = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(QUERY)) {
            while (row.next()) {
                found.add(named(row));
            }
        }
        String more = found.size() > MAX_NAMED ? ", and " + (found.size() - MAX_NAMED) + " more" : "";
        return String.join(", ", found.subList(0, Math.min(found.size(), MAX_NAMED))) + more;
    }

    private static String named(ResultSet row) throws SQLException {
        String pid = row.getString("pid");
        String gid = row.getString("gid");
        String application = row.getString("application");
        String known = Stream.of(
                        labelled("role ", row.getString("role")),
                        labelled(
                                "application ",
                                application == null || application.isEmpty() ? null : '"' + application + '"'),
                        labelled("since ", row.getString("since")))
                .flatMap(Optional::stream)
                .collect(Collectors.joining(", "));
        String what = pid != null
                ? "PID " + pid
                : gid == null ? "a prepared transaction" : "prepared transaction " + SqlLiterals.quote(gid);
        return known.isEmpty() ? what : what + " (" + known + ")";
    }

    private static Optional<String> labelled(String label, @Nullable String value) {
        return value == null || value.isEmpty() ? Optional.empty() : Optional.of(label + value);
    }
}
