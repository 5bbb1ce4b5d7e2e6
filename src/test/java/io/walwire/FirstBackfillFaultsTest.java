package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Suspended;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens to tables, and to streams, while tables are read before the first change: nothing is lost, and nothing stays held. */
class FirstBackfillFaultsTest {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final String PUBLICATION =
            "CREATE PUBLICATION events FOR TABLE bare, item, last WITH (publish_via_partition_root = true)";

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @RegisterExtension
    final TestDatabase own = TestDatabase.onSharedServer();

    private volatile @Nullable Throwable failed;

    /** Does something at the first row of a table, on the handler's thread. */
    private Runnable atFirstRow(RandomTable.Work work) {
        AtomicBoolean done = new AtomicBoolean();
        return () -> {
            if (!done.getAndSet(true)) {
                try {
                    work.run();
                } catch (Exception | AssertionError e) {
                    failed = e;
                }
            }
        };
    }

    private static WalwireBuilder first(WalwireBuilder builder) {
        return builder.set("walwire.backfill", "new")
                .set("walwire.backfill.order", "first")
                .set("walwire.backfill.chunk", "8KiB");
    }

    private static void createPartitioned(TestDatabase in) throws Exception {
        in.sql(
                "CREATE TABLE bare (a int, note text, big text) PARTITION BY RANGE (a)",
                "CREATE TABLE item (id int PRIMARY KEY, v int, big text) PARTITION BY RANGE (id)",
                "CREATE TABLE last (id int PRIMARY KEY, v int, big text) PARTITION BY RANGE (id)");
        for (String table : List.of("bare", "item", "last")) {
            in.sql(
                    "CREATE TABLE " + table + "_low PARTITION OF " + table + " FOR VALUES FROM (0) TO (1000)",
                    "INSERT INTO " + table + " SELECT i, 1, repeat('b', 200) FROM generate_series(1, 500) i",
                    "CREATE TABLE " + table + "_high (LIKE " + table + " INCLUDING INDEXES)",
                    "INSERT INTO " + table + "_high SELECT i, 2, NULL FROM generate_series(1001, 1100) i");
        }
        in.sql(PUBLICATION);
        ExistingItems.createProgress(in);
    }

    /** Only partitions that are known are locked. The tables are found to have more while another one is still read. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "ALTER TABLE %1$s ATTACH PARTITION %1$s_high FOR VALUES FROM (1000) TO (2000)",
                "CREATE TABLE %1$s_new PARTITION OF %1$s FOR VALUES FROM (1000) TO (2000)"
            })
    void partitionThatIsAttached_whileTablesAreRead_isReadBeside(String attach) throws Exception {
        createPartitioned(database);
        try (LogLines log = new LogLines()) {
            BareCopy bare = new BareCopy(atFirstRow(() -> database.sql(
                    attach.formatted("bare"), attach.formatted("item"), "INSERT INTO item VALUES (1500)")));
            TableCopy items = new TableCopy("item");
            TableCopy last = new TableCopy("last", atFirstRow(() -> {
                for (String table : List.of("bare", "item")) {
                    Eventually.until(
                            LONG,
                            () -> log.with("The backfill ", " of public." + table + " begins")
                                            .size()
                                    > 1);
                }
            }));
            try (Walwire walwire = first(Instances.durable(database))
                    .handler("bare", bare)
                    .handler("items", items)
                    .handler("last", last)
                    .start()) {
                Eventually.until(LONG, () -> walwire.backfills().isEmpty());
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
            }
            assertThat(failed).isNull();
            assertThat(bare.rows()).isEqualTo(new BareTable(database, true, "NOTHING").rows());
            assertThat(bare.readings).hasValue(2);
            assertThat(items.rows).isEqualTo(TableCopy.of(database, "item"));
            assertThat(last.rows).isEqualTo(TableCopy.of(database, "last"));
            assertThat(last.reads).hasValue(500);
        }
    }

    /** The database of a checkpoint, which cannot be reached at times. */
    private final class Checkpoints extends ThreadTransactions {
        private final BooleanSupplier away;

        Checkpoints(BooleanSupplier away) {
            super(LetterBox.source(own));
            this.away = away;
        }

        @Override
        public void run(Body body) throws Exception {
            if (slots() > 0 && away.getAsBoolean()) {
                throw new SQLException("no route to the checkpoint", "08006");
            }
            super.run(body);
        }
    }

