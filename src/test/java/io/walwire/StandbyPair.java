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
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A primary with a database, its standby, from which instances stream, and another server's database that keeps what they did. */
final class StandbyPair implements AutoCloseable {
    private static final Duration LONG = Duration.ofMinutes(3);

    final PostgresServer primary;
    final TestDatabase database;
    final PostgresServer standby;
    final TestDatabase kept;

    StandbyPair(int version) throws Exception {
        primary = PostgresServer.start(version, Map.of());
        try {
            database = TestDatabase.create(primary);
            standby = primary.startStandby("standby");
            kept = TestDatabase.create(PostgresServer.shared());
        } catch (Throwable e) {
            primary.close();
            throw e;
        }
        standby.sql("ALTER SYSTEM SET wal_receiver_status_interval = 1", "SELECT pg_reload_conf()");
        Ledger.create(kept);
        ExistingItems.createProgress(kept);
    }

    WalwireBuilder temporary() {
        return Walwire.builder()
                .url(standby.url(database.name()))
                .publication("events")
                .set("walwire.start.wait", "60s");
    }

    /** With a slot of the standby that outlives the instance, whose progress is elsewhere. */
    WalwireBuilder durable() {
        return temporary()
                .slotName(Instances.slot(database))
                .checkpoint(JdbcCheckpoint.of(LetterBox.source(kept), "copy"));
    }

    /** Until the primary knows of the slot, it may remove rows of the catalog that decoding needs. */
    Walwire start(WalwireBuilder builder) throws Exception {
        awaitReplayed();
        Walwire started = start(primary, builder);
        Eventually.until(
                LONG,
                () -> database.queryLong(
                                "SELECT count(*) FROM pg_replication_slots WHERE slot_type = 'physical' AND catalog_xmin IS NOT NULL")
                        == 1);
        return started;
    }

    /** A new slot of a standby waits for what the primary logs of its transactions. */
    static Walwire start(PostgresServer primary, WalwireBuilder builder) throws Exception {
        CompletableFuture<Walwire> starting =
                CompletableFuture.supplyAsync(builder::start, task -> new Thread(task, "starter").start());
        Eventually.until(LONG, () -> {
            primary.sql("SELECT pg_log_standby_snapshot()");
            return starting.isDone();
        });
        return starting.get(180, TimeUnit.SECONDS);
    }

    /** Waits until the standby shows what is committed on the primary now. */
    void awaitReplayed() throws SQLException {
        awaitReplayed(database, standby);
    }

    /** Waits until a standby shows what is committed on the primary now. */
    static void awaitReplayed(TestDatabase database, PostgresServer standby) throws SQLException {
        String flushed = database.queryString("SELECT pg_current_wal_flush_lsn()::text");
        Eventually.until(LONG, () -> {
            try (Connection connection = standby.connect(standby.maintenanceDatabase());
                    Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT pg_last_wal_replay_lsn() >= '" + flushed + "'")) {
                return row.next() && row.getBoolean(1);
            }
        });
    }

    /** Whether the standby receives the primary's log. */
    boolean receives() throws SQLException {
        try (Connection connection = standby.connect(database.name());
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT 1 FROM pg_stat_wal_receiver")) {
            return row.next();
        }
    }

    /** Executes a statement in the database, on one of the servers. */
    void sql(PostgresServer server, String sql) throws SQLException {
        try (Connection connection = server.connect(database.name());
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The rows of table item, as a {@link TableCopy} has them. */
    Map<String, String> items(PostgresServer server) throws SQLException {
        try (Connection connection = server.connect(database.name())) {
            return TableCopy.of(connection, "item");
        }
    }

    /** Ends the standby's walsenders that send changes of the database. */
    void endStreams() throws SQLException {
        sql(
                standby,
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                        + " WHERE datname = current_database() AND backend_type = 'walsender'");
    }

    /** The state of the only run, where its progress is kept. */
    String state() throws SQLException {
        return Objects.requireNonNull(kept.queryString("SELECT state FROM walwire_backfill WHERE leaf = 0"));
    }

    @Override
    public void close() throws SQLException {
        try (kept;
                primary;
                database;
                standby) {
            // they close in the opposite order
        }
    }
}
