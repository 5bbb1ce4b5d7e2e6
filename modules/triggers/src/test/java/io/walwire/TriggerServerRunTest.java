package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.error.ErrorCode;
import io.walwire.event.Gap;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.handler.FailurePolicy;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The server starts again between two instances. What is kept elsewhere, as by a checkpoint, has positions of its run before. */
class TriggerServerRunTest {
    private static final Duration LONG = ExistingItems.LONG;

    /** Rows of the second block are read when nobody holds the lock 2. */
    private static final String CONDITION = "public.gate(CASE WHEN id > 7 THEN 2 ELSE 1 END)";

    private static final List<Long> NEW = LongStream.range(100, 150).boxed().toList();

    @RegisterExtension
    final TestDatabase elsewhere = TestDatabase.onSharedServer();

    private final Recorder<Gap> gaps = new Recorder<>();
    private final Recorder<Long> ids = new Recorder<>();
    private final Recorder<String> reads = new Recorder<>();
    private final Map<String, String> copy = new ConcurrentHashMap<>();
    /** Whether a sink keeps the position, and no checkpoint. */
    private boolean keepsInSink;

    @TempDir
    Path files = Path.of("");

    private PostgresServer server;
    private TestDatabase database;

    @BeforeEach
    void start() throws Exception {
        server = PostgresServer.start(18, Map.of("wal_writer_delay", "10s"));
        database = TestDatabase.create(server);
        database.sql(
                "CREATE TABLE item (id bigint PRIMARY KEY)",
                "CREATE TABLE wide (id int PRIMARY KEY, v int, note text)",
                "ALTER TABLE wide ALTER note SET STORAGE PLAIN",
                "INSERT INTO wide SELECT i, 0, repeat('x', 1000) FROM generate_series(1, 9) i",
                "CREATE FUNCTION gate(key bigint) RETURNS bool LANGUAGE plpgsql AS $$BEGIN"
                        + " PERFORM pg_advisory_lock_shared(key); PERFORM pg_advisory_unlock_shared(key); RETURN true; END$$");
        elsewhere.sql(LetterBox.ddl("checkpoint.sql"));
        ExistingItems.createProgress(elsewhere);
    }

    @AfterEach
    void stop() throws Exception {
        database.close();
        server.close();
    }

    private WalwireBuilder bare() {
        WalwireBuilder kept = Outboxes.durable(database);
        return (keepsInSink
                        ? kept.sink(FileSink.of(files))
                        : kept.checkpoint(JdbcCheckpoint.of(LetterBox.source(elsewhere), "copy")))
                .set("walwire.backfill.chunk", "8KiB")
                .set("walwire.backfill.readers", "1")
                .handler("copy", on -> {
                    on.table("item").onInsert(event -> ids.add(Items.id(event)));
                    on.table("wide").onUpsert(this::put);
                });
    }

    private void put(RowEvent<Row> event) {
        String id = String.valueOf(event.row().text("id"));
        copy.put(id, String.valueOf(event.row().text("v")));
        if (event.kind() == Kind.READ) {
            reads.add(id);
        }
    }

    private Walwire begun() {
        return bare().handler("gaps", on -> on.onGap(event -> gaps.add(event.gap())))
                .start();
    }

    private static void failsAtTheGap(WalwireBuilder builder) throws Exception {
        try (Walwire walwire = builder.failurePolicy(FailurePolicy.stop())
                .handler(
                        "gaps",
                        on -> on.onGap(gap -> {
                            throw new IOException("cannot be delivered");
                        }))
                .start()) {
            BrokenForGoodTest.assertFails(walwire, ErrorCode.HANDLER, "cannot be delivered");
        }
    }

    /** Has an instance handle changes that the server then loses, and the server give their ids to others while no instance runs. */
    private void handledAndLost(Walwire walwire) throws Exception {
        handleOne();
        stopTheWalWriter(database);
        try (Connection locker = database.connect();
                Connection writer = database.connect();
                Connection holder = database.connect();
                Statement lock = locker.createStatement();
                Statement hold = holder.createStatement();
                Statement write = writer.createStatement()) {
            locker.setAutoCommit(false);
            lock.execute("LOCK TABLE " + Outboxes.CURSOR + " IN SHARE MODE"); // whose commit would save the others
            holder.setAutoCommit(false);
            hold.execute("SELECT pg_current_xact_id()"); // all come at once, before the reader waits for the lock
            write.execute("SET synchronous_commit = off");
            for (int id = 2; id < 22; id++) {
                write.execute("INSERT INTO item VALUES (" + id + ")");
            }
            write.execute("UPDATE wide SET v = 8 WHERE id = 1");
            long next = database.queryLong("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::int8");
            holder.rollback();
            Eventually.until(LONG, () -> "8".equals(copy.get("1")));
            Eventually.until(
                    LONG, () -> !keepsInSink || walwire.status().confirmed().value() >= next);
            server.stopImmediately();
            walwire.close();
            server.startAgain();
            assertThat(database.queryLong("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::int8"))
                    .as("an id that was given before")
                    .isLessThan(next - 15);
        }
        for (long id : NEW) {
            database.sql("INSERT INTO item VALUES (" + id + ")");
        }
    }

