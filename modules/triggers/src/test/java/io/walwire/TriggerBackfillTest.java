package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.backfill.BackfillRun;
import io.walwire.backfill.BackfillState;
import io.walwire.error.ConfigurationException;
import io.walwire.event.Kind;
import io.walwire.event.ReadEvent;
import io.walwire.event.Row;
import io.walwire.event.TransactionId;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Existing rows beside changes that triggers capture, as a user reads them. */
class TriggerBackfillTest {
    private static final int ROWS = ExistingItems.ROWS;

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Recorder<ReadEvent<Row>> reads = new Recorder<>();

    @BeforeEach
    void tables() throws Exception {
        ExistingItems.create(database);
    }

    static WalwireBuilder small(WalwireBuilder builder) {
        return builder.set("walwire.backfill.chunk", "8KiB");
    }

    private void requireCopied(TableCopy copy) throws Exception {
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
    }

    static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(ExistingItems.LONG.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void existingRows_comeOnce_atTransactionIds() throws Exception {
        Recorder<Long> changes = new Recorder<>();
        try (Walwire walwire = small(Outboxes.temporary(database))
                .handler(on -> on.table("item")
                        .onReads(reads::addAll)
                        .onUpdate(event -> changes.add(event.transaction().xid())))
                .start()) {
            database.sql("UPDATE item SET v = 1 WHERE id = 1");
            assertThat(walwire.awaitCurrent(ExistingItems.LONG)).isTrue();
            BackfillRun run = walwire.backfill("item").start();
            ExistingItems.await(run);
            assertThat(run.progress().rows()).isEqualTo(ROWS);
            database.sql("UPDATE item SET v = 2 WHERE id = 1");
            assertThat(walwire.awaitCurrent(ExistingItems.LONG)).isTrue();
        }
        assertThat(reads.all()).hasSize(ROWS);
        assertThat(reads.all().stream().map(ReadEvent::id).distinct()).hasSize(ROWS);
        for (ReadEvent<Row> read : reads.all()) {
            assertThat(read.position()).isInstanceOf(TransactionId.class);
            assertThat(read.position().value())
                    .isGreaterThan(changes.all().get(0))
                    .isLessThan(changes.all().get(1));
        }
        ReadEvent<Row> one = reads.all().get(0);
        assertThat(one.kind()).isEqualTo(Kind.READ);
        assertThat(one.beforeRow()).isNull();
        assertThat(one.changes()).isNull();
        assertThat(one.unavailable()).isEmpty();
        assertThat(Objects.requireNonNull(one.key()).text("id"))
                .isEqualTo(one.row().text("id"));
        assertThat(one.transaction().position()).isEqualTo(one.position());
        assertThat(one.transaction().commitLsn()).isNull();
        assertThat(one.toJson())
                .contains(
                        "\"type\":\"read\"",
                        "\"commit_lsn\":null",
                        "\"xid\":" + one.position().value());
    }

    /** Transactions follow each other without an id between them, but for those that the reader itself takes. */
    @Test
    void readsBesideWriters_haveThePositionOfNoChange() throws Exception {
        database.sql("CREATE TABLE busy (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)");
        Recorder<String> order = new Recorder<>();
        AtomicBoolean done = new AtomicBoolean();
        try (Walwire walwire = small(Outboxes.temporary(database))
                .handler(on -> {
                    on.table("item")
                            .onRead(read -> order.add("r " + read.position().value()));
                    on.table("busy")
                            .onInsert(change -> order.add(
                                    "c " + change.transaction().position().value()));
                })
                .start()) {
            List<CompletableFuture<Void>> writers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                writers.add(RandomTable.thread(() -> write(done)));
            }
            try {
                order.await(1);
                ExistingItems.await(walwire.backfill("item").start());
            } finally {
                done.set(true);
            }
            for (CompletableFuture<Void> writer : writers) {
                writer.get();
            }
        }
        long last = 0;
        String lastKind = "";
        for (String each : order.all()) {
            String kind = each.substring(0, 1);
            long position = Long.parseLong(each.substring(2));
            assertThat(position).isGreaterThan(kind.equals("r") && lastKind.equals("r") ? last - 1 : last);
            last = position;
            lastKind = kind;
        }
        assertThat(order.all().stream().filter(each -> each.startsWith("r"))).hasSize(ROWS);
    }

