package io.walwire.testkit;

import io.walwire.internal.text.SqlIdentifiers;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** A database that one test class, or one test, has for itself. */
final class OwnDatabase {
    static final String PREFIX = "walwire_test_";

    private final DatabaseUrl server;
    private final DatabaseUrl url;
    private final DataSource dataSource;

    private OwnDatabase(DatabaseUrl server, DatabaseUrl url) {
        this.server = server;
        this.url = url;
        this.dataSource = url.dataSource();
    }

    static OwnDatabase create(DatabaseUrl server) throws SQLException {
        // by chance, because several machines may share a server
        String chance = UUID.randomUUID().toString().replace("-", "").substring(0, 12);
        String name = PREFIX + ProcessHandle.current().pid() + '_' + chance;
        execute(server.dataSource(), "CREATE DATABASE " + SqlIdentifiers.quote(name));
        return new OwnDatabase(server, server.withDatabase(name));
    }

    /** Also the name of its slot. */
    String name() {
        return url.database();
    }

    DatabaseUrl url() {
        return url;
    }

    DataSource dataSource() {
        return dataSource;
    }

    Connection connect() throws SQLException {
        return dataSource.getConnection();
    }

    /** Executes one statement with arguments, or any number without. */
    int execute(String sql, @Nullable Object... arguments) throws SQLException {
        return execute(dataSource, sql, arguments);
    }

    void inTransaction(SqlWork work) throws SQLException {
        try (Connection connection = connect()) {
            connection.setAutoCommit(false);
            work.with(connection);
            connection.commit();
        }
    }

    static int execute(DataSource on, String sql, @Nullable Object... arguments) throws SQLException {
        try (Connection connection = on.getConnection()) {
            if (arguments.length == 0) {
                try (Statement statement = connection.createStatement()) {
                    statement.execute(sql);
                    return Math.max(0, statement.getUpdateCount());
                }
            }
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                for (int i = 0; i < arguments.length; i++) {
                    statement.setObject(i + 1, arguments[i]);
                }
                statement.execute();
                return Math.max(0, statement.getUpdateCount());
            }
        }
    }

    /** Drops remaining slots, because they would keep the server's log and prevent dropping the database. */
    void dropSlots() throws SQLException {
        execute(
                "SELECT pg_catalog.pg_terminate_backend(active_pid, 10000) FROM pg_catalog.pg_replication_slots"
                        + " WHERE database = ? AND active",
                name());
        execute(
                "SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots"
                        + " WHERE database = ? AND NOT temporary",
                name());
    }

    void drop() throws SQLException {
        dropSlots();
        execute(server.dataSource(), "DROP DATABASE " + SqlIdentifiers.quote(name()) + " WITH (FORCE)");
    }
}
