package io.walwire;

import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;

/** A primary with a database, and a standby that has the failover slot of instances, and can be promoted. */
final class FailoverPair implements AutoCloseable {
    static final Duration LONG = Duration.ofMinutes(3);
    private static final String STANDBY = "standby_1";

    final PostgresServer primary;
    final TestDatabase database;
    final PostgresServer standby;

    /**
     * A pair of servers.
     *
     * @param version 17 or later
     * @param synchronizes whether nothing is sent to instances before the standby has it
     */
    FailoverPair(int version, boolean synchronizes) throws SQLException {
        primary = PostgresServer.start(version, Map.of());
        try {
            database = TestDatabase.create(primary);
            standby = primary.startStandby(STANDBY);
        } catch (Throwable e) {
            primary.close();
            throw e;
        }
        if (synchronizes) {
            primary.sql("ALTER SYSTEM SET synchronized_standby_slots = '" + STANDBY + "'", "SELECT pg_reload_conf()");
        }
    }

    /** A URL with both servers. */
    String url() {
        return "postgresql://" + primary.user() + ":" + primary.password() + "@" + primary.host() + ":" + primary.port()
                + "," + standby.host() + ":" + standby.port() + "/" + database.name();
    }

    WalwireBuilder instance() {
        return Walwire.builder()
                .url(url())
                .publication("events")
                .slotName("app")
                .set("walwire.slot.failover", "true")
                .set("walwire.start.wait", "60s")
                .set("walwire.backfill.chunk", "8KiB");
    }

    /** The standby has the slot, with a position that is not older than this moment. */
    void awaitSynced() throws SQLException {
        FailoverTest.awaitSynced(primary, standby);
    }

    /** The standby receives nothing more. */
    void cutOff() throws SQLException {
        standby.sql("ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()");
        Eventually.until(LONG, () -> text(standby, "SELECT count(*) FROM pg_stat_wal_receiver")
                .equals("0"));
    }

    void promote() throws SQLException {
        primary.kill();
        standby.promote();
    }

    /** Executes statements in the database, on one of the servers. */
    void sql(PostgresServer server, String... statements) throws SQLException {
        try (Connection connection = server.connect(database.name());
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** What a query in the database says, on one of the servers. */
    String text(PostgresServer server, String query) throws SQLException {
        try (Connection connection = server.connect(database.name());
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            return row.next() ? String.valueOf(row.getString(1)) : "";
        }
    }

    /** The rows of table item, as an {@link OnceCopy} has them. */
    Map<String, String> items(PostgresServer server) throws SQLException {
        try (Connection connection = server.connect(database.name())) {
            return TableCopy.of(connection, "item");
        }
    }

    @Override
    public void close() throws SQLException {
        try (primary;
                database;
                standby) {
            // they close in the opposite order
        }
    }
}
