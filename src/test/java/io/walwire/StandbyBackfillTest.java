package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.backfill.BackfillRun;
import io.walwire.backfill.BackfillState;
import io.walwire.error.ConfigurationException;
import io.walwire.reliability.Proxy;
import io.walwire.testing.Eventually;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Existing rows of a standby, from which the stream comes. */
class StandbyBackfillTest {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final int ROWS = ExistingItems.ROWS;

    /** Holds the handler before a row that was read is handled. */
    private static TableCopy held(int row, Gate gate) {
        AtomicInteger reads = new AtomicInteger();
        return new TableCopy("item", () -> {
            if (reads.incrementAndGet() == row) {
                gate.passUninterrupted();
            }
        });
    }

    private static WalwireBuilder small(WalwireBuilder builder) {
        return builder.set("walwire.backfill.chunk", "8KiB");
    }

    /** Nothing is written that the stream could pass. */
    @ParameterizedTest
    @ValueSource(ints = {16, 17, 18})
    void quietServers(int version) throws Exception {
        TableCopy copy = new TableCopy("item");
        try (StandbyPair pair = new StandbyPair(version)) {
            ExistingItems.create(pair.database);
            String role = pair.database.role("LOGIN REPLICATION");
            pair.database.sql("GRANT SELECT ON item TO " + role);
            try (Walwire walwire = pair.start(small(pair.temporary())
                    .set("walwire.user", role)
                    .set("walwire.password", pair.database.password())
                    .handler(copy))) {
                pair.primary.sql("CHECKPOINT", "SELECT pg_log_standby_snapshot()");
                pair.awaitReplayed();
                ExistingItems.await(walwire.backfill("item").start());
                assertThat(copy.rows).isEqualTo(pair.items(pair.primary));
                assertThat(copy.reads).hasValue(ROWS);
            }
        }
    }

    /** It cannot be known whether the record behind the position of replay is being replayed, so that rows wait. */
    @Test
    void standbyThatReceivesNothing_goesOnWhenItDoes() throws Exception {
        TableCopy copy = new TableCopy("item");
        try (StandbyPair pair = new StandbyPair(18)) {
            ExistingItems.create(pair.database);
            try (Walwire walwire = pair.start(small(pair.temporary()).handler(copy))) {
                pair.primary.sql("CHECKPOINT", "SELECT pg_log_standby_snapshot()");
                pair.awaitReplayed();
                pair.standby.sql("ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()");
                Eventually.until(LONG, () -> !pair.receives());
                BackfillRun run = walwire.backfill("item").start();
                Eventually.until(LONG, () -> run.progress().state() == BackfillState.RUNNING);
                pair.database.query("SELECT pg_sleep(2)");
                assertThat(copy.reads).hasValue(0);
                pair.standby.sql("ALTER SYSTEM RESET primary_conninfo", "SELECT pg_reload_conf()");
                ExistingItems.await(run);
                assertThat(copy.rows).isEqualTo(pair.items(pair.primary));
            }
        }
    }

    /** The standby has received a part of a record, and the rest waits in the primary's memory. */
    @Test
    void quietServers_withAnOpenTransaction() throws Exception {
        Gate gate = new Gate();
        TableCopy copy = held(1, gate);
        try (StandbyPair pair = new StandbyPair(18)) {
            ExistingItems.create(pair.database);
            try (Walwire walwire = pair.start(small(pair.temporary())
                            .set("walwire.backfill.rate", "8KiB")
                            .handler(copy));
                    Connection writer = pair.database.connect();
                    Statement statement = writer.createStatement()) {
                BackfillRun run = walwire.backfill("item").start();
                gate.awaitReached();
                writer.setAutoCommit(false);
                statement.execute(
                        "INSERT INTO item SELECT i, 1, repeat('x', 1000) FROM generate_series(100000, 101000) i");
                pair.database.sql("UPDATE item SET v = v + 1 WHERE id % 3 = 0");
                gate.open();
                ExistingItems.await(run);
                assertThat(copy.rows).hasSize(ROWS);
                writer.commit();
                pair.awaitReplayed();
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
                assertThat(copy.rows).isEqualTo(pair.items(pair.primary));
            }
        }
    }

