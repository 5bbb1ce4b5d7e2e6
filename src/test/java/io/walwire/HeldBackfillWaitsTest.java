package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.backfill.BackfillRun;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.RowLock;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the reading of a table without a key waits for, and for how long. */
class HeldBackfillWaitsTest {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final String PATIENCE = "io.walwire.internal.backfill.held-patience";

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final BareTable table = new BareTable(database, false, "FULL");

    @BeforeEach
    void createTable() throws Exception {
        table.create();
    }

    @AfterEach
    void forgetProperties() {
        System.clearProperty(PATIENCE);
    }

    /** A transaction that began while others were waited for. */
    @Test
    void snapshotThatIsNotMadeInTime_isWarnedOf_andTriedAgain() throws Exception {
        BareCopy copy = new BareCopy();
        System.setProperty(PATIENCE, "5");
        try (LogLines log = new LogLines();
                Walwire walwire =
                        Instances.temporary(database).handler("copy", copy).start();
                Connection first = database.connect();
                Statement inFirst = first.createStatement();
                Connection second = database.connect();
                Statement inSecond = second.createStatement()) {
            first.setAutoCommit(false);
            second.setAutoCommit(false);
            inFirst.execute("INSERT INTO bare VALUES (7, 'first', NULL)");
            BackfillRun run = walwire.backfill("bare").start();
            log.await("WARN", "public.bare waits for transactions");
            inSecond.execute("INSERT INTO bare VALUES (7, 'second', NULL)");
            first.commit();
            log.await("WARN", "public.bare got no snapshot in 5 s", "PID ", "Trying again in");
            second.commit();
            ExistingItems.await(run);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(copy.rows()).isEqualTo(table.rows());
    }

    /** Nobody knows when it is resumed. A migration waits for the table until then, and others wait behind it. */
    @Test
    void pausedInstance_leavesNoLock_andReadsTheTableAgain() throws Exception {
        CompletableFuture<Walwire> started = new CompletableFuture<>();
        CountDownLatch paused = new CountDownLatch(1);
        BareCopy copy = new BareCopy(() -> {
            if (paused.getCount() > 0) {
                started.join().pause();
                paused.countDown();
            }
        });
        try (LogLines log = new LogLines();
                Walwire walwire = Instances.temporary(database)
                        .set("walwire.backfill.chunk", "8KiB")
                        .handler("copy", copy)
                        .start()) {
            started.complete(walwire);
            BackfillRun run = walwire.backfill("bare").start();
            assertThat(paused.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
            database.sql(
                    "SET lock_timeout = '150s'; ALTER TABLE bare ADD COLUMN more int",
                    "INSERT INTO bare VALUES (1, 'late', NULL, 7)");
            log.await("INFO", "public.bare was ended: The instance is paused");
            assertThat(copy.reads).as("before it is resumed").hasValue(1);
            walwire.resume();
            ExistingItems.await(run);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(copy.rows()).isEqualTo(table.rows());
        assertThat(copy.readings).hasValue(2);
    }

    @Test
    void pausedInstance_holdsNothing() throws Exception {
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY, v int, big text)",
                "INSERT INTO item SELECT i, 0, 'b' FROM generate_series(1, 100) i",
                "ALTER PUBLICATION events ADD TABLE item");
        BareCopy copy = new BareCopy();
        try (LogLines log = new LogLines();
                Walwire walwire = Instances.temporary(database)
                        .handler("copy", copy)
                        .handler("items", new TableCopy("item"))
                        .start()) {
            walwire.pause();
            BackfillRun run = walwire.backfill("bare").start();
            log.await("of public.bare begins");
            // a table with a key is read beside the stream, and later
            walwire.backfill("item")
                    .where("pg_catalog.pg_try_advisory_lock(7) IS NOT NULL")
                    .start();
            Eventually.until(
                    LONG,
                    () -> database.queryLong("SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database"
                                    + " WHERE locktype = 'advisory' AND objid = 7 AND d.datname = current_database()")
                            > 0);
            assertThat(database.queryLong("SELECT count(*) FROM pg_locks WHERE relation = 'bare'::regclass"))
                    .isZero();
            assertThat(log.with("The stream is held")).isEmpty();
            walwire.resume();
            ExistingItems.await(run);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(copy.rows()).isEqualTo(table.rows());
    }

    @Test
    void handlerThatHangs_isWarnedOfOnce() throws Exception {
        System.setProperty(PATIENCE, "5");
        CountDownLatch go = new CountDownLatch(1);
        BareCopy copy = new BareCopy(() -> await(go));
        try (LogLines log = new LogLines();
                Walwire walwire = Instances.temporary(database)
                        .set("walwire.backfill.chunk", "8KiB")
                        .handler("copy", copy)
                        .start()) {
            BackfillRun run = walwire.backfill("bare").start();
            log.await("WARN", "public.bare waits for handlers", "for 5 s", "locked in ACCESS SHARE mode", "is held");
            go.countDown();
            ExistingItems.await(run);
            assertThat(log.with("waits for handlers")).hasSize(1);
        }
        assertThat(copy.rows()).isEqualTo(table.rows());
        assertThat(copy.readings).hasValue(1);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void streamThatGoesToAnotherInstance_leavesNoLock() throws Exception {
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        BareCopy copy = new BareCopy(() -> {
            reading.countDown();
            await(go);
        });
        ExistingItems.createProgress(database);
        try (Walwire walwire = Instances.durable(database)
                        .set("walwire.backfill.chunk", "8KiB")
                        .handler("copy", copy)
                        .start();
                Walwire other = Instances.durable(database)
                        .name("other")
                        .handler(on -> on.onTransaction(transaction -> {}))
                        .start()) {
            walwire.backfill("bare").start();
            assertThat(reading.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
            long reader = database.queryLong("SELECT pid FROM pg_locks WHERE relation = 'bare'::regclass");
            Eventually.until(LONG, () -> {
                if (walwire.status().state() == State.STREAMING) {
                    database.terminateWalsenders();
                }
                return other.status().state() == State.STREAMING;
            });
            Eventually.until(
                    LONG,
                    () -> database.queryLong(
                                    "SELECT count(*) FROM pg_locks WHERE relation = 'bare'::regclass AND pid = "
                                            + reader)
                            == 0);
            go.countDown();
        }
    }

    /** The stream is held meanwhile, and its users want to know why. */
    @Test
    void serverThatFindsNoRowForLong_isWarnedOf_andWaitedFor() throws Exception {
        System.setProperty(PATIENCE, "5");
        BareCopy copy = new BareCopy();
        try (LogLines log = new LogLines();
                RowLock lock = RowLock.hold(database);
                Walwire walwire =
                        Instances.temporary(database).handler("copy", copy).start()) {
            String[] warning = {"WARN", "public.bare has got no rows for more than 5 s", "is at work"};
            BackfillRun run = walwire.backfill("bare").where(RowLock.WAITS).start();
            log.await(warning);
            lock.release();
            ExistingItems.await(run);
            assertThat(log.with(warning)).hasSize(1);
        }
        assertThat(copy.rows()).isEqualTo(table.rows());
        assertThat(copy.readings).hasValue(1);
    }
}
