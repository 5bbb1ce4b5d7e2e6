package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.backfill.BackfillRun;
import io.walwire.error.WalwireException;
import io.walwire.event.Position;
import io.walwire.handler.EventHandler;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables that are read before the stream's first change: {@code bare} without a key, and then {@code item} with one. */
class FirstBackfillTest {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final String MOST = "io.walwire.internal.backfill.most-held";
    private static final int ITEMS = 2_000;
    private static final int BARE = 350;

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final CountDownLatch reading = new CountDownLatch(1);
    private final CountDownLatch go = new CountDownLatch(1);
    private final AtomicInteger reads = new AtomicInteger();
    private volatile @Nullable Throwable failed;

    /** What the handler thread does at a row, counted over both tables. */
    private volatile RandomTable.@Nullable Work work;

    private volatile int at;
    private final BareCopy bare = new BareCopy(this::read);
    private final TableCopy items = new TableCopy("item", this::read);

    /** What comes of both tables: r for a row, e for the end of a table, c for a change. */
    private final List<String> order = new CopyOnWriteArrayList<>();

    private final Set<Position> positions = ConcurrentHashMap.newKeySet();

    private void read() {
        RandomTable.Work now = work;
        if (reads.incrementAndGet() == at && now != null) {
            try {
                now.run();
            } catch (Exception | AssertionError e) {
                failed = e;
            }
        }
    }

    private void atRow(int row, RandomTable.Work what) {
        at = row;
        work = what;
    }

