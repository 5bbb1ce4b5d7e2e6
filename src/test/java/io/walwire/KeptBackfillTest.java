package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.backfill.BackfillRun;
import io.walwire.backfill.BackfillState;
import io.walwire.event.ReadEvent;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Runs of a durable slot, which outlive their instance. */
class KeptBackfillTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    /** Two seconds are promised. A slow machine may take more, but less than {@code RequestThread.REST}. */
    private static final Duration PROMPT = Duration.ofSeconds(25);

    private static final int ROWS = ExistingItems.ROWS;

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void tables() throws Exception {
        ExistingItems.create(database);
    }

    private WalwireBuilder small(WalwireBuilder builder) {
        return builder.set("walwire.backfill.chunk", "8KiB");
    }

    @Test
    void closedInTheMiddle_goesOnWhereItWas() throws Exception {
        ExistingItems.createProgress(database);
        CountDownLatch reading = new CountDownLatch(300);
        TableCopy copy = new TableCopy("item", reading::countDown);
        String id;
        try (Walwire walwire = small(Instances.durable(database))
                .set("walwire.backfill.rate", "2KiB")
                .handler(copy)
                .start()) {
            BackfillRun run = walwire.backfill("item").start();
            id = run.id();
            reading.await();
            Eventually.until(
                    LONG,
                    () -> database.queryLong("SELECT count(*) FROM walwire_backfill WHERE leaf <> 0 AND rows_read > 0")
                            > 0);
        }
        int before = copy.reads.get();
        assertThat(before).isLessThan(ROWS);
        database.sql("UPDATE item SET v = v + 1 WHERE id % 7 = 0", "DELETE FROM item WHERE id % 11 = 0");
        try (Walwire walwire = small(Instances.durable(database)).handler(copy).start()) {
            Eventually.until(LONG, () -> !walwire.backfills().isEmpty() || isDone(id));
            walwire.backfills().forEach(run -> assertThat(run.id()).isEqualTo(id));
            Eventually.until(LONG, () -> isDone(id));
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
        assertThat(copy.reads.get()).isLessThan(ROWS);
    }

    @Test
    void newTables_areReadOnce_ofADurableSlot() throws Exception {
        ExistingItems.createProgress(database);
        TableCopy copy = new TableCopy("item");
        long oid = database.queryLong("SELECT 'item'::regclass::oid::int8");
        try (Walwire walwire = Instances.durable(database)
                .set("walwire.backfill", "new")
                .handler(copy)
                .start()) {
            Eventually.until(LONG, () -> isDone("new-" + oid));
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
        TableCopy second = new TableCopy("item");
        try (Walwire walwire = Instances.durable(database)
                .set("walwire.backfill", "new")
                .handler(second)
                .start()) {
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(second.reads).hasValue(0);
    }

    @Test
    void otherProcess_pausesAndCancels_byTheTable() throws Exception {
        ExistingItems.createProgress(database);
        Semaphore go = new Semaphore(0);
        TableCopy copy = new TableCopy("item", go::acquireUninterruptibly);
        try (Walwire walwire = small(Instances.durable(database)).handler(copy).start()) {
            BackfillRun run = walwire.backfill("item").start();
            go.release(300);
            Eventually.until(LONG, () -> run.progress().rows() > 0);
            database.sql("UPDATE walwire_backfill SET wanted = 'paused' WHERE leaf = 0");
            Eventually.within(PROMPT, () -> run.progress().state() == BackfillState.PAUSED);
            run.resume();
            Eventually.until(LONG, () -> database.queryString("SELECT wanted FROM walwire_backfill WHERE leaf = 0")
                    .equals("running"));
            database.sql("UPDATE walwire_backfill SET wanted = 'cancelled' WHERE leaf = 0");
            Eventually.within(
                    PROMPT, () -> run.completion().toCompletableFuture().isDone());
            assertThatThrownBy(() -> ExistingItems.await(run)).hasRootCauseInstanceOf(CancellationException.class);
            go.release(ROWS);
            assertThat(database.queryString("SELECT state FROM walwire_backfill WHERE leaf = 0"))
                    .isEqualTo("cancelled");
        }
    }

    @Test
    void lostConnection_duringTheRun_losesNothing() throws Exception {
        CountDownLatch reading = new CountDownLatch(100);
        TableCopy copy = new TableCopy("item", reading::countDown);
        try (Walwire walwire = small(Instances.durable(database))
                .set("walwire.backfill.rate", "7KiB")
                .handler(copy)
                .start()) {
            ExistingItems.createProgress(database);
            BackfillRun run = walwire.backfill("item").start();
            reading.await();
            assertThat(database.terminateWalsenders()).isPositive();
            database.sql("UPDATE item SET v = v + 1 WHERE id % 3 = 0", "DELETE FROM item WHERE id % 5 = 0");
            ExistingItems.await(run);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
    }

    @Test
    void durableSlot_withoutTheProgressTable_isRefused() throws Exception {
        try (Walwire walwire =
                Instances.durable(database).handler(new TableCopy("item")).start()) {
            assertThatThrownBy(() -> walwire.backfill("item").start()).hasMessageContaining("sql/backfill.sql");
        }
    }

    @Test
    void newTables_ofADurableSlot_withoutTheProgressTable_endTheInstance() throws Exception {
        Walwire walwire = Instances.durable(database)
                .set("walwire.backfill", "new")
                .handler(new TableCopy("item"))
                .start();
        try (walwire) {
            assertThatThrownBy(() -> walwire.awaitTermination(LONG)).hasMessageContaining("sql/backfill.sql");
        }
    }

    @Test
    void newTables_ofADurableSlot_whoseProgressTableIsClosed_endTheInstance() throws Exception {
        ExistingItems.createProgress(database);
        String role = database.role("LOGIN REPLICATION");
        Walwire walwire = Instances.durable(database)
                .set("walwire.user", role)
                .set("walwire.password", database.password())
                .set("walwire.backfill", "new")
                .handler(new TableCopy("item"))
                .start();
        try (walwire) {
            assertThatThrownBy(() -> walwire.awaitTermination(LONG)).hasMessageContaining("walwire_backfill");
        }
    }

    @Test
    void rowsThatWereNotWrittenByWalwire_failTheirRunAlone() throws Exception {
        ExistingItems.createProgress(database);
        Instances.durable(database).handler(new TableCopy("item")).start().close(); // makes the slot
        database.sql(
                "INSERT INTO walwire_backfill (system_id, slot, run, leaf, table_name, wanted, state, timeline, done_to, file_node, ranges,"
                        + " rows_read, bytes_read, bytes_total, updated_at)"
                        + " SELECT c.system_identifier, s.slot, run, leaf, 'public.item', wanted, 'running', 1, 'FFFFFFFF/0', 0,"
                        + " '[[\"none\"]]', 0, 0, 0, now()"
                        + " FROM pg_control_system() c, (VALUES ('" + Instances.slot(database) + "')) s (slot),"
                        + " (VALUES ('one', 0, 'running'), ('one', 1, 'running'), ('two', 0, 'who knows')) r (run, leaf, wanted)");
        TableCopy copy = new TableCopy("item");
        try (Walwire walwire = Instances.durable(database).handler(copy).start()) {
            Eventually.until(LONG, () -> database.queryString(
                            "SELECT state FROM walwire_backfill WHERE run = 'one' AND leaf = 0")
                    .equals("failed"));
            ExistingItems.await(walwire.backfill("item").start());
        }
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
    }

    private boolean isDone(String run) throws Exception {
        return database.queryLong(
                        "SELECT count(*) FROM walwire_backfill WHERE run = ? AND leaf = 0 AND state = 'done'", run)
                == 1;
    }

    @Test
    void checkpoint_hasWhatHandlersWroteOfReads() throws Exception {
        ExistingItems.createProgress(database);
        Ledger.create(database);
        JdbcCheckpoint checkpoint = JdbcCheckpoint.of(LetterBox.source(database), "copy");
        try (Walwire walwire = small(Instances.durable(database))
                .checkpoint(checkpoint)
                .handler(on -> on.table("item").onUpserts(Ledger.runs(checkpoint, "copy")))
                .start()) {
            ExistingItems.await(walwire.backfill("item").where("id <= 100").start());
            database.sql("INSERT INTO item VALUES (100000, 1, 'new')");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(Ledger.entries(database)).hasSize(101).last().isEqualTo("copy: item+100000");
    }

    /** Of a row that was read before and of one that was not, while nobody streams: a TOASTed value is left out of both. */
    @Test
    void updatesWhileNobodyStreams_thatLeaveValuesOut_areReadAgain() throws Exception {
        ExistingItems.createProgress(database);
        database.sql("UPDATE item SET big = repeat('z', 5000)");
        CountDownLatch reading = new CountDownLatch(200);
        TableCopy first = new TableCopy("item", reading::countDown);
        String id;
        try (Walwire walwire = Instances.durable(database)
                .set("walwire.backfill.chunk", "64KiB")
                .set("walwire.backfill.rate", "400KiB")
                .handler(first)
                .start()) {
            BackfillRun run = walwire.backfill("item").start();
            id = run.id();
            reading.await();
        }
        database.sql("UPDATE item SET v = v + 1");
        try (Walwire walwire = Instances.durable(database)
                .set("walwire.backfill.chunk", "64KiB") // of the large rows that are left a dozen, not one
                .handler(first)
                .start()) {
            Eventually.until(LONG, () -> isDone(id));
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(first.rows).isEqualTo(TableCopy.of(database, "item"));
    }

    @Test
    void rowOfOneRun_thatIsLocked_holdsUpNoOtherRun() throws Exception {
        ExistingItems.createProgress(database);
        database.sql(
                "CREATE TABLE other (id int PRIMARY KEY, v int, big text)", "INSERT INTO other VALUES (1, 1, 'b')");
        TableCopy copy = new TableCopy("item");
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        TableCopy other = new TableCopy("other", () -> {
            reading.countDown();
            try {
                go.await(LONG.toSeconds(), TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        try (Walwire walwire = small(Instances.durable(database))
                        .handler(copy)
                        .handler(other)
                        .start();
                Connection holder = database.connect();
                Statement lock = holder.createStatement()) {
            // slowly, so that it is not done before it is paused
            BackfillRun locked = walwire.backfill("item")
                    .where("pg_catalog.pg_sleep(0.005) IS NOT NULL")
                    .start();
            locked.pause();
            Eventually.until(
                    LONG,
                    () -> database.queryLong("SELECT count(*) FROM walwire_backfill WHERE wanted = 'paused'") == 1);
            BackfillRun free =
                    walwire.backfill("other").start(); // begins before the transaction that it would wait for
            reading.await();
            holder.setAutoCommit(false);
            lock.execute("UPDATE walwire_backfill SET problem = problem WHERE run = '" + locked.id() + "'");
            locked.resume();
            go.countDown();
            ExistingItems.await(free);
            assertThat(locked.completion().toCompletableFuture()).isNotDone();
            holder.rollback();
            ExistingItems.await(locked);
        }
        assertThat(copy.rows).hasSize(ROWS);
        assertThat(other.rows).hasSize(1);
    }

    /** Nobody knows whether the commit succeeded: the connection is lost at that moment. */
    @Test
    void checkpoint_chunkWhoseCommitIsUncertain_takesEffectOnce() throws Exception {
        ExistingItems.createProgress(database);
        Ledger.create(database);
        AtomicInteger commits = new AtomicInteger();
        DataSource source = LedgerProcess.afterCommit(LetterBox.source(database), () -> {
            if (Thread.currentThread().getName().endsWith("-handler") && commits.incrementAndGet() % 3 == 1) {
                throw new SQLException("The connection is lost", "08006");
            }
        });
        JdbcCheckpoint checkpoint = JdbcCheckpoint.of(source, "copy");
        try (Walwire walwire = small(Instances.durable(database))
                .checkpoint(checkpoint)
                .handler(on -> on.table("item")
                        .onReads(Ledger.runs(checkpoint, "copy"))
                        .onBackfilled(event -> Ledger.enter(checkpoint, "copy", "all")))
                .start()) {
            ExistingItems.await(walwire.backfill("item").start());
        }
        assertThat(commits).hasValueGreaterThan(3);
        assertThat(Ledger.entries(database)).hasSize(ROWS + 1).doesNotHaveDuplicates();
        assertThat(database.queryLong("SELECT sum(rows_read) FROM walwire_backfill"))
                .isEqualTo(ROWS);
    }

    /** Rows that were read here are older than what the other instance has handled since. */
    @Test
    void checkpoint_thatAnotherInstanceHasMoved_takesNoRows() throws Exception {
        ExistingItems.createProgress(database);
        Ledger.create(database);
        JdbcCheckpoint checkpoint = JdbcCheckpoint.of(LetterBox.source(database), "copy");
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch moved = new CountDownLatch(1);
        Walwire walwire = Instances.durable(database)
                .checkpoint(checkpoint)
                .handler(on -> on.table("item").onReads(events -> {
                    reading.countDown();
                    moved.await(LONG.toSeconds(), TimeUnit.SECONDS);
                    Ledger.<ReadEvent<Row>>runs(checkpoint, "copy").on(events);
                }))
                .start();
        try (walwire) {
            walwire.backfill("item").where("id <= 5").start();
            reading.await();
            database.sql("UPDATE walwire_checkpoint SET last_index = last_index + 1");
            moved.countDown();
            assertThatThrownBy(() -> walwire.awaitTermination(LONG)).hasMessageContaining("moved or removed");
        }
        assertThat(Ledger.entries(database)).isEmpty();
        assertThat(database.queryLong("SELECT count(*) FROM walwire_backfill WHERE leaf <> 0"))
                .isZero();
    }

    /** What the progress is written to is gone: the run fails, and what handlers wrote stays. */
    @Test
    void checkpoint_withoutTheTableOfTheProgress_failsTheRunAlone() throws Exception {
        ExistingItems.createProgress(database);
        Ledger.create(database);
        JdbcCheckpoint checkpoint = JdbcCheckpoint.of(LetterBox.source(database), "copy");
        CountDownLatch dropped = new CountDownLatch(1);
        try (Walwire walwire = Instances.durable(database)
                .checkpoint(checkpoint)
                .handler(on -> on.table("item").onUpserts(events -> {
                    dropped.await(LONG.toSeconds(), TimeUnit.SECONDS);
                    Ledger.<RowEvent<Row>>runs(checkpoint, "copy").on(events);
                }))
                .start()) {
            BackfillRun run = walwire.backfill("item").where("id <= 5").start();
            Eventually.until(LONG, () -> run.progress().state() == BackfillState.RUNNING);
            database.sql("DROP TABLE walwire_backfill");
            dropped.countDown();
            assertThatThrownBy(() -> ExistingItems.await(run)).hasMessageContaining("sql/backfill.sql");
            database.sql("INSERT INTO item VALUES (100000, 1, 'new')");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(Ledger.entries(database)).contains("copy: item+100000");
    }
}
