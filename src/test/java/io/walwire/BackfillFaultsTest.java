package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.backfill.BackfillRun;
import io.walwire.backfill.BackfillState;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens to a table and its server while existing rows are read: nothing is lost. */
class BackfillFaultsTest {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final int ROWS = ExistingItems.ROWS;

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    /** What happens in the middle, on the handler's thread, before the n-th row that was read is handled. */
    private final Map<Integer, Fault> faults = new ConcurrentHashMap<>();

    private final AtomicInteger reads = new AtomicInteger();
    private volatile @Nullable Throwable failed;
    private final TableCopy copy = new TableCopy("item", this::read);

    private interface Fault {
        void happen() throws Exception;
    }

    private void read() {
        Fault fault = faults.get(reads.incrementAndGet());
        try {
            if (fault != null) {
                fault.happen();
            }
        } catch (Exception | AssertionError e) {
            failed = e;
        }
    }

    @BeforeEach
    void tables() throws Exception {
        ExistingItems.create(database);
        ExistingItems.createProgress(database);
    }

    private Walwire start() {
        return Instances.durable(database)
                .set("walwire.backfill.chunk", "8KiB")
                .handler("copy", copy)
                .start();
    }

    /** Reads the table, and compares the copy with what it is then. */
    private void readAll() throws Exception {
        try (Walwire walwire = start()) {
            ExistingItems.await(walwire.backfill("item").start());
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(failed).isNull();
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
    }

    @Test
    void connectionsThatAreTerminated_areReplaced() throws Exception {
        Fault terminate = () -> {
            database.query("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                    + " WHERE datname = current_database() AND application_name LIKE 'walwire%'");
            database.sql("UPDATE item SET v = v + 1 WHERE id % 3 = 0", "DELETE FROM item WHERE id % 50 = 0");
        };
        faults.put(200, terminate);
        faults.put(700, terminate);
        readAll();
        assertThat(copy.reads.get())
                .as("chunks in hand are read again, and no others")
                .isLessThan(2 * ROWS);
    }

    @Test
    void tableThatIsDefinedAgain_isReadOn() throws Exception {
        faults.put(200, () -> database.sql("VACUUM FULL item", "UPDATE item SET v = v + 1 WHERE id % 3 = 0"));
        faults.put(600, () -> database.sql("ALTER TABLE item ADD more int DEFAULT 7"));
        faults.put(
                900,
                () -> database.sql("ALTER TABLE item RENAME more TO most", "UPDATE item SET v = 1 WHERE id % 5 = 0"));
        faults.put(
                1_200,
                () -> database.sql("ALTER TABLE item ALTER id TYPE bigint", "DELETE FROM item WHERE id % 7 = 0"));
        faults.put(1_500, () -> database.sql("ALTER TABLE item DROP most", "CLUSTER item USING item_pkey"));
        readAll();
    }

    @ParameterizedTest
    @ValueSource(strings = {"DROP TABLE item", "ALTER TABLE item RENAME TO thing"})
    void tableThatIsGone_failsItsRunAlone(String sql) throws Exception {
        faults.put(100, () -> database.sql(sql));
        try (Walwire walwire = start()) {
            BackfillRun run = walwire.backfill("item").start();
            assertThatThrownBy(() -> ExistingItems.await(run)).hasMessageContaining("There is no such table");
            assertThat(run.progress().state()).isEqualTo(BackfillState.FAILED);
            database.sql("INSERT INTO mark DEFAULT VALUES");
            assertThat(walwire.awaitCurrent(LONG)).as("the stream goes on").isTrue();
        }
        assertThat(failed).isNull();
        assertThat(database.query("SELECT state, problem FROM walwire_backfill WHERE leaf = 0"))
                .singleElement()
                .satisfies(row -> assertThat(row.get("state")).isEqualTo("failed"))
                .satisfies(row -> assertThat(row.get("problem")).asString().contains("no such table"));
    }

    /** It has another OID, and nothing of it was read. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void tableThatIsCreatedAgain_isReadToo(boolean whileTheInstanceRuns) throws Exception {
        String[] again = {
            "DROP TABLE item",
            "CREATE TABLE item (id int PRIMARY KEY, v int, big text)",
            "INSERT INTO item SELECT i, 7, 'again' FROM generate_series(1, 50) i"
        };
        TableCopy second = new TableCopy("item");
        Trail ends = new Trail();
        try (Walwire walwire = readingNew(copy, ends)) {
            Eventually.until(LONG, () -> ExistingItems.doneRuns(database) == 1);
            if (whileTheInstanceRuns) {
                database.sql(again);
                Eventually.until(LONG, () -> ExistingItems.doneRuns(database) == 2);
            }
        }
        if (!whileTheInstanceRuns) {
            database.sql(again);
        }
        try (Walwire walwire = readingNew(second, ends)) {
            Eventually.until(LONG, () -> ExistingItems.doneRuns(database) == 2);
            assertThat(ends.upToMark(database)).containsExactly("end: itemb", "end: itemb");
        }
        assertThat(second.reads).hasValue(whileTheInstanceRuns ? 0 : 50);
        assertThat(copy.reads).hasValueGreaterThanOrEqualTo(whileTheInstanceRuns ? ROWS + 50 : ROWS);
        assertThat(whileTheInstanceRuns ? copy.rows : second.rows).containsAllEntriesOf(TableCopy.of(database, "item"));
    }

    private Walwire readingNew(TableCopy into, Trail ends) {
        return Instances.durable(database)
                .set("walwire.backfill", "new")
                .subscriptions("item", "mark")
                .handler("copy", into)
                .handler("end", on -> on.table("item").onBackfilled(ends.events("end")))
                .handler("mark", ends.marker())
                .start();
    }

    @Test
    void partitionThatIsDetached_isLeftOut() throws Exception {
        database.sql(
                "CREATE TABLE parted (id int PRIMARY KEY, v int, big text) PARTITION BY RANGE (id)",
                "CREATE TABLE one PARTITION OF parted FOR VALUES FROM (0) TO (1001)",
                "CREATE TABLE two PARTITION OF parted FOR VALUES FROM (1001) TO (2001)",
                "INSERT INTO parted SELECT * FROM item",
                "CREATE PUBLICATION roots FOR TABLE parted WITH (publish_via_partition_root = true)");
        faults.put(
                100,
                () -> database.sql(
                        "ALTER TABLE parted DETACH PARTITION two",
                        "CREATE TABLE three PARTITION OF parted FOR VALUES FROM (1001) TO (3001)",
                        "INSERT INTO parted VALUES (2500, 1, 'new')"));
        TableCopy all = new TableCopy("parted", this::read);
        try (Walwire walwire = startReading(all)) {
            ExistingItems.await(walwire.backfill("parted").start());
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(failed).isNull();
        assertThat(all.rows)
                .as("rows of the partition stay that were read before")
                .containsAllEntriesOf(TableCopy.of(database, "parted"));
    }

    /** The stream does not have the rows that it had before. */
    @Test
    void partitionThatIsAttached_whileTheLastOneIsRead_isRead() throws Exception {
        createAttachable();
        faults.put(ROWS - 10, this::attach);
        TableCopy all = new TableCopy("parted", this::read);
        try (Walwire walwire = startReading(all)) {
            ExistingItems.await(walwire.backfill("parted").start());
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(failed).isNull();
        assertThat(all.rows).isEqualTo(TableCopy.of(database, "parted"));
    }

    @Test
    void partitionThatIsAttached_whileOthersAreLeft_isReadWithThem() throws Exception {
        createAttachable();
        CompletableFuture<BackfillRun> run = new CompletableFuture<>();
        faults.put(10, () -> {
            long before = run.get(LONG.toSeconds(), TimeUnit.SECONDS).progress().totalBytes();
            attach();
            Eventually.until(LONG, () -> run.join().progress().totalBytes() > before);
        });
        TableCopy all = new TableCopy("parted", this::read);
        try (Walwire walwire = startReading(all)) {
            run.complete(walwire.backfill("parted").start());
            ExistingItems.await(run.join());
        }
        assertThat(failed).isNull();
        assertThat(all.rows).isEqualTo(TableCopy.of(database, "parted"));
        assertThat(all.reads).as("none is read again").hasValue(ROWS + 500);
    }

    private void createAttachable() throws SQLException {
        database.sql(
                "CREATE TABLE parted (id int PRIMARY KEY, v int, big text) PARTITION BY RANGE (id)",
                "CREATE TABLE one PARTITION OF parted FOR VALUES FROM (0) TO (" + (ROWS + 1) + ")",
                "INSERT INTO parted SELECT * FROM item",
                "CREATE TABLE more (LIKE one INCLUDING ALL)",
                "INSERT INTO more SELECT i, 0, 'more' FROM generate_series(3001, 3500) i",
                "CREATE PUBLICATION roots FOR TABLE parted WITH (publish_via_partition_root = true)");
    }

    private void attach() throws SQLException {
        database.sql("ALTER TABLE parted ATTACH PARTITION more FOR VALUES FROM (3001) TO (4001)");
    }

    private Walwire startReading(TableCopy all) {
        return Instances.durable(database)
                .publication("roots")
                .set("walwire.backfill.chunk", "8KiB")
                .handler(all)
                .start();
    }

    @Test
    void lockThatIsHeldForLong_delaysTheRun_andNobodyElse() throws Exception {
        String waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'item'::regclass";
        CountDownLatch locked = new CountDownLatch(1);
        try (Walwire walwire = start();
                Connection holder = database.connect();
                Statement statement = holder.createStatement()) {
            faults.put(100, () -> {
                database.sql("UPDATE item SET v = v + 1 WHERE id % 3 = 0");
                holder.setAutoCommit(false);
                statement.execute("LOCK TABLE item IN ACCESS EXCLUSIVE MODE");
                locked.countDown();
            });
            BackfillRun run = walwire.backfill("item").start();
            assertThat(locked.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
            Eventually.until(LONG, () -> database.queryLong(waits) > 0);
            // a session that waits for a lock has others wait behind it, so that it gives up and tries again later
            Eventually.until(LONG, () -> database.queryLong(waits) == 0);
            assertThat(run.progress().state()).isEqualTo(BackfillState.RUNNING);
            holder.rollback();
            ExistingItems.await(run);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(failed).isNull();
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void timeoutsOfTheRole_endNothing(int version) throws Exception {
        try (TestDatabase own = TestDatabase.create(PostgresServer.of(version))) {
            Instances.prepare(
                    own,
                    "CREATE TABLE item (id int PRIMARY KEY, v int, big text)",
                    "INSERT INTO item SELECT i, 0, 'b' || i FROM generate_series(1, 500) i",
                    Files.readString(Path.of("sql/backfill.sql")));
            String role = own.role("LOGIN REPLICATION");
            own.sql(
                    "GRANT SELECT ON item TO " + role,
                    "GRANT SELECT, INSERT, UPDATE, DELETE ON walwire_backfill TO " + role,
                    "ALTER ROLE " + role + " SET statement_timeout = '600ms'",
                    "ALTER ROLE " + role + " SET lock_timeout = '10ms'",
                    "ALTER ROLE " + role + " SET idle_in_transaction_session_timeout = '300ms'",
                    "ALTER ROLE " + role + " SET idle_session_timeout = '300ms'");
            if (version >= 17) {
                own.sql("ALTER ROLE " + role + " SET transaction_timeout = '600ms'");
            }
            TableCopy slow = new TableCopy("item");
            try (Walwire walwire = Instances.durable(own)
                    .set("walwire.user", role)
                    .set("walwire.password", own.password())
                    .set("walwire.backfill.chunk", "8KiB")
                    .set("walwire.backfill.rate", "1KiB")
                    .handler(slow)
                    .start()) {
                // one row takes longer than the time-outs
                ExistingItems.await(walwire.backfill("item")
                        .where("id <> 400 OR pg_catalog.pg_sleep(0.9) IS NOT NULL")
                        .start());
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
            }
            assertThat(slow.rows).isEqualTo(TableCopy.of(own, "item"));
        }
    }

    @Test
    void instanceThatIsClosedAtOnce_leavesItsRunToTheNext() throws Exception {
        String id;
        try (Walwire walwire = start()) {
            id = walwire.backfill("item").start().id();
        }
        try (Walwire walwire = start()) {
            ExistingItems.awaitState(database, id, "done");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
    }

    @Test
    void transactionThatIsOpenForLong_isWaitedFor() throws Exception {
        try (Walwire walwire = start();
                Connection open = database.connect();
                Statement statement = open.createStatement()) {
            open.setAutoCommit(false);
            statement.execute("UPDATE item SET v = 9 WHERE id = 1");
            BackfillRun run = walwire.backfill("item").start();
            database.sql("INSERT INTO mark DEFAULT VALUES");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(run.progress().state()).isEqualTo(BackfillState.WAITING);
            assertThat(reads).hasValue(0);
            open.commit();
            ExistingItems.await(run);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item")).containsEntry("1", "9 b1");
    }

    /** The server's error is raised by a trigger: no disk is filled. */
    @Test
    void progressThatCannotBeWritten_isWrittenLater() throws Exception {
        database.sql(
                "CREATE SEQUENCE refused",
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM nextval('public.refused');"
                        + " RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END$$");
        faults.put(
                200,
                () -> database.sql("CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON walwire_backfill"
                        + " FOR EACH ROW EXECUTE FUNCTION refuse()"));
        String id;
        try (Walwire walwire = start()) {
            BackfillRun run = walwire.backfill("item").start();
            id = run.id();
            awaitRefused(3);
            assertThat(run.progress().state()).isNotEqualTo(BackfillState.FAILED);
        }
        long before = refused();
        try (Walwire walwire = start()) {
            awaitRefused(before + 2);
            database.sql("UPDATE item SET v = v + 1 WHERE id % 3 = 0", "DROP TRIGGER full_disk ON walwire_backfill");
            ExistingItems.awaitState(database, id, "done");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(failed).isNull();
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
    }

    private void awaitRefused(long times) {
        Eventually.until(LONG, () -> refused() >= times);
    }

    private long refused() throws SQLException {
        return database.queryLong("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM refused");
    }
}
