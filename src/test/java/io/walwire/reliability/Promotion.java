package io.walwire.reliability;

import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/**
 * A standby that keeps up with a primary and with its failover slots, and becomes the primary when that one dies. What such a
 * slot's reader is given, the standby has; so what survives is what the second slot, which comes along too, says afterwards.
 */
final class Promotion implements AutoCloseable {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final String NAME = "standby";

    private final PostgresServer primary;
    private final PostgresServer standby;
    private final String database;

    /**
     * Starts the standby, and returns when it has the second slot.
     *
     * @param primary has everything but the second slot already
     * @param database where that slot is to be
     * @param secondSlot that slot's name
     */
    Promotion(PostgresServer primary, String database, String secondSlot) throws SQLException {
        this.primary = primary;
        this.database = database;
        this.standby = primary.startStandby(NAME);
        primary.sql("ALTER SYSTEM SET synchronized_standby_slots = '" + NAME + "'", "SELECT pg_reload_conf()");
        try (Connection connection = primary.connect(database);
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "SELECT pg_create_logical_replication_slot('" + secondSlot + "', 'pgoutput', false, false, true)");
            Eventually.until(LONG, () -> {
                // a slot comes along once its position is not older than what the standby knows of
                statement.execute("SELECT pg_log_standby_snapshot()");
                statement.execute("SELECT count(*) FROM pg_logical_slot_get_binary_changes('" + secondSlot
                        + "', NULL, NULL, 'proto_version', '1', 'publication_names', 'events')");
                return holds(standby, isSynced(secondSlot));
            });
        }
    }

    private static String isSynced(String slot) {
        return "SELECT synced AND NOT temporary AND invalidation_reason IS NULL FROM pg_replication_slots"
                + " WHERE slot_name = '" + slot + "'";
    }

    private boolean holds(PostgresServer server, String sql) throws SQLException {
        try (Connection connection = server.connect(database);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() && row.getBoolean(1);
        }
    }

    /** Kills the primary, and promotes the standby; returns the server that is the primary then. */
    PostgresServer promote(String... slots) throws SQLException {
        for (String slot : slots) {
            Eventually.until(LONG, () -> holds(standby, isSynced(slot)));
        }
        primary.kill();
        standby.promote();
        return standby;
    }

    @Override
    public void close() {
        standby.close();
    }
}
