package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.backfill.BackfillRun;
import io.walwire.testing.Eventually;
import io.walwire.testing.RowLock;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the log says of runs, for those who wait for them. */
class BackfillLogTest {
    private static final String PATIENCE = "io.walwire.internal.backfill.held-patience";

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private WalwireBuilder instance() throws Exception {
        ExistingItems.create(database);
        database.sql("ALTER TABLE item SET (autovacuum_enabled = false)");
        return Instances.temporary(database).handler(new TableCopy("item"));
    }

    @Test
    void openAndPreparedTransactions_thatAreWaitedFor_areNamed() throws Exception {
        String gid = database.unique("forgotten's");
        String quoted = "'" + gid.replace("'", "''") + "'";
        try (LogLines log = new LogLines();
                Walwire walwire = instance().start();
                Connection open = database.connect();
                Statement statement = open.createStatement()) {
            database.sql("BEGIN; UPDATE item SET v = 9 WHERE id = 1; PREPARE TRANSACTION " + quoted);
            statement.execute("SET application_name = 'night \"job\"'");
            open.setAutoCommit(false);
            statement.execute("UPDATE item SET v = 9 WHERE id = 2");
            String pid = database.queryString(
                    "SELECT pid::text FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND datname = current_database()");
            BackfillRun run = walwire.backfill("item").start();
            String warning = "WARN A backfill waits for transactions that have written something";
            Eventually.until(ExistingItems.LONG, () -> !log.with(warning).isEmpty());
            assertThat(log.with(warning).get(0))
                    .contains("PID " + pid + " (role " + database.user() + ", application \"night \"job\"\", since 2")
                    .contains("prepared transaction " + quoted + " (role " + database.user() + ", since 2");
            open.commit();
            database.sql("ROLLBACK PREPARED " + quoted);
            ExistingItems.await(run);
        }
    }

    /** The run goes on, and its user wants to know what it waits for. */
    @Test
    void serverThatFindsNoRowForLong_isWarnedOf_andWaitedFor() throws Exception {
        System.setProperty(PATIENCE, "5");
        WalwireBuilder builder = instance();
        try (LogLines log = new LogLines();
                RowLock lock = RowLock.hold(database);
                Walwire walwire = builder.start()) {
            String[] warning = {"WARN", "public.item has got no rows for more than 5 s", "is at work", "SHARE mode."};
            BackfillRun run = walwire.backfill("item").where(RowLock.WAITS).start();
            log.await(warning);
            lock.release();
            ExistingItems.await(run);
            assertThat(log.with(warning)).hasSize(1);
        } finally {
            System.clearProperty(PATIENCE);
        }
    }

    /** A publication that is altered again and again keeps a run from its end. */
    @Test
    void runThatBeginsAgain_saysWhatHasChanged_andWarnsTheSecondTime() throws Exception {
        ExistingItems.create(database);
        AtomicInteger reads = new AtomicInteger();
        TableCopy copy = new TableCopy("item", () -> {
            if (reads.incrementAndGet() % ExistingItems.ROWS == 10 && reads.get() < 2 * ExistingItems.ROWS) {
                alter();
            }
        });
        database.sql("CREATE PUBLICATION own FOR TABLE item");
        try (LogLines log = new LogLines();
                Walwire walwire = Instances.temporary(database)
                        .publication("own")
                        .set("walwire.backfill.chunk", "8KiB")
                        .handler(copy)
                        .start()) {
            ExistingItems.await(walwire.backfill("item").start());
            String why = " of public.item begins again: changes of public.item may be missing. Made again or altered: ";
            assertThat(log.with(why)).hasSize(2);
            assertThat(log.with("INFO", why + "the table in publication own.")).hasSize(1);
            assertThat(log.with("WARN", why + "the table in publication own.")).hasSize(1);
        }
    }

    private void alter() {
        try {
            database.sql("ALTER PUBLICATION own DROP TABLE item", "ALTER PUBLICATION own ADD TABLE item");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void beginOfNewTables_saysHowManyRowsTheyHave() throws Exception {
        WalwireBuilder builder = instance().set("walwire.backfill", "new");
        try (LogLines log = new LogLines();
                Walwire walwire = builder.start()) {
            log.await("INFO The backfill new-", "begins: rows that ANALYZE has not counted yet, ", " bytes");
            assertThat(walwire.awaitCurrent(ExistingItems.LONG)).isTrue();
        }
        database.sql("ANALYZE item");
        try (LogLines log = new LogLines();
                Walwire walwire = builder.start()) {
            log.await(" of public.item begins: about " + ExistingItems.ROWS + " rows, ", " bytes");
            assertThat(walwire.awaitCurrent(ExistingItems.LONG)).isTrue();
        }
    }
}
