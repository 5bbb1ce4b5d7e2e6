package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.walwire.backfill.BackfillRun;
import io.walwire.backfill.BackfillState;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Changes that the stream does not have while existing rows are read: the rows are read again. */
@ParameterizedClass
@ValueSource(ints = {14, 15, 18})
class BackfillLeftOutTest {
    private static final Duration LONG = ExistingItems.LONG;
    private static final int ROWS = ExistingItems.ROWS;
    private static final String CHANGE = "UPDATE item SET v = v + 1 WHERE id % 3 = 0";

    @Parameter
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    private final AtomicInteger reads = new AtomicInteger();
    private String[] publications = {"own"};
    private volatile int faultAt;
    private volatile String[] fault = {};
    private volatile @Nullable Throwable failed;

    private void read() {
        if (reads.incrementAndGet() == faultAt) {
            try {
                database.sql(fault);
            } catch (SQLException e) {
                failed = e;
            }
        }
    }

    /** With room for updates in each block, so that none moves a row to where it is read yet. */
    @BeforeEach
    void tables() throws Exception {
        ExistingItems.create(database);
        database.sql("ALTER TABLE item SET (fillfactor = 40)", "VACUUM FULL item");
        ExistingItems.createProgress(database);
    }

    private WalwireBuilder instance(TableCopy copy) {
        return Instances.durable(database)
                .publication(publications)
                .set("walwire.backfill.chunk", "8KiB")
                .handler("copy", copy);
    }

    /** Reads the table by one instance and then another, while something happens between both. */
    private TableCopy interrupted(String... statements) throws Exception {
        CountDownLatch reading = new CountDownLatch(500);
        TableCopy copy = new TableCopy("item", reading::countDown);
        String run;
        try (Walwire walwire =
                instance(copy).set("walwire.backfill.rate", "4KiB").start()) {
            run = walwire.backfill("item").start().id();
            assertThat(reading.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        }
        database.sql(statements);
        try (Walwire walwire = instance(copy).start()) {
            Eventually.until(LONG, () -> ExistingItems.state(database, run).equals("done"));
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        return copy;
    }

    /** Reads a table while something happens before the n-th row is handled. */
    private TableCopy readAll(String table, int at, String... statements) throws Exception {
        faultAt = at;
        fault = statements;
        TableCopy copy = new TableCopy(table, this::read);
        try (Walwire walwire = instance(copy).start()) {
            ExistingItems.await(walwire.backfill(table).start());
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(failed).isNull();
        return copy;
    }

    /** The first partition is larger, so that it is read first. */
    private void partition() throws SQLException {
        database.sql(
                "CREATE TABLE parted (id int PRIMARY KEY, v int, big text) PARTITION BY RANGE (id)",
                "CREATE TABLE one PARTITION OF parted FOR VALUES FROM (0) TO (1901) WITH (fillfactor = 40)",
                "CREATE TABLE two PARTITION OF parted FOR VALUES FROM (1901) TO (2001)",
                "INSERT INTO parted SELECT * FROM item",
                "CREATE PUBLICATION own FOR TABLE parted WITH (publish_via_partition_root = true)");
    }

    @ParameterizedTest
    @ValueSource(ints = {1_000, 1_950})
    void partitionThatIsDetached_andAttachedAgain_isReadAgain(int at) throws Exception {
        partition();
        TableCopy copy = readAll(
                "parted",
                at,
                "ALTER TABLE parted DETACH PARTITION one",
                "UPDATE one SET v = v + 1 WHERE id % 3 = 0",
                "ALTER TABLE parted ATTACH PARTITION one FOR VALUES FROM (0) TO (1901)");
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "parted"));
    }

    @Test
    void partitionThatIsDetachedConcurrently_hasNothingReadAgain() throws Exception {
        partition();
        TableCopy copy = readAll("parted", 1_000, "ALTER TABLE parted DETACH PARTITION two CONCURRENTLY");
        assertThat(copy.rows).containsAllEntriesOf(TableCopy.of(database, "parted"));
        assertThat(copy.reads.get()).isLessThanOrEqualTo(ROWS);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ALTER PUBLICATION own DROP TABLE item; " + CHANGE + "; ALTER PUBLICATION own ADD TABLE item",
                "ALTER PUBLICATION own SET (publish = 'insert'); " + CHANGE
                        + "; ALTER PUBLICATION own SET (publish = 'insert, update, delete, truncate')"
            })
    void tableThatLeavesItsPublication_andComesBack_isReadAgain(String leave) throws Exception {
        database.sql("CREATE PUBLICATION own FOR TABLE item");
        TableCopy copy = readAll("item", ROWS - 10, "BEGIN; " + leave + "; COMMIT");
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
    }

