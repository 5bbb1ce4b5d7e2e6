package io.walwire.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Looks at the end of a test for what Walwire should have given back: active slots and connections of this database, and
 * threads that were not there when the database was made. Other databases of the server are ignored.
 */
final class Leaks {
    private static final Duration GRACE = Duration.ofMinutes(2);
    private static final String SLOTS = """
            SELECT 'slot ' || slot_name || ', active for process ' || active_pid
            FROM pg_replication_slots WHERE database = ? AND active""";
    private static final String CONNECTIONS = """
            SELECT 'connection "' || application_name || '", process ' || pid || ', ' || backend_type || ', last: ' || query
            FROM pg_stat_activity WHERE datname = ? AND application_name LIKE 'walwire%'""";

    private final PostgresServer server;
    private final String database;
    private final Set<Thread> before = threads();

    Leaks(PostgresServer server, String database) {
        this.server = server;
        this.database = database;
    }

    /**
     * Fails if something is left. The server notices a closed connection in its own time, so it is asked for a while.
     *
     * @throws AssertionError with a line for each thing that is left
     */
    void check() {
        check(GRACE);
    }

    void check(Duration grace) {
        Eventually.satisfied(grace, () -> assertThat(found())
                .as("left behind by the test in database %s", database)
                .isEmpty());
    }

    private List<String> found() throws SQLException {
        List<String> found = new ArrayList<>();
        threads().stream()
                .filter(thread -> !before.contains(thread))
                .forEach(thread -> found.add("thread " + thread.getName()));
        if (server.isRunning()) {
            Connection connection = server.maintenance();
            found.addAll(list(connection, SLOTS));
            found.addAll(list(connection, CONNECTIONS));
        }
        return found;
    }

    private static Set<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("walwire-"))
                .collect(Collectors.toSet());
    }

    private List<String> list(Connection connection, String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, database);
            try (ResultSet rows = statement.executeQuery()) {
                List<String> list = new ArrayList<>();
                while (rows.next()) {
                    list.add(rows.getString(1));
                }
                return list;
            }
        }
    }

    /** Drops the database and what would keep it or outlive it, by force. */
    void clear(Collection<String> roles) throws SQLException {
        Connection connection = server.maintenance();
        rollBackPrepared(connection);
        try (Statement statement = connection.createStatement()) {
            list(
                    connection,
                    "SELECT pg_terminate_backend(active_pid, 10000) FROM pg_replication_slots"
                            + " WHERE database = ? AND active");
            list(
                    connection,
                    "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
                            + " WHERE database = ? AND NOT temporary");
            // notes of gaps for whose delivery no test waited
            list(
                    connection,
                    "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
                            + " WHERE slot_name LIKE 'walwire\\_gap\\_%' AND starts_with(substr(slot_name, 30), ? || '_')");
            statement.execute("DROP DATABASE " + database + " WITH (FORCE)");
            for (String role : roles) {
                statement.execute("DROP ROLE " + role);
            }
        }
    }

    /** A prepared transaction belongs to no connection and keeps its database; only from inside can it be ended. */
    private void rollBackPrepared(Connection maintenance) throws SQLException {
        List<String> gids = list(maintenance, "SELECT quote_literal(gid) FROM pg_prepared_xacts WHERE database = ?");
        if (gids.isEmpty()) {
            return;
        }
        try (Connection connection = server.connect(database);
                Statement statement = connection.createStatement()) {
            for (String gid : gids) {
                statement.execute("ROLLBACK PREPARED " + gid);
            }
        }
    }
}