    private void write(AtomicBoolean done) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            while (!done.get()) {
                statement.execute("INSERT INTO busy DEFAULT VALUES");
            }
        }
    }

    @Test
    void truncate_duringTheRun_leavesNothing() throws Exception {
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch truncated = new CountDownLatch(1);
        TableCopy copy = new TableCopy("item", () -> {
            reading.countDown();
            await(truncated);
        });
        try (Walwire walwire = small(Outboxes.temporary(database)).handler(copy).start()) {
            BackfillRun run = walwire.backfill("item").start();
            await(reading);
            database.sql("TRUNCATE item", "INSERT INTO item VALUES (1, 1, 'new')");
            truncated.countDown();
            ExistingItems.await(run);
            assertThat(walwire.awaitCurrent(ExistingItems.LONG)).isTrue();
        }
        requireCopied(copy);
    }

    /** Each leaf has columns of its own order, and one that its root has not. A row moves while rows are read. */
    @Test
    void partitions_comeUnderTheirRoot() throws Exception {
        database.sql(
                "DROP TABLE item",
                "CREATE TABLE item (id int, v int, big text, PRIMARY KEY (id, v)) PARTITION BY LIST (v)",
                "CREATE TABLE item_0 (gone int, big text, v int NOT NULL, id int NOT NULL)",
                "ALTER TABLE item_0 DROP COLUMN gone",
                "ALTER TABLE item ATTACH PARTITION item_0 FOR VALUES IN (0)",
                "CREATE TABLE item_1 PARTITION OF item FOR VALUES IN (1)",
                "INSERT INTO item SELECT i, i % 2, 'b' || i FROM generate_series(1, " + ROWS + ") i");
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch moved = new CountDownLatch(1);
        TableCopy copy = new TableCopy("item", () -> {
            reading.countDown();
            await(moved);
        });
        try (Walwire walwire = small(Outboxes.temporary(database)).handler(copy).start()) {
            BackfillRun run = walwire.backfill("item").start();
            await(reading);
            database.sql("UPDATE item SET v = 1 - v WHERE id % 3 = 0");
            moved.countDown();
            ExistingItems.await(run);
            assertThat(walwire.awaitCurrent(ExistingItems.LONG)).isTrue();
        }
        requireCopied(copy);
    }

    @Test
    void closedInTheMiddle_goesOnWhereItWas() throws Exception {
        ExistingItems.createProgress(database);
        TableCopy copy = new TableCopy("item");
        String id = closedInTheMiddle(database, copy);
        assertThat(copy.reads.get()).isLessThan(ROWS);
        database.sql("UPDATE item SET v = v + 1 WHERE id % 7 = 0", "DELETE FROM item WHERE id % 11 = 0");
        try (Walwire walwire = small(Outboxes.durable(database)).handler(copy).start()) {
            ExistingItems.awaitState(database, id, "done");
            assertThat(walwire.awaitCurrent(ExistingItems.LONG)).isTrue();
        }
        requireCopied(copy);
        assertThat(copy.reads.get()).isLessThan(ROWS);
    }

    @Test
    void ids_areTheSameAfterARestart_andOthersWithAnotherCursor() throws Exception {
        ExistingItems.createProgress(database);
        OnceCopy copy = new OnceCopy();
        for (int start = 1; start <= 2; start++) { // a temporary cursor has a gap with each start
            try (Walwire walwire = Outboxes.temporary(database)
                    .set("walwire.backfill", "new")
                    .handler(copy)
                    .start()) {
                copy.ends.await(start);
                assertThat(walwire.awaitCurrent(ExistingItems.LONG)).isTrue();
            }
            assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
            database.sql("UPDATE item SET v = v + 1 WHERE id % 3 = 0");
        }
        assertThat(copy.readings()).hasSize(2);
        CountDownLatch reading = new CountDownLatch(300);
        OnceCopy durable = new OnceCopy(reading::countDown);
        String id;
        try (Walwire walwire = small(Outboxes.durable(database))
                .set("walwire.backfill.rate", "2KiB")
                .handler(durable)
                .start()) {
            id = walwire.backfill("item").start().id();
            await(reading);
        }
        int before = durable.reads.all().size();
        database.sql("DELETE FROM walwire_backfill WHERE leaf <> 0"); // as if it had crashed before they were kept
        try (Walwire walwire =
                small(Outboxes.durable(database)).handler(durable).start()) {
            ExistingItems.awaitState(database, id, "done");
            assertThat(walwire.awaitCurrent(ExistingItems.LONG)).isTrue();
        }
        assertThat(durable.reads.all()).hasSize(before + ROWS);
        assertThat(durable.readings()).hasSize(1);
        assertThat(durable.ends.all()).hasSize(1);
    }

    /** It is the same database, and the same cursor. */
    @Test
    void databaseRenamed_goesOnWhereItWas() throws Exception {
        ExistingItems.createProgress(database);
        CountDownLatch complete = new CountDownLatch(1);
        TableCopy copy = new TableCopy("item");
        closedInTheMiddle(database, copy);
        String renamed = database.unique("renamed");
        rename(database.name(), renamed);
        try (Walwire walwire = small(Outboxes.managed(
                        Walwire.builder().url(database.server().url(renamed)).slotName("reader")))
                .handler(copy)
                .handler("end", on -> on.table("item").onBackfilled(event -> complete.countDown()))
                .start()) {
            await(complete);
            assertThat(walwire.awaitCurrent(ExistingItems.LONG)).isTrue();
        } finally {
            rename(renamed, database.name());
        }
        requireCopied(copy);
        assertThat(copy.reads.get()).isLessThan(ROWS + ROWS / 2);
    }

    private void rename(String from, String to) throws Exception {
        database.server()
                .sql(
                        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '" + from + "'",
                        "ALTER DATABASE \"" + from + "\" RENAME TO \"" + to + "\"");
    }

    /** What was kept for a replication slot of the cursor's name says nothing of the cursor. */
    @Test
    void newTables_areReadOnce_whateverASlotOfTheSameNameHasRead() throws Exception {
        ExistingItems.createProgress(database);
        String run = "new-" + database.queryLong("SELECT 'item'::regclass::oid::int8");
        database.sql(
                "INSERT INTO walwire_backfill (system_id, slot, run, leaf, table_name, wanted, state, timeline, done_to, file_node,"
                        + " rows_read, bytes_read, bytes_total, updated_at) SELECT system_identifier, 'reader', '" + run
                        + "', 0, 'public.item', 'running', 'done', 1, 'FF/0', 0, 0, 0, 0, now() FROM pg_control_system()");
        TableCopy copy = new TableCopy("item");
        for (int start = 0; start < 2; start++) {
            try (Walwire walwire = Outboxes.durable(database)
                    .set("walwire.backfill", "new")
                    .handler(copy)
                    .start()) {
                Eventually.until(ExistingItems.LONG, () -> ExistingItems.doneRuns(database) == 2);
                assertThat(walwire.awaitCurrent(ExistingItems.LONG)).isTrue();
            }
            requireCopied(copy);
            assertThat(copy.reads).hasValue(ROWS);
        }
    }

    @Test
    void lostConnection_duringTheRun_losesNothing() throws Exception {
        CountDownLatch reading = new CountDownLatch(100);
        TableCopy copy = new TableCopy("item", reading::countDown);
        try (Walwire walwire = small(Outboxes.temporary(database))
                .set("walwire.backfill.rate", "7KiB")
                .handler(copy)
                .start()) {
            BackfillRun run = walwire.backfill("item").start();
            await(reading);
            assertThat(database.query("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                            + " WHERE datname = current_database() AND application_name LIKE 'walwire%'"))
                    .isNotEmpty();
            database.sql("UPDATE item SET v = v + 1 WHERE id % 3 = 0", "DELETE FROM item WHERE id % 5 = 0");
            ExistingItems.await(run);
            assertThat(walwire.awaitCurrent(ExistingItems.LONG)).isTrue();
        }
        requireCopied(copy);
    }

    @Test
    void tablesThatCannotBeRead_areRefusedWithTheReason() throws Exception {
        database.sql(
                "CREATE TABLE bare (id int)",
                "CREATE TABLE late (id int PRIMARY KEY DEFERRABLE)",
                "CREATE TABLE by_index (id int NOT NULL UNIQUE)",
                "ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_index_id_key");
        try (Walwire walwire = Outboxes.temporary(database)
                .handler(on -> List.of("item", "bare", "late", "by_index")
                        .forEach(table -> on.table(table).onReads(reads::addAll)))
                .start()) {
            for (String table : List.of("bare", "late", "by_index")) {
                assertThatThrownBy(() -> walwire.backfill(table).start())
                        .isInstanceOf(ConfigurationException.class)
                        .hasMessageContaining("public." + table + " cannot be read: it has no primary key");
            }
            database.sql("ALTER TABLE item DISABLE TRIGGER USER");
            assertThatThrownBy(() -> walwire.backfill("item").start())
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("no triggers of application walwire that work", "triggers install");
            database.sql("ALTER TABLE item ENABLE TRIGGER USER");
            ExistingItems.await(walwire.backfill("item").start());
        }
        assertThat(reads.all()).hasSize(ROWS);
    }

    /** The name of a run of which some is kept. */
    static String closedInTheMiddle(TestDatabase database, TableCopy copy) throws Exception {
        try (Walwire walwire = small(Outboxes.durable(database))
                .set("walwire.backfill.rate", "2KiB")
                .handler(copy)
                .start()) {
            String id = walwire.backfill("item").start().id();
            Eventually.until(
                    ExistingItems.LONG,
                    () -> copy.reads.get() >= 300
                            && database.queryLong(
                                            "SELECT count(*) FROM walwire_backfill WHERE leaf <> 0 AND rows_read > 0")
                                    > 0);
            return id;
        }
    }

    @Test
    void keyThatIsDropped_duringTheRun_failsTheRunAlone() throws Exception {
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch dropped = new CountDownLatch(1);
        TableCopy copy = new TableCopy("item", () -> {
            reading.countDown();
            await(dropped);
        });
        try (Walwire walwire = small(Outboxes.temporary(database)).handler(copy).start()) {
            BackfillRun run = walwire.backfill("item").start();
            await(reading);
            database.sql("ALTER TABLE item DROP CONSTRAINT item_pkey");
            dropped.countDown();
            assertThatThrownBy(() -> ExistingItems.await(run)).hasMessageContaining("has no primary key");
            assertThat(run.progress().state()).isEqualTo(BackfillState.FAILED);
            database.sql("INSERT INTO item VALUES (0, 0, 'last')");
            assertThat(walwire.awaitCurrent(ExistingItems.LONG)).isTrue();
        }
        assertThat(copy.rows).containsEntry("0", "0 last");
    }
}
