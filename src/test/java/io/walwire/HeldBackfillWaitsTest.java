package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.backfill.BackfillRun;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the reading of a table without a key waits for, and for how long. */
class HeldBackfillWaitsTest {
    private static final Duration LONG = Duration.ofSeconds(60);
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
        System.setProperty(PATIENCE, "1");
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
            log.await("WARN", "public.bare got no snapshot in 1 s", "PID ", "Trying again in");
            second.commit();
            ExistingItems.await(run);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(copy.rows()).isEqualTo(table.rows());
    }

    @Test
    void streamThatGoesToAnotherInstance_leavesNoLock() throws Exception {
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        BareCopy copy = new BareCopy(() -> {
            reading.countDown();
            try {
                assertThat(go.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
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
}
