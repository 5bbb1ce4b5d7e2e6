package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ConfigurationException;
import io.walwire.error.WalwireException;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.PGConnection;

/** What has to be in order, or to end, before a slot is created in whose snapshot tables are read. */
class FirstBackfillStartTest {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final String PATIENCE = "io.walwire.internal.backfill.held-patience";

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final TableCopy items = new TableCopy("item");

    @BeforeEach
    void createTable() throws Exception {
        ExistingItems.create(database);
    }

    @AfterEach
    void forgetProperties() {
        System.clearProperty(PATIENCE);
    }

    private static WalwireBuilder first(WalwireBuilder builder) {
        return builder.set("walwire.backfill", "new").set("walwire.backfill.order", "first");
    }

    private CompletableFuture<Walwire> starting() {
        WalwireBuilder builder = first(Instances.temporary(database)).handler("items", items);
        return CompletableFuture.supplyAsync(builder::start, task -> new Thread(task, "starter").start());
    }

    private void finish(CompletableFuture<Walwire> starting) throws Exception {
        try (Walwire walwire = starting.get(LONG.toSeconds(), TimeUnit.SECONDS)) {
            Eventually.until(LONG, () -> walwire.backfills().isEmpty());
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(items.rows).isEqualTo(TableCopy.of(database, "item"));
    }

    private long slots() throws Exception {
        return database.queryLong("SELECT count(*) FROM pg_replication_slots WHERE database = current_database()");
    }

    /** What runs already is waited for without a lock. */
    @Test
    void openTransaction_isNamed_andNothingIsLockedMeanwhile() throws Exception {
        System.setProperty(PATIENCE, "5");
        try (LogLines log = new LogLines();
                Connection open = database.connect();
                Statement statement = open.createStatement()) {
            open.setAutoCommit(false);
            statement.execute("INSERT INTO item VALUES (100000, 1, 'open')");
            CompletableFuture<Walwire> starting = starting();
            log.await("WARN", "The reading of existing rows waits for transactions", "PID ");
            statement.execute("SET LOCAL lock_timeout = '150s'");
            statement.execute("ALTER TABLE item ALTER v TYPE bigint");
            assertThat(slots()).isZero();
            open.commit();
            finish(starting);
        }
        assertThat(items.reads).hasValue(ExistingItems.ROWS + 1);
    }

    /** The server waits for a transaction that waits for the reader's lock. */
    @Test
    void slotThatIsNotMadeInTime_givesTheLocksUp_andIsTriedAgain() throws Exception {
        System.setProperty(PATIENCE, "5");
        try (LogLines log = new LogLines();
                Connection one = database.connect();
                Statement inOne = one.createStatement();
                Connection other = database.connect();
                Statement inOther = other.createStatement()) {
            one.setAutoCommit(false);
            other.setAutoCommit(false);
            inOne.execute("INSERT INTO item VALUES (100000, 1, 'one')");
            CompletableFuture<Walwire> starting = starting();
            log.await("WARN", "The reading of existing rows waits for transactions");
            inOther.execute("INSERT INTO mark DEFAULT VALUES");
            one.commit();
            int pid = other.unwrap(PGConnection.class).getBackendPID();
            Eventually.until(LONG, () -> awaited() == pid); // the slot's creation waits, and the table is locked
            inOther.execute("TRUNCATE item"); // waits for the lock
            log.await("WARN", "The slot was not created in 5 s", "PID ", "Trying again in");
            assertThat(starting).isNotDone();
            inOther.execute("INSERT INTO item VALUES (1, 1, 'after')");
            other.commit();
            finish(starting);
        }
        assertThat(items.reads).hasValue(1);
    }

    /** The server waits for one after another, and for none of them for long. */
    @Test
    void transactionsThatEndOneAfterAnother_haveOneTimeForAllOfThem() throws Exception {
        System.setProperty(PATIENCE, "3");
        Map<Long, Connection> open = new HashMap<>();
        try (LogLines log = new LogLines();
                Connection one = database.connect();
                Statement inOne = one.createStatement()) {
            one.setAutoCommit(false);
            inOne.execute("INSERT INTO item VALUES (100000, 1, 'one')");
            CompletableFuture<Walwire> starting = starting();
            log.await("WARN", "The reading of existing rows waits for transactions");
            for (int i = 0; i < 4; i++) {
                Connection other = database.connect();
                other.setAutoCommit(false);
                open.put((long) other.unwrap(PGConnection.class).getBackendPID(), other);
                try (Statement statement = other.createStatement()) {
                    statement.execute("INSERT INTO mark DEFAULT VALUES");
                }
            }
            one.commit();
            BooleanSupplier isGivenUp =
                    () -> !log.with("The slot was not created in 3 s").isEmpty();
            while (!open.isEmpty() && !isGivenUp.getAsBoolean()) {
                Eventually.until(LONG, () -> isGivenUp.getAsBoolean() || open.containsKey(awaited()));
                Connection other = open.remove(awaited());
                if (other != null) {
                    database.query("SELECT pg_sleep(2)");
                    other.close(); // rolls back
                }
            }
            assertThat(open).as("those that are open when it is given up").isNotEmpty();
            for (Connection other : open.values()) {
                other.close();
            }
            finish(starting);
        }
    }

    /** The process that the creation of the slot waits for now. */
    private long awaited() throws SQLException {
        return database.queryLong("SELECT coalesce(max(b), 0) FROM pg_stat_activity, unnest(pg_blocking_pids(pid)) b"
                + " WHERE datname = current_database() AND backend_type = 'walsender'");
    }

    /** One that began while others were waited for. */
    @Test
    void lockOfAnother_isNamed_andWaitedFor() throws Exception {
        System.setProperty(PATIENCE, "5");
        try (LogLines log = new LogLines();
                Connection one = database.connect();
                Statement inOne = one.createStatement();
                Connection holder = database.connect();
                Statement statement = holder.createStatement()) {
            one.setAutoCommit(false);
            holder.setAutoCommit(false);
            inOne.execute("INSERT INTO mark DEFAULT VALUES");
            CompletableFuture<Walwire> starting = starting();
            log.await("WARN", "The reading of existing rows waits for transactions");
            statement.execute("LOCK TABLE item IN ACCESS EXCLUSIVE MODE");
            one.commit();
            log.await("INFO", "The slot is not created yet: ", "Table public.item is locked by PID", "Trying again in");
            holder.commit();
            finish(starting);
        }
    }

    /** So that the next start, when it is corrected, reads first. */
    @Test
    void tableThatCannotBeRead_andMissingProgress_endTheStart_beforeThereIsASlot() throws Exception {
        database.sql("CREATE UNLOGGED TABLE quick (id int PRIMARY KEY)", "CREATE TABLE hidden (id int PRIMARY KEY)");
        String role = database.role("LOGIN REPLICATION");
        database.sql("GRANT SELECT ON item TO " + role);
        assertThatThrownBy(() -> first(Instances.durable(database))
                        .set("walwire.user", role)
                        .set("walwire.password", database.password())
                        .handler(on -> on.table("hidden").onReads(reads -> {}))
                        .handler("items", items)
                        .start())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll("public.hidden", "needs SELECT");
        assertThat(slots()).isZero();
        assertThatThrownBy(() -> first(Instances.durable(database))
                        .handler("items", items)
                        .start())
                .isInstanceOf(WalwireException.class)
                .hasMessageContaining("sql/backfill.sql");
        assertThat(slots()).isZero();
        ExistingItems.createProgress(database);
        try (Walwire walwire =
                first(Instances.durable(database)).handler("items", items).start()) {
            Eventually.until(LONG, () -> items.reads.get() == ExistingItems.ROWS);
            Eventually.until(LONG, () -> walwire.backfills().isEmpty());
        }
    }

    /** What was read for a slot of that name, which is gone, is read again. */
    @Test
    void slotThatWasDropped_isReadFirstAgain() throws Exception {
        ExistingItems.createProgress(database);
        for (int start = 1; start <= 2; start++) {
            try (Walwire walwire =
                    first(Instances.durable(database)).handler("items", items).start()) {
                int rows = start * ExistingItems.ROWS;
                Eventually.until(LONG, () -> items.reads.get() == rows);
                Eventually.until(LONG, () -> walwire.backfills().isEmpty());
            }
            database.query("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '"
                    + Instances.slot(database) + "'");
        }
        assertThat(ExistingItems.doneRuns(database)).isEqualTo(1);
    }

    @Test
    void closedWhileItWaits_leavesNothing() throws Exception {
        System.setProperty(PATIENCE, "5");
        try (LogLines log = new LogLines();
                Connection open = database.connect();
                Statement statement = open.createStatement()) {
            open.setAutoCommit(false);
            statement.execute("INSERT INTO item VALUES (100000, 1, 'open')");
            Thread starter = new Thread(() -> {
                try {
                    first(Instances.durable(database)).handler("items", items).start();
                } catch (WalwireException e) {
                    assertThat(e).hasMessageContaining("interrupted");
                }
            });
            ExistingItems.createProgress(database);
            starter.start();
            log.await("WARN", "The reading of existing rows waits for transactions");
            starter.interrupt();
            starter.join(LONG.toMillis());
            assertThat(starter.isAlive()).isFalse();
            assertThat(slots()).isZero();
            open.rollback();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "walwire.backfill.order=first without walwire.backfill=new, walwire.backfill, off",
        "must be beside or first, walwire.backfill.order, last",
        "has no effect with walwire.source=triggers, walwire.source, triggers"
    })
    void settingsThatDoNotFit_areRefused(String said, String key, String value) {
        String[] parts = said.split(" without ", 2);
        assertThatThrownBy(() -> first(Instances.temporary(database))
                        .handler("items", items)
                        .set(key, value)
                        .start())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll(parts)
                .hasMessageContaining("walwire.backfill.order");
    }

    @Test
    void standby_isRefused_beforeThereIsASlot() throws Exception {
        try (PostgresServer primary = PostgresServer.start(18, Map.of());
                TestDatabase own = TestDatabase.create(primary)) {
            ExistingItems.create(own);
            ExistingItems.createProgress(own);
            try (PostgresServer standby = primary.startStandby("standby")) {
                assertThatThrownBy(() -> first(Walwire.builder()
                                        .url(standby.url(own.name()))
                                        .publication("events")
                                        .slotName("first"))
                                .handler("items", items)
                                .start())
                        .isInstanceOf(WalwireException.class)
                        .hasMessageContaining(
                                "walwire.backfill.order=first does not work with a stream from a standby");
            }
        }
    }
}