    private void stopAtRow(int row) {
        atRow(row, () -> {
            reading.countDown();
            assertThat(go.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        });
    }

    private void awaitStop() throws InterruptedException {
        assertThat(reading.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }

    @BeforeEach
    void createTables() throws Exception {
        create(database);
    }

    private static BareTable create(TestDatabase in) throws Exception {
        BareTable bare = new BareTable(in, false, "FULL");
        bare.create();
        in.sql(
                "CREATE TABLE item (id int PRIMARY KEY, v int, big text)",
                "ALTER TABLE item ALTER big SET STORAGE EXTERNAL",
                "INSERT INTO item SELECT i, 0, 'b' || i FROM generate_series(1, " + ITEMS + ") i",
                "ALTER PUBLICATION events ADD TABLE item");
        ExistingItems.createProgress(in);
        return bare;
    }

    @AfterEach
    void forgetProperties() {
        System.clearProperty(MOST);
    }

    private WalwireBuilder first(WalwireBuilder builder) {
        EventHandler watching = on -> {
            for (String table : List.of("bare", "item")) {
                on.table(table)
                        .onRead(event -> {
                            order.add("r");
                            positions.add(event.position());
                        })
                        .onBackfilled(event -> order.add("e"))
                        .onChange(event -> order.add("c"));
            }
        };
        return builder.set("walwire.backfill", "new")
                .set("walwire.backfill.order", "first")
                .set("walwire.backfill.chunk", "8KiB")
                .handler("order", watching)
                .handler("bare", bare)
                .handler("items", items);
    }

    private void awaitCopies(Walwire walwire, TestDatabase of) throws Exception {
        Eventually.until(LONG, () -> walwire.backfills().isEmpty());
        assertThat(walwire.awaitCurrent(LONG)).isTrue();
        assertThat(failed).isNull();
        assertThat(bare.rows()).isEqualTo(new BareTable(of, false, "FULL").rows());
        assertThat(items.rows).isEqualTo(TableCopy.of(of, "item"));
    }

    /** All rows come first and have one position; what else there is comes after the ends of both tables. */
    private void assertReadFirst(int rows) {
        assertThat(order.subList(0, rows + 2)).doesNotContain("c");
        assertThat(order).filteredOn("r"::equals).hasSize(rows);
        assertThat(order).filteredOn("e"::equals).hasSize(2);
        assertThat(positions).hasSize(1);
    }

    private static void write(TestDatabase in, Random random) throws SQLException {
        for (int i = 0; i < 100; i++) {
            int id = 1 + random.nextInt(ITEMS);
            in.sql(
                    "UPDATE item SET v = v + 1 WHERE id % 50 = " + id % 50,
                    "DELETE FROM item WHERE id = " + id,
                    "INSERT INTO item VALUES (" + (100_000 + id) + ", " + i + ", 'new') ON CONFLICT DO NOTHING");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 15, 16, 17, 18})
    void besideWriters_rowsAreThoseOfOneMoment_andChangesComeAfterThem(int version) throws Exception {
        try (TestDatabase own = TestDatabase.create(PostgresServer.of(version))) {
            BareTable table = create(own);
            CountDownLatch written = new CountDownLatch(1);
            CompletableFuture<Void> writers = CompletableFuture.allOf(
                    RandomTable.thread(() -> table.write(new Random(version), false)), RandomTable.thread(() -> {
                        write(own, new Random(version));
                        written.await();
                        write(own, new Random(version + 1));
                    }));
            atRow(50, written::countDown);
            try (Walwire walwire = first(Instances.durable(own)).start()) {
                writers.get();
                awaitCopies(walwire, own);
            }
            assertReadFirst(reads.get());
            assertThat(order).contains("c");
            assertThat(bare.readings).hasValue(1);
            assertThat(ExistingItems.doneRuns(own)).isEqualTo(2);
        }
    }

    /** In the middle of table bare: of bare, which is being read, and of item, which is read later in the same snapshot. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "TRUNCATE bare",
                "TRUNCATE item",
                "ALTER TABLE bare ALTER a TYPE bigint",
                "ALTER TABLE item ALTER v TYPE bigint"
            })
    void rewriteBetweenTheSnapshotAndTheRows_waits(String rewrite) throws Exception {
        String table = rewrite.contains("bare") ? "bare" : "item";
        CompletableFuture<Void> rewriting = new CompletableFuture<>();
        atRow(50, () -> {
            CompletableFuture<Void> unused =
                    RandomTable.thread(() -> database.sql(rewrite)).thenAccept(rewriting::complete);
            Eventually.until(
                    LONG,
                    () -> database.queryLong("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = '" + table
                                    + "'::regclass")
                            == 1);
        });
        try (Walwire walwire = first(Instances.durable(database)).start()) {
            rewriting.get(LONG.toSeconds(), TimeUnit.SECONDS);
            awaitCopies(walwire, database);
        }
        assertReadFirst(ITEMS + BARE);
    }

    /** Whatever asks for the lock of the table from then on waits, too. */
    @ParameterizedTest
    @ValueSource(strings = {"TRUNCATE item", "ALTER TABLE bare ALTER a TYPE bigint"})
    void rewriteThatWaits_whenTheSlotIsCreated_doesNotHoldUpTheReading(String rewrite) throws Exception {
        CompletableFuture<Void> rewriting = RandomTable.thread(() -> {
            Eventually.until(
                    LONG,
                    () -> database.queryLong("SELECT count(*) FROM pg_replication_slots"
                                    + " WHERE database = current_database() AND confirmed_flush_lsn IS NOT NULL")
                            == 1);
            database.sql(rewrite);
        });
        try (Walwire walwire = first(Instances.durable(database)).start()) {
            rewriting.get(LONG.toSeconds(), TimeUnit.SECONDS);
            awaitCopies(walwire, database);
        }
        assertReadFirst(ITEMS + BARE);
    }

    @Test
    void temporarySlot_readsAtEachStart() throws Exception {
        for (int start = 1; start <= 2; start++) {
            try (Walwire walwire = first(Instances.temporary(database)).start()) {
                database.sql("UPDATE item SET v = v + 1 WHERE id < 9", "INSERT INTO bare VALUES (7, 'late', NULL)");
                awaitCopies(walwire, database);
            }
            assertThat(bare.readings).hasValue(start);
        }
        assertThat(items.reads).hasValue(2 * ITEMS);
    }

    @Test
    void tableWithoutAKey_aboveTheBoundOfAHeldStream_isRead() throws Exception {
        System.setProperty(MOST, "100000");
        try (Walwire walwire = first(Instances.durable(database)).start()) {
            awaitCopies(walwire, database);
        }
        assertReadFirst(ITEMS + BARE);
    }

    @Test
    void slotThatIsThere_isReadBeside_whichIsLogged() throws Exception {
        database.createSlot(Instances.slot(database));
        database.sql("UPDATE item SET v = 7 WHERE id < 100");
        try (LogLines log = new LogLines();
                Walwire walwire = first(Instances.durable(database)).start()) {
            awaitCopies(walwire, database);
            assertThat(log.with("walwire.backfill.order=first has no effect", "public.bare, public.item"))
                    .hasSize(1);
            assertThat(log.with("The stream is held", "public.bare")).hasSize(1);
        }
        assertThat(order.get(0)).isEqualTo("c");
    }

    /** In the middle of table bare, and of table item. */
    @ParameterizedTest
    @CsvSource({"50, false", "500, false", "50, true", "500, true"})
    void closedWhileRowsAreRead_theNextInstanceReadsBeside_andMissesNothing(int row, boolean aborted) throws Exception {
        stopAtRow(row);
        CompletableFuture<Void> closing;
        try (Walwire walwire = first(Instances.durable(database)).start()) {
            awaitStop();
            database.sql(
                    "DELETE FROM item WHERE id % 3 = 0",
                    "UPDATE item SET v = v + 1 WHERE id % 3 = 1", "DELETE FROM bare WHERE a % 3 = 0");
            closing = RandomTable.thread(aborted ? database::terminateWalsenders : walwire::close);
            Eventually.until(LONG, () -> walwire.status().state() != State.STREAMING || isClosing(walwire));
            go.countDown();
        }
        closing.get(LONG.toSeconds(), TimeUnit.SECONDS);
        assertThat(items.reads.get()).isLessThan(ITEMS);
        assertThat(database.slot(Instances.slot(database))).isPresent();
        try (Walwire walwire = first(Instances.durable(database)).start()) {
            awaitCopies(walwire, database);
        }
        assertThat(ExistingItems.doneRuns(database)).isEqualTo(2);
    }

    private static boolean isClosing(Walwire walwire) {
        try {
            walwire.backfill("item").start(); // there is one, so that it adds none
            return false;
        } catch (WalwireException e) {
            return String.valueOf(e.getMessage()).contains("is closed");
        }
    }

    /** What reads, or streams, is terminated in the middle of table bare, and of table item. */
    @ParameterizedTest
    @CsvSource({"50, walsender", "500, walsender", "50, client backend", "500, client backend"})
    void connectionLostWhileRowsAreRead_restIsReadBeside(int row, String backend) throws Exception {
        atRow(row, () -> {
            database.query("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                    + " WHERE datname = current_database() AND application_name LIKE 'walwire%' AND backend_type = '"
                    + backend + "'");
            database.sql(
                    "DELETE FROM item WHERE id % 3 = 0",
                    "UPDATE item SET v = v + 1 WHERE id % 3 = 1", "INSERT INTO bare VALUES (1, 'late', NULL)");
        });
        // more than fits into the buffers of a connection
        database.sql("UPDATE item SET big = repeat('b', 3000) || id");
        try (Walwire walwire = first(Instances.durable(database)).start()) {
            awaitCopies(walwire, database);
        }
        assertThat(positions).hasSizeGreaterThan(1);
    }

    @ParameterizedTest
    @CsvSource({"bare, 50", "item, 50", "item, 500"})
    void pausedWhileRowsAreRead_theStreamGoesOn_andTheRestIsReadBeside(String table, int row) throws Exception {
        stopAtRow(row);
        try (Walwire walwire = first(Instances.durable(database)).start()) {
            awaitStop();
            BackfillRun run = walwire.backfills().stream()
                    .filter(each -> each.table().endsWith(table))
                    .findFirst()
                    .orElseThrow();
            run.pause();
            database.sql("INSERT INTO item VALUES (100000, 1, 'late')");
            go.countDown();
            Eventually.until(LONG, () -> items.rows.containsKey("100000"));
            run.resume();
            awaitCopies(walwire, database);
        }
    }

    @Test
    void partitionsAndConditionsOfThePublication_apply() throws Exception {
        database.sql(
                "CREATE TABLE part (id int PRIMARY KEY, v int) PARTITION BY RANGE (id)",
                "CREATE TABLE part_low PARTITION OF part FOR VALUES FROM (0) TO (100)",
                "CREATE TABLE part_high PARTITION OF part FOR VALUES FROM (100) TO (1000)",
                "CREATE TABLE none (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                "INSERT INTO part SELECT i, 0 FROM generate_series(1, 900) i",
                "DROP PUBLICATION events",
                "CREATE PUBLICATION events FOR TABLE part, item WHERE (id < 500), none, bare"
                        + " WITH (publish_via_partition_root = true)");
        AtomicInteger parts = new AtomicInteger();
        AtomicInteger few = new AtomicInteger();
        AtomicInteger ends = new AtomicInteger();
        try (Walwire walwire = Instances.temporary(database)
                .set("walwire.backfill", "new")
                .set("walwire.backfill.order", "first")
                .set("walwire.backfill.chunk", "8KiB")
                .handler(on -> {
                    on.table("part")
                            .onReads(all -> parts.addAndGet(all.size()))
                            .onBackfilled(event -> ends.incrementAndGet());
                    on.table("item").onReads(all -> few.addAndGet(all.size()));
                    on.table("none").onReads(all -> {});
                })
                .start()) {
            Eventually.until(LONG, () -> walwire.backfills().isEmpty());
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(parts).hasValue(900);
        assertThat(few).hasValue(499);
        assertThat(ends).hasValue(1);
    }
}
