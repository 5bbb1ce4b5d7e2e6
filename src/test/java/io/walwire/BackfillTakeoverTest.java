package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.backfill.BackfillRun;
import io.walwire.backfill.BackfillState;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether an instance may go on with the run of another one, and which of two may write of it. */
class BackfillTakeoverTest {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final int ROWS = ExistingItems.ROWS;

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void tables() throws Exception {
        ExistingItems.create(database);
        ExistingItems.createProgress(database);
    }

    private WalwireBuilder instance() {
        return Instances.durable(database).set("walwire.backfill.chunk", "8KiB");
    }

    /** A run of which some rows are read and kept; gives its name. */
    private String readPartly() throws SQLException {
        return readPartly(new TableCopy("item"));
    }

    private String readPartly(TableCopy copy) throws SQLException {
        String id;
        try (Walwire walwire = instance()
                .set("walwire.backfill.rate", "2KiB")
                .handler("items", copy)
                .start()) {
            id = walwire.backfill("item").handlers("items").start().id();
            awaitKept();
        }
        assertThat(kept()).isBetween(1L, ROWS - 1L);
        return id;
    }

    private void awaitKept() {
        Eventually.until(LONG, () -> kept() > 0);
    }

    private long kept() throws SQLException {
        return database.queryLong("SELECT coalesce(sum(rows_read), 0)::bigint FROM walwire_backfill WHERE leaf <> 0");
    }

    private String state(String run) throws SQLException {
        return ExistingItems.state(database, run);
    }

    private void awaitState(String run, String state) {
        Eventually.until(
                LONG,
                () -> database.queryLong(
                                "SELECT count(*) FROM walwire_backfill WHERE leaf = 0 AND run = ? AND state = ?",
                                run,
                                state)
                        == 1);
    }

