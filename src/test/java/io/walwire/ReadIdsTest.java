package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.backfill.BackfillRun;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Identities of rows that are read: the same where handlers have missed nothing between two readings, and others where they may have. */
class ReadIdsTest {
    private static final int ROWS = ExistingItems.ROWS;

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void tables() throws Exception {
        ExistingItems.create(database);
        ExistingItems.createProgress(database);
    }

    private static WalwireBuilder small(WalwireBuilder builder) {
        return builder.set("walwire.backfill.chunk", "8KiB");
    }

    private void readNew(OnceCopy copy, int ends) throws Exception {
        try (Walwire walwire = Instances.durable(database)
                .set("walwire.backfill", "new")
                .handler("items", copy)
                .start()) {
            copy.ends.await(ends);
            Eventually.until(
                    ExistingItems.LONG, () -> database.queryString("SELECT state FROM walwire_backfill WHERE leaf = 0")
                            .equals("done"));
            assertThat(walwire.awaitCurrent(ExistingItems.LONG)).isTrue();
        }
    }

    private void awaitKept() {
        Eventually.until(
                ExistingItems.LONG,
                () -> database.queryLong("SELECT count(*) FROM walwire_backfill WHERE leaf <> 0 AND rows_read > 0")
                        > 0);
    }

    private void requireCopied(OnceCopy copy) throws SQLException {
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
    }

    /** As after a crash before the progress was kept for the first time. */
    @Test
    void rowsThatComeAgain_afterARestart_haveTheSameIds() throws Exception {
        CountDownLatch reading = new CountDownLatch(300);
        OnceCopy copy = new OnceCopy(reading::countDown);
        String id;
        try (Walwire walwire = small(Instances.durable(database))
                .set("walwire.backfill.rate", "2KiB")
                .handler(copy)
                .start()) {
            id = walwire.backfill("item").start().id();
            reading.await();
            awaitKept();
        }
        int before = copy.reads.all().size();
        database.sql("DELETE FROM walwire_backfill WHERE leaf <> 0", "UPDATE item SET v = v + 1 WHERE id % 3 = 0");
        try (Walwire walwire = small(Instances.durable(database)).handler(copy).start()) {
            ExistingItems.awaitState(database, id, "done");
            assertThat(walwire.awaitCurrent(ExistingItems.LONG)).isTrue();
        }
        assertThat(copy.reads.all()).hasSize(before + ROWS);
        assertThat(new HashSet<>(copy.reads.all())).hasSize(ROWS);
        requireCopied(copy);
    }

    @Test
    void lostConnection_ofADurableSlot_sameReading() throws Exception {
        CountDownLatch reading = new CountDownLatch(100);
        OnceCopy copy = new OnceCopy(reading::countDown);
        try (Walwire walwire = small(Instances.durable(database))
                .set("walwire.backfill.rate", "7KiB")
                .handler(copy)
                .start()) {
            BackfillRun run = walwire.backfill("item").start();
            reading.await();
            assertThat(database.terminateWalsenders()).isPositive();
            database.sql("UPDATE item SET v = v + 1 WHERE id % 3 = 0");
            ExistingItems.await(run);
            assertThat(walwire.awaitCurrent(ExistingItems.LONG)).isTrue();
        }
        assertThat(copy.readings()).hasSize(1);
        requireCopied(copy);
    }

    /** Rows have changed, and nobody was informed. */
    @Test
    void gap_otherIds() throws Exception {
        OnceCopy copy = new OnceCopy();
        readNew(copy, 1);
        Eventually.until(
                ExistingItems.LONG,
                () -> database.queryLong(
                                "SELECT count(*) FROM pg_replication_slots WHERE slot_name = ? AND NOT active",
                                Instances.slot(database))
                        == 1);
        database.query("SELECT pg_drop_replication_slot(?)", Instances.slot(database));
        database.sql("UPDATE item SET v = v + 1 WHERE id % 3 = 0");
        readNew(copy, 2);
        assertThat(copy.readings()).hasSize(2);
        requireCopied(copy);
    }

    /** Each lost connection is a gap. */
    @Test
    void lostConnection_ofATemporarySlot_otherIds() throws Exception {
        CountDownLatch reading = new CountDownLatch(100);
        Semaphore go = new Semaphore(100);
        OnceCopy copy = new OnceCopy(() -> {
            reading.countDown();
            go.acquireUninterruptibly();
        });
        try (Walwire walwire =
                small(Instances.temporary(database)).handler(copy).start()) {
            BackfillRun run = walwire.backfill("item").start();
            reading.await();
            database.terminateWalsenders();
            database.sql("UPDATE item SET v = v + 1 WHERE id % 3 = 0");
            go.release(10 * ROWS);
            ExistingItems.await(run);
            assertThat(walwire.awaitCurrent(ExistingItems.LONG)).isTrue();
        }
        assertThat(copy.readings()).hasSize(2);
        assertThat(copy.ends.all()).hasSize(1);
        requireCopied(copy);
    }

    @Test
    void anotherStart_ofATemporarySlot_otherIds() throws Exception {
        OnceCopy copy = new OnceCopy();
        for (int start = 1; start <= 2; start++) {
            try (Walwire walwire = Instances.temporary(database)
                    .set("walwire.backfill", "new")
                    .handler(copy)
                    .start()) {
                copy.ends.await(start);
                assertThat(walwire.awaitCurrent(ExistingItems.LONG)).isTrue();
            }
            requireCopied(copy);
            database.sql("UPDATE item SET v = v + 1 WHERE id % 3 = 0");
        }
        assertThat(copy.readings()).hasSize(2);
    }

    /** A rewrite may change values, and there are no events of that. */
    @Test
    void rewrite_otherIds() throws Exception {
        CountDownLatch reading = new CountDownLatch(300);
        Semaphore go = new Semaphore(300);
        OnceCopy copy = new OnceCopy(() -> {
            reading.countDown();
            go.acquireUninterruptibly();
        });
        try (Walwire walwire = small(Instances.durable(database)).handler(copy).start()) {
            BackfillRun run = walwire.backfill("item").start();
            reading.await();
            database.sql("ALTER TABLE item ALTER v TYPE bigint USING v + 1");
            go.release(10 * ROWS);
            ExistingItems.await(run);
            assertThat(walwire.awaitCurrent(ExistingItems.LONG)).isTrue();
        }
        requireCopied(copy);
    }
}
