package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.event.TransactionId;
import io.walwire.handler.FailurePolicy;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The barrier for those who want to see what handlers have done. */
class AwaitPositionTest {
    private static final String NOW = "SELECT pg_current_wal_insert_lsn()::text";
    private static final long PAGE = 8192;

    /** After half of this time a server speaks by itself. */
    private static final String SENDER_TIMEOUT = "10min";

    private static final Duration SOON = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Recorder<Long> ids = new Recorder<>();

    @BeforeEach
    void createTables() throws SQLException {
        Items.create(database);
        database.sql("ALTER DATABASE " + database.name() + " SET wal_sender_timeout = '" + SENDER_TIMEOUT + "'");
    }

    private static Lsn now(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery(NOW)) {
            row.next();
            return Lsn.parse(row.getString(1));
        }
    }

    @Test
    void awaitPosition_afterACommit_handlersHaveSeenIt() throws Exception {
        try (Walwire walwire = Items.reader(database).handler(Items.ids(ids)).start();
                Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            for (long i = 1; i <= 30; i++) {
                statement.execute("INSERT INTO item VALUES (" + i + ", 'note')");
                assertThat(walwire.awaitPosition(now(statement), SOON)).isTrue();
                assertThat(ids.all()).hasSize((int) i).endsWith(i);
            }
        }
    }

    /** Such a commit returns before its WAL is flushed, and a server sends what is flushed. */
    @Test
    void awaitCurrent_afterAnAsynchronousCommit_handlersHaveSeenIt() throws Exception {
        try (Walwire walwire = Items.reader(database).handler(Items.ids(ids)).start();
                Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SET synchronous_commit = off");
            for (long i = 1; i <= 10; i++) {
                statement.execute("INSERT INTO item VALUES (" + i + ", 'note')");
                assertThat(walwire.awaitCurrent(SOON)).isTrue();
                assertThat(ids.all()).hasSize((int) i).endsWith(i);
            }
        }
    }

    @Test
    void awaitPosition_ofAnotherTablesCommit_isReachedSoon() throws Exception {
        try (Walwire walwire = Items.reader(database).handler(Items.ids(ids)).start();
                Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            for (int i = 0; i < 5; i++) {
                statement.execute("INSERT INTO unpublished SELECT 'x' FROM generate_series(1, 1000)");
                assertThat(walwire.awaitPosition(now(statement), SOON)).isTrue();
            }
            assertThat(ids.all()).isEmpty();
        }
    }

    /** Idle positions are then confirmed only when much has gathered, but nothing is left to handle before them. */
    @Test
    void awaitCurrent_withACheckpoint_isReachedSoon() throws Exception {
        try (TestDatabase own = TestDatabase.create(PostgresServer.shared())) {
            Ledger.create(own);
            try (Walwire walwire = Items.reader(database)
                    .slotName(database.unique("checkpointed"))
                    .checkpoint(JdbcCheckpoint.of(LetterBox.source(own), "awaited"))
                    .handler(Items.ids(ids))
                    .start()) {
                Items.insert(database, 1);
                assertThat(walwire.awaitCurrent(SOON)).isTrue();
                assertThat(ids.all()).containsExactly(1L);
                database.sql("INSERT INTO unpublished VALUES ('x')");
                assertThat(walwire.awaitCurrent(SOON)).isTrue();
            }
        }
    }

    @Test
    void awaitPosition_whileAHandlerRuns_isNotEarly() throws Exception {
        Gate gate = new Gate();
        try (Walwire walwire = Items.reader(database)
                .handler(on -> on.table("item").onInsert(event -> {
                    gate.pass();
                    ids.add(Items.id(event));
                }))
                .start()) {
            Items.insert(database, 1);
            Lsn position = Lsn.parse(database.queryString(NOW));
            gate.awaitReached();
            database.sql("INSERT INTO unpublished VALUES ('more WAL')");
            assertThat(walwire.awaitPosition(position, Duration.ofMillis(300))).isFalse();
            assertThat(walwire.awaitCurrent(Duration.ZERO)).isFalse();
            gate.open();
            assertThat(walwire.awaitPosition(position, Items.LONG)).isTrue();
            assertThat(ids.all()).containsExactly(1L);
        }
    }

    /** The insert position lies behind a page's header then, where nothing that a walsender reads can end. */
    @Test
    void awaitPosition_recordThatEndsWithItsPage_isReachedSoon() throws Exception {
        Map<String, String> settings = Map.of("autovacuum", "off", "wal_sender_timeout", SENDER_TIMEOUT);
        try (TestDatabase quiet = TestDatabase.create(PostgresServer.start(settings))) {
            Items.create(quiet);
            try (Walwire walwire =
                            Items.reader(quiet).set("walwire.messages", "false").start();
                    Connection connection = quiet.connect();
                    Statement statement = connection.createStatement()) {
                Lsn position = fillPage(statement);
                assertThat(position.value() % PAGE).isEqualTo(24);
                assertThat(walwire.awaitPosition(position, SOON)).isTrue();
                assertThat(walwire.awaitCurrent(SOON)).isTrue();
            } finally {
                quiet.server().close();
            }
        }
    }

    /** Writes messages whose length is corrected by what the one before has used beside its text. */
    static Lsn fillPage(Statement statement) throws SQLException {
        Lsn at = now(statement);
        long beside = 64;
        for (int i = 0; i < 50 && at.value() % PAGE != 24; i++) {
            long left = PAGE - at.value() % PAGE;
            long text = left < 600 ? left + 1000 : left - beside;
            statement.execute("SELECT pg_logical_emit_message(false, 'fill', repeat('x', " + text + "))");
            Lsn next = now(statement);
            if (next.value() / PAGE == at.value() / PAGE) {
                // a little too short: what is left takes the next rounds to a new page
                beside = Math.max(0, beside - (PAGE - next.value() % PAGE));
            } else if (next.value() % PAGE != 24 && left >= 600) {
                beside += next.value() % PAGE - 24;
            }
            at = next;
        }
        return at;
    }

    @Test
    void awaitPosition_instanceEnds_saysSo() throws Exception {
        Lsn far = new Lsn(Long.MAX_VALUE);
        Walwire closed = Items.reader(database).start();
        Thread closing = new Thread(closed::close, "closing");
        closing.start();
        assertThat(closed.awaitPosition(far, Items.LONG)).isFalse();
        closing.join();
        assertThatThrownBy(() -> closed.awaitCurrent(Items.LONG)).isInstanceOf(WalwireException.class);
        try (Walwire failing = Items.reader(database)
                .handler(
                        on -> on.table("item").onInsert(event -> {
                            throw new java.io.IOException("no mail today");
                        }),
                        FailurePolicy.stop())
                .start()) {
            Items.insert(database, 1);
            assertThatThrownBy(() -> failing.awaitPosition(far, Items.LONG))
                    .isInstanceOf(WalwireException.class)
                    .hasMessageContaining("no mail today");
        }
    }

    @Test
    void awaitPosition_ofATransactionId_isRefused() throws Exception {
        try (Walwire walwire = Items.reader(database).handler(Items.ids(ids)).start()) {
            assertThatThrownBy(() -> walwire.awaitPosition(new TransactionId(753), SOON))
                    .isInstanceOf(WalwireException.class)
                    .hasMessageContainingAll("753", "awaitCurrent()");
        }
    }

    @Test
    void awaitPosition_acrossAReconnect() throws Exception {
        try (Walwire walwire = Items.reader(database)
                .slotName(database.unique("awaited"))
                .handler(Items.ids(ids))
                .start()) {
            database.terminateWalsenders();
            Items.insert(database, 1);
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            assertThat(ids.all()).containsExactly(1L);
            Eventually.until(SOON, () -> walwire.status().silence() != null);
        }
    }
}
