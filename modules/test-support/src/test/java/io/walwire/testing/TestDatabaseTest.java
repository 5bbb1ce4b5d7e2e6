package io.walwire.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.PGConnection;
import org.postgresql.replication.LogSequenceNumber;
import org.postgresql.replication.PGReplicationStream;

/** The extension itself: what it offers, and above all that it does see a leak. */
class TestDatabaseTest {
    @RegisterExtension
    static final TestDatabase OF_THE_CLASS = TestDatabase.onSharedServer();

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @Test
    void sql_inTheDatabaseOfTheTest() throws SQLException {
        database.sql("CREATE TABLE a (id int)", "INSERT INTO a VALUES (1), (2)");
        assertThat(database.queryLong("SELECT count(*) FROM a WHERE id < ?", 2)).isEqualTo(1);
        assertThat(database.queryString("SELECT current_database()")).isEqualTo(database.name());
        try (Connection connection = DriverManager.getConnection(database.jdbcUrl())) {
            assertThat(connection.getCatalog()).isEqualTo(database.name());
        }
    }

    /** Two runs: what the first one makes is there for the second only in the database of the class. */
    @RepeatedTest(2)
    void databaseOfTheClass_keptBetweenTests(RepetitionInfo run) throws SQLException {
        OF_THE_CLASS.sql("CREATE TABLE run_" + run.getCurrentRepetition() + " ()");
        database.sql("CREATE TABLE the_same ()");
        assertThat(OF_THE_CLASS.queryLong("SELECT count(*) FROM pg_tables WHERE tablename LIKE 'run_%'"))
                .isEqualTo(run.getCurrentRepetition());
    }

    @Test
    void query_whileWaiting_hasOneConnection_andANewOneAfterItEnded() {
        List<Long> processes = new ArrayList<>();
        Eventually.until(Duration.ofMinutes(3), () -> {
            processes.add(database.queryLong("SELECT pg_backend_pid()"));
            if (processes.size() == 2) {
                try (Connection another = database.connect();
                        Statement statement = another.createStatement()) {
                    statement.execute("SELECT pg_terminate_backend(" + processes.get(0) + ", 10000)");
                }
            }
            return processes.size() == 4;
        });
        assertThat(processes.get(1)).isEqualTo(processes.get(0));
        assertThat(processes.get(2)).isNotEqualTo(processes.get(0));
        assertThat(processes.get(3)).isEqualTo(processes.get(2));
    }

    @Test
    void sql_again_isOnTheSameConnection_andNothingIsSet() throws SQLException {
        String process = database.queryString("SELECT pg_backend_pid()");
        database.sql("SET lock_timeout = '1s'", "CREATE TEMP TABLE a ()", "SELECT pg_advisory_lock(1)", "LISTEN a");
        database.inTransaction("SET search_path = pg_temp", "SELECT pg_advisory_lock(2)");
        assertThat(database.queryString("""
                        SELECT concat_ws('; ', current_setting('lock_timeout'), current_setting('search_path'),
                          coalesce(to_regclass('pg_temp.a')::text, 'no table'),
                          (SELECT count(*) FROM pg_listening_channels()),
                          (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()))""")).isEqualTo("0; \"$user\", public; no table; 0; 0");
        assertThat(database.queryString("SELECT pg_backend_pid()")).isEqualTo(process);
    }

    @Test
    void sql_thatLeavesATransactionOpenOrFails_leavesItToNoOther() throws SQLException {
        database.sql("CREATE TABLE a (id int)");
        String process = database.queryString("SELECT pg_backend_pid()");
        database.sql("BEGIN; INSERT INTO a VALUES (1)");
        assertThat(database.queryString("SELECT pg_backend_pid()")).isNotEqualTo(process);
        assertThat(database.queryLong("SELECT count(*) FROM a")).isZero();

        assertThatThrownBy(() -> database.sql("SET lock_timeout = '1s'", "SELECT 1 / 0"))
                .isInstanceOf(SQLException.class);
        assertThat(database.queryString("SHOW lock_timeout")).isEqualTo("0");
    }