    private long slots() throws SQLException {
        return database.queryLong("SELECT count(*) FROM pg_replication_slots WHERE database = current_database()");
    }

    private WalwireBuilder withCheckpoint(TableCopy items, BooleanSupplier away) throws Exception {
        ExistingItems.create(database);
        Ledger.create(own);
        ExistingItems.createProgress(own);
        return first(Instances.durable(database))
                .set("walwire.start.wait", "forever")
                .checkpoint(JdbcCheckpoint.of(new Checkpoints(away), "shop"))
                .handler("items", items);
    }

    private void finish(Walwire walwire, TableCopy items) throws Exception {
        Eventually.until(LONG, () -> walwire.backfills().isEmpty());
        assertThat(walwire.awaitCurrent(LONG)).isTrue();
        assertThat(failed).isNull();
        assertThat(items.rows).isEqualTo(TableCopy.of(database, "item"));
    }

    /** The slot ends with its connection, and the next one has its name and begins later. */
    @Test
    void streamThatEndsBeforeItIsUsed_takesItsSnapshotWithIt() throws Exception {
        TableCopy items = new TableCopy("item");
        AtomicBoolean wasAway = new AtomicBoolean();
        BooleanSupplier awayOnce = () -> {
            if (wasAway.getAndSet(true)) {
                return false;
            }
            try {
                database.sql("DELETE FROM item WHERE id % 3 = 0", "UPDATE item SET v = 7 WHERE id % 3 = 1");
            } catch (SQLException e) {
                failed = e;
            }
            return true;
        };
        try (Walwire walwire = withCheckpoint(items, awayOnce)
                .set("walwire.slot.durable", "false")
                .start()) {
            finish(walwire, items);
        }
        assertThat(wasAway).isTrue();
    }

    /** Nobody knows when it can begin. A migration waits for the locks until then, and others wait behind it. */
    @Test
    void streamThatCannotBegin_leavesNoLock() throws Exception {
        TableCopy items = new TableCopy("item");
        AtomicBoolean away = new AtomicBoolean(true);
        WalwireBuilder builder = withCheckpoint(items, away::get);
        try (LogLines log = new LogLines()) {
            CompletableFuture<Walwire> starting =
                    CompletableFuture.supplyAsync(builder::start, task -> new Thread(task, "starter").start());
            log.await("1 tables are read as of");
            Eventually.until(
                    LONG,
                    () -> database.queryLong("SELECT count(*) FROM pg_locks WHERE relation = 'item'::regclass") == 0);
            away.set(false);
            try (Walwire walwire = starting.get(LONG.toSeconds(), TimeUnit.SECONDS)) {
                finish(walwire, items);
            }
        }
    }

    /** The next stream has a slot of the same name. What reads is stopped, so that it does not notice by itself. */
    @Test
    void streamThatIsLost_whileTheReaderWaitsForTheServer_leavesNoThread() throws Exception {
        String thread = "walwire-lost-backfill-held";
        Gate gate = new Gate();
        TableCopy items = new TableCopy("item", atFirstRow(gate::pass));
        try (PostgresServer server = PostgresServer.start(18, Map.of());
                TestDatabase alone = TestDatabase.create(server)) {
            ExistingItems.create(alone);
            // more than fits into the buffers of a connection
            alone.sql("UPDATE item SET big = repeat('b', 10000) || id");
            WalwireBuilder builder = first(Instances.durable(alone))
                    .name("lost")
                    .set("walwire.backfill.chunk", "256KiB")
                    .set("walwire.slot.durable", "false")
                    .handler("items", items);
            try (Walwire walwire = builder.start()) {
                gate.awaitReached();
                long reader = alone.queryLong("SELECT pid FROM pg_locks WHERE relation = 'item'::regclass AND granted");
                try (Suspended suspended = Suspended.one(server, (int) reader)) {
                    gate.open();
                    InstanceThreads.awaitIn("lost", "backfill-held", "park"); // for bytes of its connection
                    alone.terminateWalsenders();
                    Eventually.until(LONG, () -> walwire.status().reconnects() > 0);
                    Eventually.until(LONG, () -> walwire.backfills().isEmpty());
                    assertThat(walwire.awaitCurrent(LONG)).isTrue();
                    assertThat(items.rows).isEqualTo(TableCopy.of(alone, "item"));
                    walwire.close();
                    Eventually.until(LONG, () -> Thread.getAllStackTraces().keySet().stream()
                            .noneMatch(each -> each.getName().equals(thread)));
                }
            }
        }
    }
}