    /** A standby sends what it shows. So nothing has to be waited for, and rows that change meanwhile can be read again. */
    @Test
    void transactionThatWasOpenBefore_delaysNothing() throws Exception {
        Gate gate = new Gate();
        TableCopy copy = held(1, gate);
        try (StandbyPair pair = new StandbyPair(16)) {
            ExistingItems.create(pair.database);
            pair.database.sql("UPDATE item SET big = repeat('y', 5000) WHERE id % 10 = 0");
            try (Walwire walwire = pair.start(small(pair.temporary()).handler(copy));
                    Connection writer = pair.database.connect();
                    Statement statement = writer.createStatement()) {
                writer.setAutoCommit(false);
                statement.execute("UPDATE item SET v = 1000 WHERE id = 1");
                pair.database.sql("UPDATE item SET v = v + 1 WHERE id = 2");
                pair.awaitReplayed();
                BackfillRun run = walwire.backfill("item").start();
                gate.awaitReached();
                pair.database.sql("UPDATE item SET v = v + 1 WHERE id % 30 = 0", "DELETE FROM item WHERE id % 50 = 0");
                pair.awaitReplayed();
                gate.open();
                ExistingItems.await(run);
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
                assertThat(copy.rows).as("large values, too").isEqualTo(pair.items(pair.primary));
                writer.commit();
                pair.awaitReplayed();
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
                assertThat(copy.rows).isEqualTo(pair.items(pair.primary));
            }
        }
    }

    @Test
    void tableWithoutAKey_isRefused_othersAreReadAtTheStart() throws Exception {
        TableCopy copy = new TableCopy("item");
        try (StandbyPair pair = new StandbyPair(18)) {
            ExistingItems.create(pair.database);
            pair.database.sql("CREATE TABLE bare (id int)", "INSERT INTO bare VALUES (1)");
            WalwireBuilder automatic = pair.temporary()
                    .set("walwire.backfill", "new")
                    .set("walwire.subscriptions", "item, bare")
                    .handler(copy);
            try (Walwire walwire = pair.start(automatic)) {
                Eventually.until(LONG, () -> copy.reads.get() == ROWS);
                walwire.addHandler(on -> on.table("bare").onReads(reads -> {}));
                assertThatThrownBy(() -> walwire.backfill("bare").start())
                        .isInstanceOf(ConfigurationException.class)
                        .hasMessageContaining("Table public.bare cannot be read from a standby: it has no key");
            }
            assertThat(automatic.check())
                    .filteredOn(finding -> finding.what().contains("existing rows"))
                    .isEmpty();
            assertThat(automatic
                            .handler(on -> on.table("bare").onReads(reads -> {}))
                            .check())
                    .filteredOn(finding -> finding.what().contains("not read from a standby"))
                    .singleElement()
                    .satisfies(finding -> assertThat(finding.where()).isEqualTo("table public.bare"));
        }
    }

    @Test
    void durableSlot_keepsItsProgress_inTheDatabaseOfACheckpoint() throws Exception {
        CountDownLatch reading = new CountDownLatch(300);
        TableCopy copy = new TableCopy("item", reading::countDown);
        try (StandbyPair pair = new StandbyPair(17)) {
            ExistingItems.create(pair.database);
            try (Walwire walwire = pair.start(
                    small(pair.durable()).set("walwire.backfill.rate", "2KiB").handler("items", copy))) {
                walwire.backfill("item").start();
                reading.await();
            }
            int before = copy.reads.get();
            assertThat(before).isLessThan(ROWS);
            assertThat(pair.state()).isEqualTo("running");
            pair.database.sql("UPDATE item SET v = v + 1 WHERE id % 7 = 0", "DELETE FROM item WHERE id % 11 = 0");
            pair.awaitReplayed();
            try (Walwire walwire = pair.start(small(pair.durable()).handler("items", copy))) {
                Eventually.until(LONG, () -> pair.state().equals("done"));
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
            }
            assertThat(copy.rows).isEqualTo(pair.items(pair.primary));
            assertThat(copy.reads.get()).as("it went on").isLessThan(ROWS);
        }
    }

    /** A standby that was started again replays once more what it has sent before. */
    @Test
    void standbyThatIsStartedAgain() throws Exception {
        Gate gate = new Gate();
        TableCopy copy = held(100, gate);
        try (StandbyPair pair = new StandbyPair(18)) {
            ExistingItems.create(pair.database);
            try (Walwire walwire = pair.start(small(pair.durable()).handler("items", copy))) {
                walwire.backfill("item").start();
                gate.awaitReached();
                pair.database.sql("UPDATE item SET v = v + 1 WHERE id % 3 = 0");
                pair.awaitReplayed();
                pair.standby.stopImmediately();
                pair.database.sql("UPDATE item SET v = v + 1 WHERE id % 5 = 0", "DELETE FROM item WHERE id % 50 = 0");
                pair.standby.startAgain();
                gate.open();
                Eventually.until(LONG, () -> pair.state().equals("done"));
                pair.awaitReplayed();
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
            }
            assertThat(copy.rows).isEqualTo(pair.items(pair.primary));
        }
    }