    @Test
    void sql_afterTheServerEndedTheSession_isExecutedOnce() throws SQLException {
        database.sql("CREATE TABLE a (id int)");
        try (Connection another = database.connect();
                Statement statement = another.createStatement()) {
            statement.execute("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                    + " WHERE datname = current_database() AND pid <> pg_backend_pid()");
        }
        database.sql("INSERT INTO a VALUES (1)");
        assertThat(database.queryLong("SELECT count(*) FROM a")).isEqualTo(1);
    }

    @Test
    void inTransaction_failing() throws SQLException {
        database.sql("CREATE TABLE a (id int PRIMARY KEY)");
        assertThatThrownBy(() -> database.inTransaction("INSERT INTO a VALUES (1)", "INSERT INTO a VALUES (1)"))
                .isInstanceOf(SQLException.class);
        assertThat(database.query("SELECT id FROM a")).isEmpty();
    }

    @Test
    void inTransaction_oneTransactionId() throws SQLException {
        database.sql("CREATE TABLE a (id int)");
        database.inTransaction("INSERT INTO a VALUES (1)", "INSERT INTO a VALUES (2)");
        assertThat(database.queryLong("SELECT count(DISTINCT xmin::text) FROM a"))
                .isEqualTo(1);
    }

    @Test
    void slot_createdAndNot() throws SQLException {
        LogSequenceNumber before = LogSequenceNumber.valueOf(database.currentLsn());
        String name = database.unique("slot");
        database.createSlot(name);
        assertThat(database.slot(name)).hasValueSatisfying(slot -> {
            assertThat(slot.active()).isFalse();
            assertThat(slot.temporary()).isFalse();
            assertThat(LogSequenceNumber.valueOf(Objects.requireNonNull(slot.confirmedFlushLsn())))
                    .isGreaterThanOrEqualTo(before);
        });
        assertThat(database.slot("another")).isEmpty();
    }

    @Test
    void terminateWalsenders_streaming() throws SQLException {
        database.createSlot(database.unique("slot"));
        try (TestDatabase other = TestDatabase.create(database.server())) {
            other.createSlot(other.unique("slot"));
            try (Streaming ours = new Streaming(database, "tests");
                    Streaming theirs = new Streaming(other, "tests")) {
                assertThat(database.terminateWalsenders()).isEqualTo(1);

                assertThat(isActive(database)).isFalse();
                assertThatThrownBy(ours.stream::read).isInstanceOf(SQLException.class);
                assertThat(isActive(other)).isTrue();
                assertThat(theirs.stream.isClosed()).isFalse();
            }
        }
    }

    private static boolean isActive(TestDatabase database) throws SQLException {
        return database.slot(database.unique("slot")).orElseThrow().active();
    }

    @Test
    void close_slotActiveAndConnectionOpen() throws SQLException {
        TestDatabase leaking = TestDatabase.create(database.server());
        String slot = leaking.unique("slot");
        leaking.createSlot(slot);
        Leaks neighbour = new Leaks(database.server(), database.name());
        Leaks leaks = new Leaks(leaking.server(), leaking.name());
        try (Streaming streaming = new Streaming(leaking, "walwire-engine")) {
            assertThat(streaming.stream.isClosed()).isFalse();
            assertThatThrownBy(() -> leaks.check(Duration.ZERO))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("slot " + slot + ", active")
                    .hasMessageContaining("connection \"walwire-engine\"");
            neighbour.check(Duration.ZERO);
            // it is dropped nevertheless
            leaks.clear(List.of());
        }
        assertThat(database.queryLong("SELECT count(*) FROM pg_database WHERE datname = ?", leaking.name()))
                .isZero();
        assertThat(database.queryLong("SELECT count(*) FROM pg_replication_slots WHERE slot_name = ?", slot))
                .isZero();
    }

    @Test
    void close_threadLeft() throws Exception {
        Leaks leaks = new Leaks(database.server(), database.name());
        CountDownLatch end = new CountDownLatch(1);
        Thread thread = new Thread(
                () -> {
                    try {
                        end.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "walwire-left");
        thread.start();
        try {
            assertThatThrownBy(() -> leaks.check(Duration.ZERO)).hasMessageContaining("thread walwire-left");
            new Leaks(database.server(), database.name()).check(Duration.ZERO);
        } finally {
            end.countDown();
            thread.join();
        }
        leaks.check(Duration.ZERO);
    }

    @Test
    void close_preparedTransactionAndRole() throws SQLException {
        String role;
        try (TestDatabase closing = TestDatabase.create(database.server())) {
            role = closing.role("LOGIN");
            closing.sql("CREATE TABLE a (id int)", "GRANT SELECT ON a TO " + role);
            closing.sql("BEGIN; INSERT INTO a VALUES (1); PREPARE TRANSACTION '" + closing.unique("x") + "'");
        }
        assertThat(database.queryLong("SELECT count(*) FROM pg_roles WHERE rolname = ?", role))
                .isZero();
    }

    @Test
    void requirePassword_wrongAndRight() throws SQLException {
        String role = database.role("LOGIN PASSWORD 'right'");
        database.server().requirePassword(role);
        assertThatThrownBy(() -> database.server().connect(database.name(), role, "wrong"))
                .isInstanceOfSatisfying(
                        SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("28P01"));
        try (Connection connection = database.server().connect(database.name(), role, "right")) {
            assertThat(connection.getMetaData().getUserName()).isEqualTo(role);
        }
    }

    /** A started stream on the database's slot. */
    private static final class Streaming implements AutoCloseable {
        private final Connection connection;
        private final PGReplicationStream stream;

        Streaming(TestDatabase database, String applicationName) throws SQLException {
            database.sql("CREATE PUBLICATION p FOR ALL TABLES");
            Properties properties = new Properties();
            properties.setProperty("replication", "database");
            properties.setProperty("preferQueryMode", "simple");
            properties.setProperty("assumeMinServerVersion", "14");
            properties.setProperty("ApplicationName", applicationName);
            this.connection = DriverManager.getConnection(database.jdbcUrl(), properties);
            this.stream = connection
                    .unwrap(PGConnection.class)
                    .getReplicationAPI()
                    .replicationStream()
                    .logical()
                    .withSlotName(database.unique("slot"))
                    .withSlotOption("proto_version", 1)
                    .withSlotOption("publication_names", "p")
                    .start();
        }

        /** Without a farewell, which fails on a connection that the server has ended. */
        @Override
        public void close() throws SQLException {
            connection.abort(Runnable::run);
        }
    }
}