    @Test
    void schemaThatLeavesItsPublication_andComesBack_isReadAgain() throws Exception {
        assumeTrue(version >= 15, "publications of schemas");
        database.sql("CREATE PUBLICATION own FOR TABLES IN SCHEMA public");
        String schema = "ALTER PUBLICATION own %s TABLES IN SCHEMA public; ";
        TableCopy copy = readAll(
                "item",
                ROWS - 10,
                "BEGIN; " + schema.formatted("DROP") + CHANGE + "; " + schema.formatted("ADD") + "COMMIT");
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
    }

    @Test
    void tableThatLeavesItsPublication_whileNoInstanceRuns_isReadAgain() throws Exception {
        database.sql("CREATE PUBLICATION own FOR TABLE item");
        TableCopy copy =
                interrupted("ALTER PUBLICATION own DROP TABLE item", CHANGE, "ALTER PUBLICATION own ADD TABLE item");
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
    }

    /** The stream had nothing of the other rows, or columns, and has changes of them alone from then on. */
    @ParameterizedTest
    @ValueSource(strings = {"item WHERE (id % 2 = 0)", "item (id, v)"})
    void filterOrColumnList_thatIsRemovedDuringTheRun_allIsReadAgain(String part) throws Exception {
        assumeTrue(version >= 15, "row filters and column lists");
        database.sql("CREATE PUBLICATION own FOR TABLE " + part);
        TableCopy copy = readAll("item", 500, "ALTER PUBLICATION own SET TABLE item", CHANGE);
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"item WHERE (id % 2 = 0)", "item (id, v)"})
    void filterOrColumnList_thatIsRemovedWhileNoInstanceRuns_allIsReadAgain(String part) throws Exception {
        assumeTrue(version >= 15, "row filters and column lists");
        database.sql("CREATE PUBLICATION own FOR TABLE " + part);
        TableCopy copy = interrupted("ALTER PUBLICATION own SET TABLE item", CHANGE);
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
    }

    /** All of it is read in one snapshot, after which nothing is compared. */
    @Test
    void tableWithoutAKey_thatLeavesItsPublication_isReadAgain() throws Exception {
        database.sql(
                "ALTER TABLE item DROP CONSTRAINT item_pkey",
                "ALTER TABLE item REPLICA IDENTITY FULL",
                "CREATE PUBLICATION own FOR TABLE item");
        TableCopy copy = readAll(
                "item",
                1_000,
                "BEGIN; ALTER PUBLICATION own DROP TABLE item; " + CHANGE
                        + "; ALTER PUBLICATION own ADD TABLE item; COMMIT");
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
    }

    /** PostgreSQL does not send what a transaction changed before the table came back, although it commits after that. */
    @Test
    void transactionThatIsOpenWhenTheTableComesBack_isWaitedFor() throws Exception {
        database.sql("CREATE PUBLICATION own FOR TABLE item");
        try (Connection writer = database.connect();
                Statement statement = writer.createStatement()) {
            writer.setAutoCommit(false);
            TableCopy copy = new TableCopy("item", () -> {
                if (reads.incrementAndGet() == ROWS) {
                    leave(statement);
                }
            });
            try (Walwire walwire = instance(copy).start()) {
                BackfillRun run = walwire.backfill("item").start();
                Eventually.until(
                        LONG, () -> reads.get() >= ROWS && run.progress().state() == BackfillState.WAITING);
                writer.commit();
                ExistingItems.await(run);
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
            }
            assertThat(failed).isNull();
            assertThat(copy.rows).containsEntry("3", "7 b3").isEqualTo(TableCopy.of(database, "item"));
        }
    }

    private void leave(Statement writer) {
        try {
            database.sql("ALTER PUBLICATION own DROP TABLE item");
            writer.execute("UPDATE item SET v = 7 WHERE id = 3");
            database.sql("ALTER PUBLICATION own ADD TABLE item");
        } catch (SQLException e) {
            failed = e;
        }
    }

    private static String unlogged(String table) {
        String alter = "ALTER TABLE " + table + " SET ";
        String change = CHANGE.replace("item", table);
        return "BEGIN; " + alter + "UNLOGGED; " + change + "; " + alter + "LOGGED; COMMIT";
    }

    /** The stream has nothing of what changes meanwhile. */
    @ParameterizedTest
    @ValueSource(strings = {"text", "int"})
    void tableThatIsUnloggedForAWhile_isReadAgain(String type) throws Exception {
        database.sql(
                "CREATE TABLE plain (id int PRIMARY KEY, v int, big " + type + ")",
                "INSERT INTO plain SELECT id, v FROM item");
        publications = new String[] {"events"};
        TableCopy copy = readAll("plain", ROWS - 10, unlogged("plain"));
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "plain"));
    }

    @Test
    void partitionThatIsUnloggedForAWhile_isReadAgain() throws Exception {
        partition();
        TableCopy copy = readAll("parted", ROWS - 10, unlogged("one"));
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "parted"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "VACUUM FULL item",
                "TRUNCATE item; INSERT INTO item VALUES (1, 1, 'one')",
                "CLUSTER item USING item_pkey"
            })
    void tableThatIsRewritten_asChangesGoOn_doesNotBeginAgain(String rewrite) throws Exception {
        publications = new String[] {"events"};
        try (LogLines log = new LogLines()) {
            TableCopy copy = readAll("item", 1_000, rewrite.split("; "));
            assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
            assertThat(log.with("begins again")).isEmpty();
        }
    }

    private void below(String... statements) throws SQLException {
        database.sql(statements);
        publications = new String[] {"own", "below"};
    }

    /** Its changes come under the name of the partitioned table meanwhile, with all that is in them. */
    @Test
    void partitionThatLeavesAnotherPublication_andComesBack_nothingIsReadAgain() throws Exception {
        partition();
        below("CREATE PUBLICATION below FOR TABLE one");
        TableCopy copy = readAll(
                "parted",
                ROWS - 10,
                "ALTER PUBLICATION below DROP TABLE one",
                "UPDATE one SET v = v + 1 WHERE id % 3 = 0",
                "ALTER PUBLICATION below ADD TABLE one");
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "parted"));
        // an update that comes before its row is read takes the place of it
        assertThat(copy.reads.get()).isBetween(ROWS - 10, ROWS);
    }

    /** It alone has the inserts. */
    @Test
    void partitionThatLeavesAPublicationThatAddsChanges_andComesBack_isReadAgain() throws Exception {
        partition();
        below(
                "ALTER PUBLICATION own SET (publish = 'update, delete, truncate')",
                "CREATE PUBLICATION below FOR TABLE one",
                "DELETE FROM one WHERE id = 7");
        TableCopy copy = readAll(
                "parted",
                ROWS - 10,
                "ALTER PUBLICATION below DROP TABLE one",
                "INSERT INTO one VALUES (7, 7, 'b7')",
                "ALTER PUBLICATION below ADD TABLE one");
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "parted"));
    }

    /** What publishes one table says nothing of others. */
    @Test
    void otherTables_leaveAndComeBack_nothingIsReadAgain() throws Exception {
        database.sql("CREATE TABLE other (id int PRIMARY KEY)", "CREATE PUBLICATION own FOR TABLE item, other");
        TableCopy copy = readAll(
                "item", ROWS - 10, "ALTER PUBLICATION own DROP TABLE other", "ALTER PUBLICATION own ADD TABLE other");
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
        assertThat(copy.reads).hasValue(ROWS);
    }
}
