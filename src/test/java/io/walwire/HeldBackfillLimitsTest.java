package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.backfill.BackfillRun;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Tables without a key on servers whose settings are narrow. */
class HeldBackfillLimitsTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    private static WalwireBuilder instance(TestDatabase database, BareCopy copy) {
        return Instances.temporary(database)
                .set("walwire.backfill.chunk", "8KiB")
                .handler("copy", copy);
    }

    private static BareTable table(TestDatabase database) throws Exception {
        BareTable table = new BareTable(database, false, "FULL");
        table.create();
        return table;
    }

    @Test
    void withoutAFreeSlot_theRunFails_andTheStreamGoesOn() throws Exception {
        try (PostgresServer server = PostgresServer.start(Map.of("max_replication_slots", "1"));
                TestDatabase database = TestDatabase.create(server)) {
            BareTable table = table(database);
            BareCopy copy = new BareCopy();
            try (Walwire walwire = instance(database, copy).start()) {
                BackfillRun run = walwire.backfill("bare").start();
                assertThatThrownBy(() -> ExistingItems.await(run))
                        .hasMessageContainingAll("max_replication_slots", "needs a free replication slot");
                database.sql("DELETE FROM bare", "INSERT INTO bare VALUES (1, 'n', 'b')");
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
            }
            assertThat(copy.rows()).isEqualTo(table.rows());
        }
    }

    @Test
    void withoutAFreeSender_itIsTriedAgain() throws Exception {
        try (PostgresServer server = PostgresServer.start(Map.of("max_wal_senders", "2"));
                TestDatabase database = TestDatabase.create(server)) {
            BareTable table = table(database);
            BareCopy copy = new BareCopy();
            try (LogLines log = new LogLines();
                    Walwire walwire = instance(database, copy).start();
                    Walwire other = Instances.temporary(database)
                            .handler(on -> on.onTransaction(transaction -> {}))
                            .start()) {
                BackfillRun run = walwire.backfill("bare").start();
                log.await("WARN", "Existing rows of public.bare could not be read", "max_wal_senders");
                other.close();
                ExistingItems.await(run);
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
            }
            assertThat(copy.rows()).isEqualTo(table.rows());
        }
    }

    /** The stream is held for longer than the server waits for a sign of life, and changes wait in its connection. */
    @Test
    void heldStream_outlivesWalSenderTimeout() throws Exception {
        try (PostgresServer server = PostgresServer.start(Map.of("wal_sender_timeout", "10s"));
                TestDatabase database = TestDatabase.create(server)) {
            BareTable table = table(database);
            AtomicBoolean first = new AtomicBoolean(true);
            BareCopy copy = new BareCopy(() -> {
                if (first.getAndSet(false)) {
                    sleepOn(database);
                }
            });
            try (Walwire walwire = instance(database, copy).start()) {
                ExistingItems.await(walwire.backfill("bare").start());
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
                assertThat(walwire.status().reconnects()).isZero();
            }
            assertThat(copy.rows()).isEqualTo(table.rows());
            assertThat(copy.readings).hasValue(1);
        }
    }

    private static void sleepOn(TestDatabase database) {
        try {
            database.sql("INSERT INTO bare SELECT i, 'x', repeat('y', 2000) FROM generate_series(1, 5000) i");
            database.query("SELECT pg_sleep(25)");
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void preparedTransaction_isWaitedFor() throws Exception {
        System.setProperty("io.walwire.internal.backfill.held-patience", "5");
        try (PostgresServer server = PostgresServer.start(Map.of("max_prepared_transactions", "2"));
                TestDatabase database = TestDatabase.create(server);
                Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            BareTable table = table(database);
            BareCopy copy = new BareCopy();
            try (LogLines log = new LogLines();
                    Walwire walwire = instance(database, copy).start()) {
                connection.setAutoCommit(false);
                statement.execute("INSERT INTO bare VALUES (7, 'prepared', NULL)");
                statement.execute("PREPARE TRANSACTION 'p'");
                BackfillRun run = walwire.backfill("bare").start();
                log.await("WARN", "waits for transactions", "prepared transaction 'p' (role ");
                database.sql("INSERT INTO bare VALUES (8, 'new', NULL)");
                Eventually.until(LONG, () -> copy.rows().containsKey("8 new null"));
                connection.setAutoCommit(true);
                statement.execute("COMMIT PREPARED 'p'");
                ExistingItems.await(run);
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
            }
            assertThat(copy.rows()).isEqualTo(table.rows());
        } finally {
            System.clearProperty("io.walwire.internal.backfill.held-patience");
        }
    }
}
