package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.backfill.BackfillRun;
import io.walwire.backfill.BackfillState;
import io.walwire.error.ConfigurationException;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Existing rows of tables without a key: the stream is held while they are read. */
class HeldBackfillTest {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final String MOST = "io.walwire.internal.backfill.most-held";
    private static final String PATIENCE = "io.walwire.internal.backfill.held-patience";
    private static final int ROWS = 350;

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final BareTable table = new BareTable(database, false, "FULL");
    private final CountDownLatch reading = new CountDownLatch(1);
    private final CountDownLatch go = new CountDownLatch(1);

    /** What the handler thread does with the fiftieth row. */
    private volatile RandomTable.@Nullable Work inTheMiddle;

    private volatile @Nullable Throwable failed;
    private final AtomicInteger reads = new AtomicInteger();
    private final BareCopy copy = new BareCopy(this::read);

    private void read() {
        RandomTable.Work work = inTheMiddle;
        if (work != null && reads.incrementAndGet() == 50) {
            try {
                work.run();
            } catch (Exception | AssertionError e) {
                failed = e;
            }
        }
    }

    /** Lets the test do something while rows are read. */
    private void stopInTheMiddle() {
        inTheMiddle = () -> {
            reading.countDown();
            assertThat(go.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        };
    }

    private void awaitTheMiddle() throws InterruptedException {
        assertThat(reading.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }

    @BeforeEach
    void createTable() throws Exception {
        table.create();
    }

    @AfterEach
    void forgetProperties() {
        System.clearProperty(MOST);
        System.clearProperty(PATIENCE);
    }

    private WalwireBuilder instance(BareCopy into) {
        return Instances.temporary(database)
                .set("walwire.backfill.chunk", "8KiB")
                .handler("copy", into);
    }

    private void readAll(Walwire walwire) throws Exception {
        ExistingItems.await(walwire.backfill("bare").start());
        assertThat(walwire.awaitCurrent(LONG)).isTrue();
        assertThat(failed).isNull();
        assertThat(copy.rows()).isEqualTo(table.rows());
    }

    /** What is committed meanwhile comes after all rows; a TRUNCATE waits until they are read. */
    @ParameterizedTest
    @ValueSource(strings = {"INSERT INTO bare SELECT * FROM bare", "DELETE FROM bare WHERE a < 50", "TRUNCATE bare"})
    void changeWhileRowsAreRead_isDeliveredAfterThem(String change) throws Exception {
        AtomicReference<CompletableFuture<Void>> changing = new AtomicReference<>();
        inTheMiddle = () -> changing.set(RandomTable.thread(() -> database.sql(change)));
        try (Walwire walwire = instance(copy).start()) {
            BackfillRun run = walwire.backfill("bare").start();
            ExistingItems.await(run);
            Objects.requireNonNull(changing.get()).get(LONG.toSeconds(), TimeUnit.SECONDS);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(run.progress().rows()).isEqualTo(ROWS);
            assertThat(run.progress().state()).isEqualTo(BackfillState.DONE);
        }
        assertThat(failed).isNull();
        assertThat(copy.rows()).isEqualTo(table.rows());
        assertThat(copy.readings).hasValue(1);
        assertThat(copy.reads).hasValue(ROWS);
        assertThat(copy.ends).hasValue(1);
    }

    @Test
    void rowsThatHandlersHaveAlready_areReplaced() throws Exception {
        try (Walwire walwire = instance(copy).start()) {
            database.sql("INSERT INTO bare VALUES (1, 'new', 'b'), (1, 'new', 'b')", "DELETE FROM bare WHERE a = 7");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(copy.rows()).hasSize(1);
            readAll(walwire);
            readAll(walwire); // again, by another run
        }
        assertThat(copy.readings).hasValue(2);
    }

    @ParameterizedTest
    @CsvSource({"true, 1", "false, 3"})
    void partitions_areReadTogether_orEachByItself(boolean asRoot, int ends) throws Exception {
        try (TestDatabase own = TestDatabase.create(database.server())) {
            BareTable parts = new BareTable(own, true, "FULL");
            parts.create();
            own.sql("ALTER PUBLICATION events SET (publish_via_partition_root = " + asRoot + ")");
            AtomicInteger rows = new AtomicInteger();
            AtomicInteger done = new AtomicInteger();
            try (Walwire walwire = Instances.temporary(own)
                    .set("walwire.backfill.chunk", "8KiB")
                    .handler(on -> {
                        List<String> names = asRoot ? List.of("bare") : List.of("bare_0", "bare_1", "bare_2");
                        for (String name : names) {
                            on.table(name)
                                    .onReads(all -> rows.addAndGet(all.size()))
                                    .onBackfilled(event -> done.incrementAndGet());
                        }
                    })
                    .start()) {
                for (String name : asRoot ? List.of("bare") : List.of("bare_0", "bare_1", "bare_2")) {
                    ExistingItems.await(walwire.backfill(name).start());
                }
            }
            assertThat(rows).hasValue(ROWS);
            assertThat(done).hasValue(ends);
        }
    }

    /** All rows come from one snapshot, so that the others are read again, too. */
    @Test
    void partitionThatIsAttached_whileOthersAreRead_isRead() throws Exception {
        try (TestDatabase own = TestDatabase.create(database.server())) {
            own.sql(
                    "CREATE TABLE bare (a int, note text, big text) PARTITION BY RANGE (a)",
                    "CREATE TABLE low PARTITION OF bare FOR VALUES FROM (0) TO (1000)",
                    "INSERT INTO bare SELECT i, 'low', repeat('b', 200) FROM generate_series(1, 500) i",
                    "CREATE TABLE high (LIKE bare)",
                    "INSERT INTO high SELECT i, 'high', NULL FROM generate_series(1001, 1100) i",
                    "CREATE PUBLICATION events FOR TABLE bare WITH (publish_via_partition_root = true)");
            inTheMiddle = () -> own.sql("ALTER TABLE bare ATTACH PARTITION high FOR VALUES FROM (1000) TO (2000)");
            try (Walwire walwire = Instances.temporary(own)
                    .set("walwire.backfill.chunk", "8KiB")
                    .handler("copy", copy)
                    .start()) {
                ExistingItems.await(walwire.backfill("bare").start());
            }
            assertThat(failed).isNull();
            assertThat(copy.rows()).isEqualTo(new BareTable(own, true, "NOTHING").rows());
        }
        assertThat(copy.readings).hasValue(2);
        assertThat(copy.ends).as("the end comes once").hasValue(1);
    }

    @Test
    void emptyTable_isDone() throws Exception {
        database.sql("DELETE FROM bare");
        try (Walwire walwire = instance(copy).start()) {
            readAll(walwire);
        }
        assertThat(copy.ends).hasValue(1);
    }

    @Test
    void condition_andRowFilter_apply() throws Exception {
        database.sql("ALTER PUBLICATION events SET TABLE bare WHERE (a < 20), beat");
        AtomicInteger rows = new AtomicInteger();
        try (Walwire walwire = Instances.temporary(database)
                .handler(on -> on.table("bare").onReads(all -> rows.addAndGet(all.size())))
                .start()) {
            ExistingItems.await(
                    walwire.backfill("bare").where("note IS NOT NULL -- all").start());
        }
        assertThat(rows).hasValue((int) database.queryLong("SELECT count(*) FROM bare WHERE a < 20 AND note = 'n'"));
    }

    /** Keys without a form that can be compared. */
    @Test
    void tableWhoseKeyHasNoExactType_isReadTheSameWay() throws Exception {
        database.sql(
                "CREATE TABLE tagged (tags int[] PRIMARY KEY)",
                "INSERT INTO tagged SELECT ARRAY[i, i] FROM generate_series(1, 500) i",
                "ALTER PUBLICATION events ADD TABLE tagged");
        AtomicInteger rows = new AtomicInteger();
        try (LogLines log = new LogLines();
                Walwire walwire = Instances.temporary(database)
                        .handler(on -> on.table("tagged").onReads(all -> rows.addAndGet(all.size())))
                        .start()) {
            ExistingItems.await(walwire.backfill("tagged").start());
            assertThat(log.with("The stream is held", "public.tagged")).hasSize(1);
        }
        assertThat(rows).hasValue(500);
    }

    @Test
    void tableAboveTheBound_isRefused() throws Exception {
        System.setProperty(MOST, "100000");
        try (Walwire walwire = instance(copy).start()) {
            assertThatThrownBy(() -> walwire.backfill("bare").start())
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContainingAll("public.bare", "no key", "too large", "at most 100000");
            database.sql("DELETE FROM bare", "VACUUM bare");
            readAll(walwire);
        }
    }

    @Test
    void openTransaction_isNamed_andTheStreamGoesOnMeanwhile() throws Exception {
        System.setProperty(PATIENCE, "5");
        try (LogLines log = new LogLines();
                Walwire walwire = instance(copy).start();
                Connection open = database.connect();
                Statement statement = open.createStatement()) {
            open.setAutoCommit(false);
            statement.execute("INSERT INTO bare VALUES (7, 'open', NULL)");
            BackfillRun run = walwire.backfill("bare").start();
            log.await(
                    "WARN",
                    "public.bare waits for transactions",
                    "PID ",
                    "(role " + database.user() + ", application \"");
            database.sql("INSERT INTO bare VALUES (8, 'new', NULL)");
            Eventually.until(LONG, () -> copy.rows().containsKey("8 new null"));
            assertThat(run.progress().state()).isEqualTo(BackfillState.WAITING);
            assertThat(log.with("The stream is held")).isEmpty();
            open.commit();
            ExistingItems.await(run);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(copy.rows()).isEqualTo(table.rows());
    }

    @Test
    void readerThatIsTerminated_beginsAgain() throws Exception {
        inTheMiddle = () -> {
            database.query("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                    + " WHERE datname = current_database() AND application_name LIKE 'walwire%'"
                    + " AND backend_type = 'client backend'");
            database.sql("DELETE FROM bare WHERE a < 30", "INSERT INTO bare VALUES (1, 'late', NULL)");
        };
        try (Walwire walwire = instance(copy).start()) {
            readAll(walwire);
        }
        assertThat(copy.readings).hasValue(2);
    }

    @Test
    void streamThatIsLost_beginsAgain() throws Exception {
        ExistingItems.createProgress(database);
        inTheMiddle = () -> {
            assertThat(database.terminateWalsenders()).isPositive();
            database.sql("DELETE FROM bare WHERE a < 30", "INSERT INTO bare VALUES (1, 'late', NULL)");
        };
        try (Walwire walwire = Instances.durable(database)
                .set("walwire.backfill.chunk", "8KiB")
                .handler("copy", copy)
                .start()) {
            readAll(walwire);
        }
        assertThat(copy.readings).hasValue(2);
    }

    @Test
    void pause_letsTheStreamGoOn_andTheTableIsReadAgain() throws Exception {
        stopInTheMiddle();
        try (Walwire walwire = instance(copy).start()) {
            BackfillRun run = walwire.backfill("bare").start();
            awaitTheMiddle();
            run.pause();
            database.sql("INSERT INTO bare VALUES (1, 'late', NULL)");
            go.countDown();
            Eventually.until(LONG, () -> copy.rows().containsKey("1 late null"));
            assertThat(run.progress().state()).isEqualTo(BackfillState.PAUSED);
            run.resume();
            ExistingItems.await(run);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(copy.rows()).isEqualTo(table.rows());
        assertThat(copy.readings).hasValue(2);
    }

    @Test
    void cancel_letsTheStreamGoOn() throws Exception {
        stopInTheMiddle();
        try (Walwire walwire = instance(copy).start()) {
            BackfillRun run = walwire.backfill("bare").start();
            awaitTheMiddle();
            run.cancel();
            database.sql("INSERT INTO bare VALUES (1, 'late', NULL)");
            go.countDown();
            Eventually.until(LONG, () -> copy.rows().containsKey("1 late null"));
            assertThatThrownBy(() -> ExistingItems.await(run)).hasRootCauseInstanceOf(CancellationException.class);
        }
        assertThat(copy.reads.get()).isLessThan(ROWS);
        assertThat(copy.ends).hasValue(0);
    }

    /** Chunks of another table wait for the stream, which waits for this one. */
    @Test
    void otherTables_areReadBesideIt() throws Exception {
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY, v int, big text)",
                "INSERT INTO item SELECT i, 0, repeat('b', 100) FROM generate_series(1, 5000) i",
                "CREATE TABLE other (a int)",
                "ALTER TABLE other REPLICA IDENTITY FULL",
                "INSERT INTO other SELECT i FROM generate_series(1, 1000) i",
                "ALTER PUBLICATION events ADD TABLE item, other");
        TableCopy items = new TableCopy("item");
        AtomicInteger others = new AtomicInteger();
        try (LogLines log = new LogLines();
                Walwire walwire = instance(copy)
                        .set("walwire.backfill", "new")
                        .set("walwire.backfill.readers", "1")
                        .handler("items", items)
                        .handler("others", on -> on.table("other").onReads(all -> others.addAndGet(all.size())))
                        .start()) {
            CompletableFuture<Void> writer = RandomTable.thread(() -> table.write(new Random(7), false));
            database.sql("UPDATE item SET v = v + 1 WHERE id % 7 = 0");
            log.await("of public.item is done");
            log.await("of public.other is done");
            log.await("of public.bare is done");
            writer.get();
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(copy.rows()).isEqualTo(table.rows());
        assertThat(items.rows).isEqualTo(TableCopy.of(database, "item"));
        assertThat(others).hasValue(1_000);
    }

    @Test
    void tableThatLosesItsKey_beginsAgainInTheOtherWay() throws Exception {
        database.sql(
                "CREATE TABLE item (id int CONSTRAINT item_key PRIMARY KEY, v int, big text)",
                "INSERT INTO item SELECT i, 0, 'b' FROM generate_series(1, 2000) i",
                "ALTER PUBLICATION events ADD TABLE item");
        AtomicInteger rows = new AtomicInteger();
        try (LogLines log = new LogLines();
                Walwire walwire = Instances.temporary(database)
                        .set("walwire.backfill.chunk", "8KiB")
                        .handler(on -> on.table("item").onReads(all -> {
                            if (rows.getAndAdd(all.size()) == 0) {
                                database.sql("BEGIN; ALTER TABLE item REPLICA IDENTITY FULL;"
                                        + " ALTER TABLE item DROP CONSTRAINT item_key; COMMIT");
                            }
                        }))
                        .start()) {
            ExistingItems.await(walwire.backfill("item").start());
            assertThat(log.with("The stream is held", "public.item")).hasSize(1);
        }
        assertThat(rows.get()).isBetween(2_001, 4_000);
    }
}
