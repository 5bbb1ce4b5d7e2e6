package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.error.ErrorCode;
import io.walwire.event.Gap;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A primary dies, and its physical standby is promoted. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class FailoverTest {
    private static final Duration SYNC = Duration.ofMinutes(3);
    private static final String STANDBY = "standby_1";
    private static final int KEYS = 5;

    private final Recorder<Long> ids = new Recorder<>();
    private final Recorder<Gap> gaps = new Recorder<>();

    private WalwireBuilder reader(TestDatabase database, PostgresServer primary, PostgresServer standby) {
        return Walwire.builder()
                .url("postgresql://" + primary.user() + ":" + primary.password() + "@" + primary.host() + ":"
                        + primary.port() + "," + standby.host() + ":" + standby.port() + "/" + database.name())
                .publication("events")
                .slotName("app")
                .set("walwire.slot.failover", "true")
                .handler(Items.ids(ids))
                .handler(on -> on.onGap(event -> gaps.add(event.gap())));
    }

    private static boolean holds(PostgresServer server, String sql) throws SQLException {
        try (Connection connection = server.connect(server.maintenanceDatabase());
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() && row.getBoolean(1);
        }
    }

    private static String end(PostgresServer primary) throws SQLException {
        try (Connection connection = primary.connect(primary.maintenanceDatabase());
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_current_wal_lsn()::text")) {
            row.next();
            return row.getString(1);
        }
    }

    /** The standby has the slot, and a position of it that is not older than this moment. */
    static void awaitSynced(PostgresServer primary, PostgresServer standby) throws SQLException {
        String now = end(primary);
        Eventually.until(SYNC, () -> {
            // an idle primary writes no record of what runs, without which a slot cannot begin
            primary.sql("SELECT pg_log_standby_snapshot()");
            return holds(
                    standby,
                    "SELECT synced AND NOT temporary AND invalidation_reason IS NULL AND confirmed_flush_lsn >= '" + now
                            + "' FROM pg_replication_slots WHERE slot_name = 'app'");
        });
    }

    /** Numbered rows, one by one, at whichever server is the primary, until it is stopped. */
    private static final class Writer implements AutoCloseable {
        private final String database;
        private volatile PostgresServer server;
        private final AtomicBoolean writing = new AtomicBoolean(true);
        private final Recorder<Long> acknowledged = new Recorder<>();
        private final CompletableFuture<Void> done;
        private long next = 1;

        Writer(String database, PostgresServer server) {
            this.database = database;
            this.server = server;
            this.done = CompletableFuture.runAsync(this::write);
        }

        private void write() {
            while (writing.get()) {
                try (Connection connection = server.connect(database);
                        PreparedStatement insert = connection.prepareStatement("INSERT INTO item VALUES (?, 'note')")) {
                    while (writing.get()) {
                        long id = next++;
                        insert.setLong(1, id);
                        insert.execute();
                        acknowledged.add(id);
                    }
                } catch (SQLException e) {
                    // whether the last one was committed nobody knows; its number is not used again
                    Eventually.until(SYNC, () -> !writing.get() || isThere(server));
                }
            }
        }

        private static boolean isThere(PostgresServer server) {
            try {
                return holds(server, "SELECT NOT pg_is_in_recovery()");
            } catch (SQLException e) {
                return false;
            }
        }

        @Override
        public void close() throws Exception {
            writing.set(false);
            done.get(180, TimeUnit.SECONDS);
        }
    }

    private static Set<Long> rows(PostgresServer server, String database) throws SQLException {
        Set<Long> rows = new LinkedHashSet<>();
        try (Connection connection = server.connect(database);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT id FROM item ORDER BY id")) {
            while (row.next()) {
                rows.add(row.getLong(1));
            }
        }
        return rows;
    }

    @ParameterizedTest
    @ValueSource(ints = {17, 18})
    void promotedUnderLoad_nothingLost_nothingInvented(int version) throws Exception {
        try (PostgresServer primary = PostgresServer.start(version, Map.of());
                TestDatabase database = TestDatabase.create(primary);
                PostgresServer standby = primary.startStandby(STANDBY)) {
            Items.create(database);
            primary.sql("ALTER SYSTEM SET synchronized_standby_slots = '" + STANDBY + "'", "SELECT pg_reload_conf()");
            try (Walwire walwire = reader(database, primary, standby).start()) {
                Set<Long> rows;
                List<Long> acknowledged;
                try (Writer writer = new Writer(database.name(), primary)) {
                    writer.acknowledged.await(200);
                    awaitSynced(primary, standby);
                    int before = writer.acknowledged.all().size();
                    writer.acknowledged.await(before + 200);
                    primary.kill();
                    writer.server = standby;
                    standby.promote();
                    int after = writer.acknowledged.all().size();
                    writer.acknowledged.await(after + 500);
                    writer.close();
                    acknowledged = writer.acknowledged.all();
                    rows = rows(standby, database.name());
                }
                long last = acknowledged.get(acknowledged.size() - 1);
                Eventually.until(SYNC, () -> ids.all().contains(last));
                assertDelivered(rows);
                assertThat(gaps.all()).isEmpty();
                assertThat(walwire.state()).isEqualTo(State.STREAMING);
                assertThat(walwire.status().reconnects()).isPositive();
                assertThat(walwire.status().lastError())
                        .contains("localhost:" + standby.port() + " is read from now, in place of localhost:"
                                + primary.port());
            }
        }
    }

    /** What is on the new primary came, what came is there, and each key's rows came in their order. */
    private void assertDelivered(Set<Long> rows) {
        Set<Long> delivered = new LinkedHashSet<>(ids.all());
        assertThat(delivered).containsExactlyInAnyOrderElementsOf(rows);
        Map<Long, List<Long>> byKey = new HashMap<>();
        delivered.forEach(
                id -> byKey.computeIfAbsent(id % KEYS, key -> new ArrayList<>()).add(id));
        assertThat(byKey).hasSize(KEYS).allSatisfy((key, ofKey) -> assertThat(ofKey)
                .isSorted());
    }

    /** Without synchronized_standby_slots events run ahead of the standby, and a promotion takes them back. */
    @Test
    void promotedBehindWhatWasDelivered_gap_thenGoesOn() throws Exception {
        try (PostgresServer primary = PostgresServer.start(18, Map.of());
                TestDatabase database = TestDatabase.create(primary);
                PostgresServer standby = primary.startStandby(STANDBY)) {
            Items.create(database);
            try (Walwire walwire = reader(database, primary, standby).start()) {
                Items.insert(database, 1);
                ids.await(1);
                awaitSynced(primary, standby);
                standby.sql("ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()");
                Eventually.until(SYNC, () -> holds(standby, "SELECT count(*) = 0 FROM pg_stat_wal_receiver"));
                database.sql("INSERT INTO item SELECT g, repeat('x', 5000) FROM generate_series(2, 500) g");
                ids.await(500);
                primary.kill();
                standby.promote();
                Gap gap = gaps.await(1).get(0);
                assertThat(gap.reason()).contains("timeline 2, which left timeline 1 at ", "a standby was promoted");
                assertThat(walwire.awaitStreaming(SYNC)).isTrue();
                try (Connection connection = standby.connect(database.name());
                        Statement statement = connection.createStatement()) {
                    statement.execute("INSERT INTO item VALUES (1001, 'note')");
                    statement.execute("INSERT INTO item VALUES (1002, 'note')");
                }
                List<Long> all = ids.await(502);
                assertThat(all.subList(500, 502)).containsExactly(1001L, 1002L);
            }
            assertThat(gaps.all()).hasSize(1);
        }
    }

    /** Rows show all that was committed before their place. So their versions are above those of the new timeline's first changes. */
    @Test
    void promotedBehindWhatWasRead_gap() throws Exception {
        Recorder<Long> read = new Recorder<>();
        try (PostgresServer primary = PostgresServer.start(18, Map.of());
                TestDatabase database = TestDatabase.create(primary);
                PostgresServer standby = primary.startStandby(STANDBY)) {
            Items.create(database);
            Items.insert(database, 1);
            ExistingItems.createProgress(database);
            try (Walwire walwire = reader(database, primary, standby)
                    .handler(on -> on.table("item").onRead(event -> read.add(Items.id(event))))
                    .start()) {
                awaitSynced(primary, standby);
                standby.sql("ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()");
                Eventually.until(SYNC, () -> holds(standby, "SELECT count(*) = 0 FROM pg_stat_wal_receiver"));
                database.sql("INSERT INTO unpublished SELECT repeat('x', 5000) FROM generate_series(1, 500)");
                ExistingItems.await(walwire.backfill("item").start());
                assertThat(read.all()).containsExactly(1L);
                primary.kill();
                standby.promote();
                assertThat(gaps.await(1).get(0).reason()).contains("a standby was promoted");
            }
            assertThat(ids.all()).isEmpty();
        }
    }

    @Test
    void severalHosts_standbyIsPassedOver_unlessAskedFor() throws Exception {
        try (PostgresServer primary = PostgresServer.start(18, Map.of());
                TestDatabase database = TestDatabase.create(primary);
                PostgresServer standby = primary.startStandby(STANDBY)) {
            Items.create(database);
            // read-only by default, which the driver takes for a standby's
            database.sql("ALTER DATABASE " + database.name() + " SET default_transaction_read_only = on");
            try (Walwire walwire = reader(database, standby, primary).start()) {
                assertThat(walwire.state()).isEqualTo(State.STREAMING);
                assertThat(holds(
                                primary,
                                "SELECT active AND failover FROM pg_replication_slots WHERE slot_name = 'app'"))
                        .isTrue();
                awaitSynced(primary, standby);
            }
            for (int i = 0; i < 30; i++) {
                // now and then the server itself holds the slot, to bring it up to date; that is nothing to wait for
                primary.sql("SELECT pg_log_standby_snapshot()");
                StartErrorsTest.assertRefused(
                        reader(database, standby, primary).set("walwire.pgjdbc.targetServerType", "secondary"),
                        ErrorCode.SLOT,
                        "\"app\"",
                        "this standby's copy",
                        "after a promotion");
            }
            primary.kill();
            StartErrorsTest.assertRefused(
                    reader(database, primary, standby),
                    ErrorCode.CONNECTION,
                    "localhost:" + primary.port() + ": ",
                    "localhost:" + standby.port() + ": it is a standby.");
        }
    }

    /** As with one name that leads to whichever server is up: for a moment that is a standby. */
    @Test
    void onlyAStandbyLeft_waitsForItsPromotion() throws Exception {
        try (PostgresServer primary = PostgresServer.start(17, Map.of());
                TestDatabase database = TestDatabase.create(primary);
                PostgresServer standby = primary.startStandby(STANDBY)) {
            Items.create(database);
            try (Walwire walwire = reader(database, primary, standby)
                    .set("walwire.pgjdbc.targetServerType", "any")
                    .start()) {
                Items.insert(database, 1);
                ids.await(1);
                awaitSynced(primary, standby);
                primary.kill();
                Eventually.until(SYNC, () -> String.valueOf(walwire.status().lastError())
                        .contains("The server is a standby now; a primary is waited for"));
                assertThat(walwire.state()).isEqualTo(State.RECONNECTING);
                standby.promote();
                assertThat(walwire.awaitStreaming(SYNC)).isTrue();
                assertThat(gaps.all()).isEmpty();
            }
        }
    }

    /** As a standby does after its promotion when it was given all of its primary's settings. */
    @Test
    void synchronizedStandbySlotMissing_named() throws Exception {
        try (PostgresServer primary = PostgresServer.start(18, Map.of("synchronized_standby_slots", STANDBY));
                TestDatabase database = TestDatabase.create(primary);
                LogLines log = new LogLines()) {
            Items.create(database);
            try (Walwire walwire = Items.reader(database)
                    .slotName("app")
                    .set("walwire.slot.failover", "true")
                    .start()) {
                assertThat(walwire.state()).isEqualTo(State.STREAMING);
                assertThat(log.with("WARN", "physical slots that do not exist (" + STANDBY + ")"))
                        .singleElement()
                        .asString()
                        .contains("ALTER SYSTEM RESET synchronized_standby_slots;");
            }
        }
    }

    /** What is prepared is kept by the server alone until it commits, here by another one. */
    @Test
    void preparedAcrossAPromotion_comesWhole() throws Exception {
        try (PostgresServer primary = PostgresServer.start(18, Map.of());
                TestDatabase database = TestDatabase.create(primary);
                PostgresServer standby = primary.startStandby(STANDBY)) {
            Items.create(database);
            primary.sql("ALTER SYSTEM SET synchronized_standby_slots = '" + STANDBY + "'", "SELECT pg_reload_conf()");
            try (Walwire walwire = reader(database, primary, standby)
                    .set("walwire.two-phase", "true")
                    .start()) {
                awaitSynced(primary, standby);
                database.sql("BEGIN; INSERT INTO item VALUES (1), (2); PREPARE TRANSACTION 'across'");
                Items.insert(database, 3);
                assertThat(ids.await(1)).containsExactly(3L);
                primary.kill();
                standby.promote();
                try (Connection connection = standby.connect(database.name());
                        Statement statement = connection.createStatement()) {
                    statement.execute("COMMIT PREPARED 'across'");
                }
                assertThat(ids.await(3)).containsExactly(3L, 1L, 2L);
                assertThat(gaps.all()).isEmpty();
                assertThat(walwire.awaitStreaming(SYNC)).isTrue();
            }
        }
    }

    /** From 16 on a standby can be streamed from, where that is asked for. */
    @Test
    void standby_streams_whereAskedFor() throws Exception {
        try (PostgresServer primary = PostgresServer.start(16, Map.of());
                TestDatabase database = TestDatabase.create(primary);
                PostgresServer standby = primary.startStandby(STANDBY)) {
            Items.create(database);
            String created = end(primary);
            Eventually.until(SYNC, () -> holds(standby, "SELECT pg_last_wal_replay_lsn() >= '" + created + "'"));
            CompletableFuture<Walwire> starting = CompletableFuture.supplyAsync(() -> reader(database, primary, standby)
                    .set("walwire.slot.failover", "false")
                    .set("walwire.pgjdbc.targetServerType", "secondary")
                    .start());
            Eventually.until(SYNC, () -> {
                primary.sql("SELECT pg_log_standby_snapshot()");
                return starting.isDone();
            });
            try (Walwire walwire = starting.get()) {
                assertThat(walwire.state()).isEqualTo(State.STREAMING);
                assertThat(holds(standby, "SELECT active FROM pg_replication_slots WHERE slot_name = 'app'"))
                        .isTrue();
                Items.insert(database, 1, 2);
                assertThat(ids.await(2)).containsExactly(1L, 2L);
            }
        }
    }
}
