package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.backfill.BackfillRun;
import io.walwire.event.Lsn;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Another session holds a row of {@code walwire_backfill} locked when an instance begins to stream: the stream goes on, and is confirmed. */
class LockedProgressTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final TableCopy copy = new TableCopy("item");
    private Connection holder;

    @BeforeEach
    void tables() throws Exception {
        ExistingItems.create(database);
        ExistingItems.createProgress(database);
        holder = database.connect();
        holder.setAutoCommit(false);
    }

    @AfterEach
    void close() throws SQLException {
        holder.close();
    }

    private WalwireBuilder instance() {
        return Instances.durable(database).set("walwire.backfill.chunk", "8KiB").handler("items", copy);
    }

    private void lock(String run) throws SQLException {
        try (Statement statement = holder.createStatement()) {
            statement.execute("SELECT 1 FROM walwire_backfill WHERE leaf = 0 AND run = '" + run + "' FOR UPDATE");
        }
    }

    private void assertStreamsAndConfirms(Walwire walwire, int id) throws Exception {
        database.sql("INSERT INTO item VALUES (" + id + ", 1, 'new')");
        Lsn after = Items.currentLsn(database);
        assertThat(walwire.awaitCurrent(ExistingItems.LONG)).isTrue();
        Items.awaitConfirmed(database, Instances.slot(database), after);
        assertThat(copy.rows).containsKey(Integer.toString(id));
    }

    /** A run of which some rows are read and kept; gives its name. */
    private String readPartly() throws SQLException {
        try (Walwire walwire = instance().set("walwire.backfill.rate", "2KiB").start()) {
            BackfillRun run = walwire.backfill("item").start();
            Eventually.until(
                    ExistingItems.LONG,
                    () -> database.queryLong("SELECT count(*) FROM walwire_backfill WHERE leaf <> 0 AND rows_read > 0")
                            > 0);
            return run.id();
        }
    }

    @Test
    void runThatGoesOn_isLeft_andBeginsAgainWhenItsRowIsFree() throws Exception {
        String run = readPartly();
        lock(run);
        try (LogLines log = new LogLines();
                Walwire walwire = instance().start()) {
            log.await("WARN", run, "taken up later");
            assertStreamsAndConfirms(walwire, 100_000);
            database.sql("UPDATE item SET v = v + 1 WHERE id % 3 = 0");
            assertStreamsAndConfirms(walwire, 100_001);
            assertThat(walwire.backfills()).isEmpty();
            holder.rollback();
            ExistingItems.awaitState(database, run, "done");
            assertThat(walwire.awaitCurrent(ExistingItems.LONG)).isTrue();
            assertThat(log.with("taken up later")).hasSize(1);
            log.await("goes on from its beginning");
        }
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
    }

    /** Its progress is worth waiting for a moment. */
    @Test
    void runWhoseRowIsFreeSoon_goesOnWhereItWas() throws Exception {
        String run = readPartly();
        lock(run);
        int before = copy.reads.get();
        try (LogLines log = new LogLines()) {
            CompletableFuture<Void> released = CompletableFuture.runAsync(() -> release(log));
            try (Walwire walwire = instance().start()) {
                released.get(180, TimeUnit.SECONDS);
                ExistingItems.awaitState(database, run, "done");
                assertThat(walwire.awaitCurrent(ExistingItems.LONG)).isTrue();
            }
        }
        assertThat(copy.reads.get()).isLessThan(before + ExistingItems.ROWS);
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
    }

    private void release(LogLines log) {
        log.await("WARN", "hold rows of walwire_backfill locked", "Trying again");
        try {
            holder.rollback();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void runThatHasEnded_isNotWaitedFor() throws Exception {
        try (Walwire walwire = instance().start()) {
            BackfillRun run = walwire.backfill("item").start();
            ExistingItems.await(run);
            lock(run.id());
        }
        try (LogLines log = new LogLines();
                Walwire walwire = instance().start()) {
            assertStreamsAndConfirms(walwire, 100_000);
            database.terminateWalsenders();
            assertStreamsAndConfirms(walwire, 100_001);
            assertThat(log.with("walwire_backfill")).isEmpty();
        }
    }

    /** The same slot again, after another instance may have had it. */
    @Test
    void reconnect_withARunOfAnotherInstance() throws Exception {
        try (LogLines log = new LogLines();
                Walwire walwire = instance().start()) {
            ExistingItems.request(database, "theirs", Map.of("state", "running"));
            lock("theirs");
            database.terminateWalsenders();
            log.await("WARN", "theirs", "taken up later");
            assertStreamsAndConfirms(walwire, 100_000);
            holder.rollback();
            ExistingItems.awaitState(database, "theirs", "done");
            assertThat(walwire.awaitCurrent(ExistingItems.LONG)).isTrue();
        }
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
    }

    /** With tables that were never read. */
    @Test
    void newTable_whoseRowIsLocked_isReadWhenItIsFree() throws Exception {
        String run = "new-" + database.queryLong("SELECT 'item'::regclass::oid::int8");
        try (Walwire walwire = instance()
                .set("walwire.backfill", "new")
                .set("walwire.backfill.rate", "2KiB")
                .start()) {
            Eventually.until(ExistingItems.LONG, () -> !walwire.backfills().isEmpty() && copy.reads.get() > 0);
        }
        lock(run);
        try (LogLines log = new LogLines();
                Walwire walwire = instance().set("walwire.backfill", "new").start()) {
            log.await("WARN", run, "taken up later");
            assertStreamsAndConfirms(walwire, 100_000);
            holder.rollback();
            ExistingItems.awaitState(database, run, "done");
            assertThat(walwire.awaitCurrent(ExistingItems.LONG)).isTrue();
            assertThat(log.with("ERROR")).isEmpty();
        }
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
    }

    @Test
    void progressBesideACheckpoint_isTheSame() throws Exception {
        Ledger.create(database);
        JdbcCheckpoint checkpoint = JdbcCheckpoint.of(LetterBox.source(database), "copy");
        try (LogLines log = new LogLines();
                Walwire walwire = instance().checkpoint(checkpoint).start()) {
            ExistingItems.await(walwire.backfill("item").where("id < 0").start()); // so that the table is known
            ExistingItems.request(database, "theirs", Map.of("state", "running"));
            lock("theirs");
            database.terminateWalsenders();
            log.await("WARN", "theirs", "taken up later");
            assertStreamsAndConfirms(walwire, 100_000);
            holder.rollback();
            ExistingItems.awaitState(database, "theirs", "done");
        }
    }
}