    /** On a busy machine even its longest delay ends before the server is stopped. */
    static void stopTheWalWriter(TestDatabase database) throws Exception {
        long pid = database.queryLong("SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'");
        assertThat(new ProcessBuilder("kill", "-STOP", String.valueOf(pid))
                        .start()
                        .waitFor())
                .isZero();
    }

    /** The cursor was written when this returns, and both tables are known. */
    private void handleOne() throws Exception {
        database.sql("UPDATE wide SET v = 0 WHERE id = 1", "INSERT INTO item VALUES (1)");
        ids.await(1);
        Eventually.until(LONG, () -> Outboxes.kept(database) == 0);
    }

    private void requireNewChanges(Walwire walwire) throws Exception {
        assertThat(walwire.awaitCurrent(LONG)).isTrue();
        assertThat(ids.all()).containsAll(NEW);
    }

    @Test
    void crash_idsGivenAgain_newChangesCome() throws Exception {
        try (Walwire walwire = begun()) {
            handledAndLost(walwire);
        }
        try (Walwire walwire = begun()) {
            requireNewChanges(walwire);
        }
        assertThat(gaps.all()).singleElement().satisfies(gap -> assertThat(gap.reason())
                .contains("checkpoint \"copy\" lies beyond"));
    }

    @Test
    void crash_idsGivenAgain_newChangesComeToASink() throws Exception {
        keepsInSink = true;
        try (Walwire walwire = begun()) {
            handledAndLost(walwire);
        }
        try (Walwire walwire = begun()) {
            requireNewChanges(walwire);
        }
        assertThat(gaps.all()).singleElement().satisfies(gap -> assertThat(gap.reason())
                .contains("the position in the sink", "lies beyond"));
    }

    /** The checkpoint is set back with the gap, by whichever instance delivers it. */
    @Test
    void crash_gapNotDelivered_nextInstanceDeliversIt_andNewChanges() throws Exception {
        try (Walwire walwire = begun()) {
            handledAndLost(walwire);
        }
        failsAtTheGap(bare());
        try (Walwire walwire = begun()) {
            requireNewChanges(walwire);
        }
        assertThat(gaps.all()).hasSize(1);
        begun().close();
        assertThat(gaps.all()).as("delivered once").hasSize(1);
    }

    @Test
    void crash_interruptedRun_beginsAgain() throws Exception {
        try (Connection gates = database.connect();
                Statement gate = gates.createStatement();
                Walwire walwire = begun()) {
            gate.execute("SELECT pg_advisory_lock(2)");
            walwire.backfill("wide").where(CONDITION).start();
            reads.await(7);
            Eventually.until(
                    LONG,
                    () -> elsewhere.queryLong("SELECT count(*) FROM walwire_backfill WHERE leaf <> 0 AND rows_read > 0")
                            == 1);
            handledAndLost(walwire);
        }
        assertThat(copy).containsEntry("1", "8");
        try (Walwire walwire = begun()) {
            Eventually.until(LONG, () -> ExistingItems.doneRuns(elsewhere) == 1);
            requireNewChanges(walwire);
        }
        assertThat(copy).hasSize(9).as("the server lost the update").containsEntry("1", "0");
    }

    /** Nothing is lost then, and nothing shows that. */
    @Test
    void restart_interruptedRun_beginsAgain_withoutAGap() throws Exception {
        try (Connection gates = database.connect();
                Statement gate = gates.createStatement();
                Walwire walwire = begun()) {
            database.sql("INSERT INTO item VALUES (1)");
            ids.await(1);
            gate.execute("SELECT pg_advisory_lock(2)");
            walwire.backfill("wide").where(CONDITION).start();
            reads.await(7);
        }
        server.restart();
        try (Walwire walwire = begun()) {
            Eventually.until(LONG, () -> ExistingItems.doneRuns(elsewhere) == 1);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(reads.all()).startsWith("1", "2", "3", "4", "5", "6", "7").hasSize(16);
        begun().close();
        assertThat(gaps.all()).isEmpty();
        assertThat(ids.all()).containsExactly(1L);
    }
}