    /** A new instance goes on with the run. */
    private TableCopy goOn(String run) throws Exception {
        TableCopy copy = new TableCopy("item");
        try (Walwire walwire = instance().handler("items", copy).start()) {
            awaitState(run, "done");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        return copy;
    }

    private void assertReadFromItsBeginning(TableCopy copy) throws SQLException {
        assertThat(copy.reads).hasValue(ROWS);
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
    }

    @Test
    void nothingHasHappened_onlyTheRestIsRead() throws Exception {
        assertThat(goOn(readPartly()).reads).hasValueLessThan(ROWS);
    }

    @Test
    void otherTimeline_beginsAgain() throws Exception {
        String run = readPartly();
        database.sql("UPDATE walwire_backfill SET timeline = timeline + 1 WHERE leaf = 0");
        assertReadFromItsBeginning(goOn(run));
    }

    /** No note, no gap event and no other sign: a new instance without a checkpoint takes the slot's position as it is. */
    @Test
    void slotThatWasMovedOn_beginsAgain() throws Exception {
        String run = readPartly();
        database.sql("UPDATE item SET v = v + 1 WHERE id <= 5");
        awaitFreeSlot();
        database.query("SELECT pg_replication_slot_advance(?, pg_current_wal_lsn())", Instances.slot(database));
        assertReadFromItsBeginning(goOn(run));
    }

    private void awaitFreeSlot() {
        Eventually.until(
                LONG,
                () -> database.queryLong(
                                "SELECT count(*) FROM pg_replication_slots WHERE slot_name = ? AND NOT active",
                                Instances.slot(database))
                        == 1);
    }

    /** What is kept of its runs shows that it was there. */
    @Test
    void slotThatWasDropped_isAGap_beforeRowsAreReadAgain() throws Exception {
        String run = readPartly();
        awaitFreeSlot();
        database.query("SELECT pg_drop_replication_slot(?)", Instances.slot(database));
        List<String> order = new CopyOnWriteArrayList<>();
        try (Walwire walwire = instance()
                .handler("items", on -> {
                    on.onGap(gap -> order.add("gap"));
                    on.table("item").onRead(event -> order.add("row"));
                })
                .start()) {
            awaitState(run, "done");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(order).startsWith("gap").hasSize(1 + ROWS).containsOnlyOnce("gap");
    }

    /** An instance that finds the gap ends before it could discard what was read. */
    @Test
    void gapAndThenACrash_leaveNoStaleRow() throws Exception {
        String run = readPartly();
        database.sql(
                "UPDATE item SET v = v + 1 WHERE id <= 5",
                "CREATE SEQUENCE refused",
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM nextval('public.refused');"
                        + " RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'; END$$",
                "CREATE TRIGGER full_disk BEFORE DELETE ON walwire_backfill FOR EACH ROW EXECUTE FUNCTION refuse()");
        awaitFreeSlot();
        database.query("SELECT pg_drop_replication_slot(?)", Instances.slot(database));
        Walwire crashes = instance().handler("items", new TableCopy("item")).start();
        try (crashes) {
            Eventually.until(LONG, () -> database.queryLong("SELECT last_value FROM refused") > 1);
        }
        assertThat(kept()).as("it was not discarded").isPositive();
        database.sql("DROP TRIGGER full_disk ON walwire_backfill");
        assertReadFromItsBeginning(goOn(run));
    }

    /** The same of tables that were read to their end, because they had never been read. */
    @Test
    void gapAndThenACrash_readTablesAgainThatWereNew() throws Exception {
        String run = "new-" + database.queryLong("SELECT 'item'::regclass::oid::int8");
        try (Walwire walwire = instance()
                .set("walwire.backfill", "new")
                .handler("items", new TableCopy("item"))
                .start()) {
            awaitState(run, "done");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        database.sql(
                "UPDATE item SET v = v + 1 WHERE id <= 5",
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN"
                        + " RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'; END$$",
                "CREATE TRIGGER full_disk BEFORE DELETE ON walwire_backfill FOR EACH ROW EXECUTE FUNCTION refuse()");
        awaitFreeSlot();
        database.query("SELECT pg_drop_replication_slot(?)", Instances.slot(database));
        try (Walwire walwire = instance()
                .set("walwire.backfill", "new")
                .handler("items", new TableCopy("item"))
                .start()) {
            Eventually.until(LONG, () -> !walwire.backfills().isEmpty());
        }
        assertThat(state(run)).isEqualTo("done");
        database.sql("DROP TRIGGER full_disk ON walwire_backfill");
        TableCopy copy = new TableCopy("item");
        try (Walwire walwire =
                instance().set("walwire.backfill", "new").handler("items", copy).start()) {
            Eventually.until(LONG, () -> copy.reads.get() == ROWS);
            awaitState(run, "done");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertReadFromItsBeginning(copy);
    }

    /** The row says that another instance has the run, as it does where that one streams from the slot by now. */
    @Test
    void runThatAnotherInstanceHasTaken_isNotWritten_untilTheSlotIsBack() throws Exception {
        Semaphore go = new Semaphore(0);
        TableCopy copy = new TableCopy("item", go::acquireUninterruptibly);
        try (Walwire walwire = instance().handler("items", copy).start()) {
            BackfillRun run = walwire.backfill("item").start();
            go.release(300);
            awaitKept();
            database.sql("UPDATE walwire_backfill SET owner = 'another' WHERE leaf = 0");
            long before = kept();
            go.release(10 * ROWS);
            assertThatThrownBy(() -> run.completion().toCompletableFuture().get(LONG.toSeconds(), TimeUnit.SECONDS))
                    .hasMessageContaining("Another instance streams from replication slot")
                    .hasMessageContaining("and continues the backfill " + run.id());
            assertThat(run.progress().state()).isEqualTo(BackfillState.FAILED);
            assertThat(kept()).isEqualTo(before);
            assertThat(state(run.id())).isEqualTo("running");
            database.terminateWalsenders();
            awaitState(run.id(), "done");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
        assertThat(copy.reads).hasValueGreaterThanOrEqualTo(ROWS);
    }

    /** It had the slot for a while, and wrote of the run, which this instance has not noticed. */
    @Test
    void runThatAnotherInstanceHadMeanwhile_beginsAgain() throws Exception {
        Semaphore go = new Semaphore(0);
        TableCopy copy = new TableCopy("item", go::acquireUninterruptibly);
        try (Walwire walwire = instance().handler("items", copy).start()) {
            BackfillRun run = walwire.backfill("item").start();
            run.pause();
            Eventually.until(LONG, () -> database.queryString("SELECT wanted FROM walwire_backfill WHERE leaf = 0")
                    .equals("paused"));
            go.release(10 * ROWS);
            awaitWrite(); // the next one comes ten seconds later
            try (LogLines log = new LogLines()) {
                database.sql("UPDATE walwire_backfill SET owner = 'another' WHERE leaf = 0");
                database.terminateWalsenders();
                log.await("begins again: another instance has worked on it meanwhile");
            }
            run.resume();
            run.completion().toCompletableFuture().get(LONG.toSeconds(), TimeUnit.SECONDS);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(copy.rows).isEqualTo(TableCopy.of(database, "item"));
    }

    private void awaitWrite() throws SQLException {
        String before = doneTo();
        database.sql("INSERT INTO mark DEFAULT VALUES");
        Eventually.until(LONG, () -> !doneTo().equals(before));
    }

    private String doneTo() throws SQLException {
        return database.queryString("SELECT done_to FROM walwire_backfill WHERE leaf = 0");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void runWhoseHandlersAreGone_fails(boolean named) throws Exception {
        String run = readPartly();
        if (!named) {
            database.sql("UPDATE walwire_backfill SET handlers = NULL WHERE leaf = 0");
        }
        CountDownLatch inserted = new CountDownLatch(1);
        try (LogLines log = new LogLines();
                Walwire walwire = instance()
                        .handler("others", on -> on.table("item").onInsert(event -> inserted.countDown()))
                        .start()) {
            awaitState(run, "failed");
            log.await("ERROR", "The backfill " + run + " of public.item", "would be delivered to no handler");
            database.sql("INSERT INTO item VALUES (100000, 1, 'new')");
            assertThat(inserted.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(walwire.backfills()).isEmpty();
        }
        assertThat(database.queryString("SELECT problem FROM walwire_backfill WHERE leaf = 0"))
                .contains(named ? "There is no handler items; there are [others]" : "No handler and no watch asks");
    }

    /** The last handler that asked for the rows is removed while they are read. */
    @Test
    void runWhoseHandlerIsRemoved_fails() throws Exception {
        Semaphore go = new Semaphore(0);
        TableCopy copy = new TableCopy("item", go::acquireUninterruptibly);
        try (Walwire walwire = instance()
                .handler("others", on -> on.table("item").onInsert(event -> {}))
                .start()) {
            walwire.addHandler("items", copy);
            BackfillRun run = walwire.backfill("item").start();
            go.release(300);
            awaitKept();
            walwire.removeHandler(copy);
            go.release(10 * ROWS);
            assertThatThrownBy(() -> run.completion().toCompletableFuture().get(LONG.toSeconds(), TimeUnit.SECONDS))
                    .hasMessageContaining("would be delivered to no handler");
        }
    }

    /** It is read when there is one, and from its beginning, since it has missed changes until then. */
    @Test
    void newTable_whoseHandlerIsGone_waitsForOne() throws Exception {
        String run = "new-" + database.queryLong("SELECT 'item'::regclass::oid::int8");
        try (Walwire walwire = instance()
                .set("walwire.backfill", "new")
                .set("walwire.backfill.rate", "2KiB")
                .handler("items", new TableCopy("item"))
                .start()) {
            awaitKept();
            assertThat(walwire.backfills()).hasSize(1);
        }
        TableCopy copy = new TableCopy("item");
        try (Walwire walwire = instance()
                .set("walwire.backfill", "new")
                .handler("others", on -> on.table("item").onInsert(event -> {}))
                .start()) {
            Eventually.until(LONG, () -> kept() == 0);
            assertThat(walwire.backfills()).isEmpty();
            assertThat(state(run)).isEqualTo("running");
            database.sql("UPDATE item SET v = v + 1 WHERE id % 3 = 0");
            walwire.addHandler("items", copy);
            awaitState(run, "done");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertReadFromItsBeginning(copy);
    }

    /** It waits for a lock, maybe for long. */
    @Test
    void otherProcess_cancelsARun_thatHasNotBegun() throws Exception {
        instance().handler(new TableCopy("item")).start().close(); // makes the slot
        database.sql(
                "INSERT INTO walwire_backfill (system_id, slot, run, leaf, table_name, wanted, state, timeline, done_to, file_node,"
                        + " rows_read, bytes_read, bytes_total, updated_at)"
                        + " SELECT system_identifier, '" + Instances.slot(database)
                        + "', 'one', 0, 'public.item', 'running', 'running', 1, '0/0', 0, 0, 0, 0, now() FROM pg_control_system()");
        try (Connection holder = database.connect();
                Statement lock = holder.createStatement()) {
            holder.setAutoCommit(false);
            lock.execute("LOCK TABLE item");
            try (Walwire walwire = instance().handler(new TableCopy("item")).start()) {
                Eventually.until(LONG, () -> !walwire.backfills().isEmpty());
                database.sql("UPDATE walwire_backfill SET wanted = 'cancelled'");
                Eventually.until(LONG, () -> database.queryString("SELECT state FROM walwire_backfill")
                        .equals("cancelled"));
            }
        }
    }

    /** Both have the progress in the database of one checkpoint. */
    @Test
    void slotOfAnotherServer_withTheSameName_isLeftAlone() throws Exception {
        Ledger.create(database);
        database.sql(
                "INSERT INTO walwire_backfill (system_id, slot, run, leaf, table_name, wanted, state, timeline, done_to,"
                        + " file_node, rows_read, bytes_read, bytes_total, updated_at) VALUES ('1', '"
                        + Instances.slot(database)
                        + "', 'theirs', 0, 'public.item', 'running', 'running', 1, '0/0', 0, 0, 0, 0, now())");
        JdbcCheckpoint checkpoint = JdbcCheckpoint.of(LetterBox.source(database), "copy");
        TableCopy copy = new TableCopy("item");
        try (Walwire walwire =
                instance().checkpoint(checkpoint).handler("items", copy).start()) {
            BackfillRun run = walwire.backfill("item").start();
            assertThat(walwire.backfills()).hasSize(1);
            run.completion().toCompletableFuture().get(LONG.toSeconds(), TimeUnit.SECONDS);
        }
        assertThat(copy.reads).hasValue(ROWS);
        assertThat(database.query("SELECT state, owner FROM walwire_backfill WHERE system_id = '1'"))
                .singleElement()
                .satisfies(row -> assertThat(row.get("state")).isEqualTo("running"))
                .satisfies(row -> assertThat(row.get("owner")).isNull());
    }
}