    /** Its streams go on across its promotion, and so does a run. */
    @Test
    void promotion_doesNotEndTheStream() throws Exception {
        Gate gate = new Gate();
        TableCopy copy = held(100, gate);
        try (StandbyPair pair = new StandbyPair(18)) {
            ExistingItems.create(pair.database);
            try (Walwire walwire = pair.start(small(pair.temporary()).handler("items", copy))) {
                BackfillRun run = walwire.backfill("item").start();
                gate.awaitReached();
                promote(pair);
                pair.sql(pair.standby, "UPDATE item SET v = v + 10 WHERE id % 5 = 0");
                pair.sql(pair.standby, "DELETE FROM item WHERE id % 50 = 0");
                gate.open();
                ExistingItems.await(run);
                pair.sql(pair.standby, "UPDATE item SET v = v + 100 WHERE id % 7 = 0");
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
                assertThat(walwire.status().reconnects()).isZero();
            }
            assertThat(copy.rows).isEqualTo(pair.items(pair.standby));
        }
    }

    private static void promote(StandbyPair pair) throws Exception {
        pair.database.sql("UPDATE item SET v = v + 1 WHERE id % 3 = 0");
        pair.awaitReplayed();
        pair.primary.kill();
        pair.standby.promote();
    }

    @Test
    void promotion_thatEndsTheStream_hasTheRunBeginAgain() throws Exception {
        Gate gate = new Gate();
        TableCopy copy = held(1_000, gate);
        try (StandbyPair pair = new StandbyPair(18);
                LogLines log = new LogLines()) {
            ExistingItems.create(pair.database);
            try (Walwire walwire = pair.start(small(pair.durable()).handler("items", copy))) {
                walwire.backfill("item").start();
                gate.awaitReached();
                promote(pair);
                pair.endStreams();
                pair.sql(pair.standby, "UPDATE item SET v = v + 10 WHERE id % 5 = 0");
                pair.sql(pair.standby, "DELETE FROM item WHERE id % 50 = 0");
                gate.open();
                log.await("begins again, because the stream does not continue at its former end");
                Eventually.until(LONG, () -> pair.state().equals("done"));
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
            }
            assertThat(copy.rows).isEqualTo(pair.items(pair.standby));
            assertThat(copy.reads.get()).as("all rows are read again").isGreaterThan(ROWS);
        }
    }

    /** The stream comes from the primary, and the name leads elsewhere for a moment. */
    @Test
    void standbyOfTheServerThatStreams_isNotRead() throws Exception {
        Gate gate = new Gate();
        TableCopy copy = held(100, gate);
        try (StandbyPair pair = new StandbyPair(18);
                LogLines log = new LogLines();
                Proxy name = new Proxy(pair.primary.host(), pair.primary.port())) {
            ExistingItems.create(pair.database);
            pair.awaitReplayed();
            try (Walwire walwire = small(Walwire.builder()
                            .url("postgresql://" + pair.database.user() + ":" + pair.database.password() + "@127.0.0.1:"
                                    + name.port() + "/" + pair.database.name())
                            .publication("events")
                            .handler(copy))
                    .start()) {
                BackfillRun run = walwire.backfill("item").start();
                gate.awaitReached();
                name.leadTo(pair.standby.host(), pair.standby.port());
                pair.sql(
                        pair.primary,
                        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database()"
                                + " AND backend_type = 'client backend' AND pid <> pg_backend_pid()");
                gate.open();
                log.await("Existing rows", "led to a standby");
                name.leadTo(pair.primary.host(), pair.primary.port());
                ExistingItems.await(run);
            }
            assertThat(copy.rows).isEqualTo(pair.items(pair.primary));
        }
    }

    /** What is replayed removes rows that a chunk's snapshot still sees. */
    @Test
    void readingThatIsCancelledByRecovery_isDoneAgain() throws Exception {
        TableCopy copy = new TableCopy("item");
        try (StandbyPair pair = new StandbyPair(18);
                LogLines log = new LogLines()) {
            ExistingItems.create(pair.database);
            pair.primary.sql("ALTER SYSTEM SET autovacuum = off", "SELECT pg_reload_conf()");
            try (Walwire walwire = pair.start(small(pair.temporary()).handler("items", copy))) {
                pair.standby.sql(
                        "ALTER SYSTEM SET hot_standby_feedback = off",
                        "ALTER SYSTEM SET max_standby_streaming_delay = 0",
                        "SELECT pg_reload_conf()");
                BackfillRun run = walwire.backfill("item")
                        .where("id % 200 <> 0 OR pg_sleep(0.1) IS NOT NULL")
                        .start();
                Eventually.until(LONG, () -> {
                    pair.database.sql("UPDATE item SET v = v + 1 WHERE id % 3 = 0", "VACUUM item");
                    return !log.with("the standby cancels their reading").isEmpty();
                });
                ExistingItems.await(run);
                pair.awaitReplayed();
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
                assertThat(log.with("WARN", "the standby cancels their reading"))
                        .hasSize(1);
            }
            assertThat(copy.rows).isEqualTo(pair.items(pair.primary));
        }
    }
}
