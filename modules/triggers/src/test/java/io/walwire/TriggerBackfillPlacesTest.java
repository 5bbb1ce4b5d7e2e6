package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.backfill.BackfillRun;
import io.walwire.backfill.BackfillState;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Which rows come of a chunk beside changes that triggers capture, and where. */
@ParameterizedClass
@ValueSource(ints = {14, 18})
class TriggerBackfillPlacesTest {
    private static final Duration LONG = ExistingItems.LONG;

    /** A server that can lose what was committed: nothing but commits writes its log to the disk. */
    private static final Map<String, String> LOSING = Map.of("wal_writer_delay", "10s", "autovacuum", "off");

    /** Rows of a chunk are read when nobody holds its lock: after its snapshot was taken. */
    private static final String GATE = "CREATE FUNCTION gate(key bigint) RETURNS bool LANGUAGE plpgsql AS $$BEGIN"
            + " PERFORM pg_advisory_lock_shared(key); PERFORM pg_advisory_unlock_shared(key); RETURN true; END$$";

    @Parameter
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    private final Recorder<String> lines = new Recorder<>();

    @BeforeEach
    void tables() throws Exception {
        create(database);
    }

    /** Ten rows in two blocks: the last two are in the second one. */
    private static void create(TestDatabase of) throws Exception {
        of.sql(
                "CREATE TABLE wide (id int PRIMARY KEY, v int, note text)",
                "ALTER TABLE wide ALTER note SET STORAGE PLAIN",
                "INSERT INTO wide SELECT i, 0, repeat('x', 1000) FROM generate_series(1, 9) i",
                "CREATE TABLE other (id int PRIMARY KEY)",
                GATE);
    }

    private WalwireBuilder small(WalwireBuilder builder) {
        return builder.set("walwire.backfill.chunk", "8KiB").set("walwire.backfill.readers", "1");
    }

    private WalwireBuilder recording(WalwireBuilder builder) {
        return small(builder).handler(on -> {
            on.table("wide")
                    .onUpsert(event -> lines.add(line(event)))
                    .onDelete(event -> lines.add(
                            "delete " + Objects.requireNonNull(event.before()).text("id")));
            on.table("other").onInsert(event -> lines.add("other"));
        });
    }

    private static String line(RowEvent<Row> event) {
        return event.kind().name().toLowerCase(Locale.ROOT) + " " + event.row().text("id") + "="
                + event.row().text("v");
    }

    private static BackfillRun gated(Walwire walwire) {
        return walwire.backfill("wide")
                .where("public.gate(CASE WHEN id > 7 THEN 2 ELSE 1 END)")
                .start();
    }

    /** Whether a reader waits for a lock. */
    private static boolean isAt(TestDatabase of, int gate) throws SQLException {
        return of.queryLong("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = "
                        + gate + " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")
                == 1;
    }

    private void awaitAt(int gate) {
        Eventually.until(LONG, () -> isAt(database, gate));
    }

    @Test
    void rowsThatChangeWhileTheyAreRead_comeAsTheirEvents() throws Exception {
        try (Walwire walwire = recording(Outboxes.temporary(database)).start();
                Connection gates = database.connect();
                Statement gate = gates.createStatement()) {
            gate.execute("SELECT pg_advisory_lock(1), pg_advisory_lock(2)");
            BackfillRun run = gated(walwire);
            awaitAt(1);
            gate.execute("SELECT pg_advisory_unlock(1)");
            awaitAt(2);
            lines.await(7);
            database.sql(
                    "UPDATE wide SET v = 8 WHERE id = 8",
                    "DELETE FROM wide WHERE id = 9",
                    "UPDATE wide SET v = 1 WHERE id = 1");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            gate.execute("SELECT pg_advisory_unlock(2)");
            ExistingItems.await(run);
        }
        assertThat(lines.all())
                .as("rows 8 and 9 of the second chunk's snapshot are older than their events")
                .containsExactly(
                        "read 1=0",
                        "read 2=0",
                        "read 3=0",
                        "read 4=0",
                        "read 5=0",
                        "read 6=0",
                        "read 7=0",
                        "update 8=8",
                        "delete 9",
                        "update 1=1");
    }

    /**
     * A snapshot sees a transaction and not an earlier one, which is open. Both come before the rows: the row that the open one has changed is
     * not read, and that of the other one is.
     */
    @Test
    void snapshotWithAGap_isPassedWhenTheGapHasEnded() throws Exception {
        Recorder<Long> places = new Recorder<>();
        try (Walwire walwire = recording(Outboxes.temporary(database))
                        .handler(on -> on.table("wide").onUpsert(event -> {
                            if ("9".equals(event.row().text("id"))) {
                                places.add(event.transaction().position().value());
                            }
                        }))
                        .start();
                Connection gates = database.connect();
                Statement gate = gates.createStatement();
                Connection open = database.connect();
                Statement early = open.createStatement()) {
            gate.execute("SELECT pg_advisory_lock(1), pg_advisory_lock(2)");
            BackfillRun run = gated(walwire);
            awaitAt(1);
            open.setAutoCommit(false);
            early.execute("UPDATE wide SET v = 8 WHERE id = 8");
            database.sql("UPDATE wide SET v = 9 WHERE id = 9");
            gate.execute("SELECT pg_advisory_unlock(1)");
            awaitAt(2);
            gate.execute("SELECT pg_advisory_unlock(2)");
            Eventually.until(
                    LONG,
                    () -> database.queryLong(
                                    "SELECT count(*) FROM pg_stat_activity WHERE state <> 'idle' AND query LIKE 'COPY%'"
                                            + " AND datname = current_database()")
                            == 0);
            assertThat(lines.all()).noneMatch(line -> line.contains(" 8=") || line.contains(" 9="));
            assertThat(run.progress().state()).isEqualTo(BackfillState.RUNNING);
            open.commit();
            ExistingItems.await(run);
        }
        assertThat(lines.all().stream().filter(line -> line.contains(" 8=") || line.contains(" 9=")))
                .containsExactly("update 8=8", "update 9=9", "read 9=9");
        assertThat(places.all()).isSorted().doesNotHaveDuplicates();
    }

    /** A prepared transaction is one that runs. */
    @Test
    void preparedTransaction_countsAsRunningUntilItIsCommitted() throws Exception {
        String gid = database.unique("gid");
        try (Walwire walwire = recording(Outboxes.temporary(database).set("walwire.triggers.notify", "false"))
                        .start();
                Connection gates = database.connect();
                Statement gate = gates.createStatement()) {
            gate.execute("SELECT pg_advisory_lock(1), pg_advisory_lock(2)");
            BackfillRun run = gated(walwire);
            awaitAt(1);
            database.inTransaction("UPDATE wide SET v = 8 WHERE id = 8", "PREPARE TRANSACTION '" + gid + "'");
            gate.execute("SELECT pg_advisory_unlock(1)");
            awaitAt(2);
            gate.execute("SELECT pg_advisory_unlock(2)");
            database.sql("INSERT INTO other VALUES (1)");
            assertThat(lines.all()).doesNotContain("other");
            database.sql("COMMIT PREPARED '" + gid + "'");
            ExistingItems.await(run);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(lines.all())
                .containsOnlyOnce("update 8=8")
                .doesNotContain("read 8=0")
                .contains("read 9=0", "other");
    }

    /** Other sessions do not see the commit before it has ended its wait, and so it is not delivered before: the old row never comes last. */
    @Test
    void commitThatWaitsForAStandby_isNotFollowedByTheOldRow() throws Exception {
        try (PostgresServer server = PostgresServer.start(version, Map.of());
                TestDatabase own = TestDatabase.create(server)) {
            create(own);
            // commits that notify wait for each other
            try (Walwire walwire = recording(Outboxes.temporary(own).set("walwire.triggers.notify", "false"))
                    .start()) {
                MissingStandby.holdCommits(own);
                CompletableFuture<Void> commit = RandomTable.thread(() -> {
                    try (Connection connection = own.connect();
                            Statement statement = connection.createStatement()) {
                        statement.execute("UPDATE wide SET v = 8 WHERE id = 8");
                    }
                });
                Eventually.until(
                        LONG,
                        () -> own.queryLong("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
                                        + " AND query LIKE 'UPDATE wide%'")
                                == 1);
                BackfillRun run = walwire.backfill("wide").start();
                own.sql("SET synchronous_commit = local", "INSERT INTO other VALUES (1)");
                Eventually.until(LONG, () -> run.progress().state() == BackfillState.WAITING);
                assertThat(lines.all()).isEmpty();
                MissingStandby.releaseCommits(own);
                commit.join();
                ExistingItems.await(run);
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
            }
        }
        assertThat(lines.all()).contains("update 8=8", "read 8=8").doesNotContain("read 8=0");
    }

    /**
     * The server loses commits that waited for no disk, and gives their ids again. What comes with these ids is compared with rows, although a
     * higher one was delivered before.
     */
    @Test
    void idsGivenAgain_areComparedWithRows() throws Exception {
        Semaphore handling = new Semaphore(0);
        try (PostgresServer server = PostgresServer.start(version, LOSING);
                TestDatabase lossy = TestDatabase.create(server)) {
            create(lossy);
            lossy.sql("INSERT INTO wide SELECT i, 0, repeat('x', 1000) FROM generate_series(10, 20) i");
            Link link = new Link(lossy);
            try (Walwire walwire = small(Outboxes.managed(link.builder(lossy)))
                    .handler(on -> {
                        on.table("other").onInsert(event -> {});
                        on.table("wide").onUpsert(event -> {
                            lines.add(line(event));
                            if (event.kind() == Kind.READ) {
                                handling.acquireUninterruptibly();
                            }
                        });
                    })
                    .start()) {
                BackfillRun run = walwire.backfill("wide")
                        .where("public.gate(CASE WHEN id > 14 THEN 2 ELSE 1 END)")
                        .start();
                lines.await(1); // the last chunk is not read before handlers return from the first one
                Gate away = lost(lossy, walwire, link);
                readBesideIdsGivenAgain(lossy, walwire, run, away, handling);
            }
        }
        assertThat(lines.all().stream().filter(line -> line.contains(" 20=")))
                .contains("update 20=8")
                .last()
                .asString()
                .endsWith(" 20=8");
    }

    /**
     * A transaction that only takes an id leaves nothing in the log, unless that is asked for. Others have taken higher ids when the rows are
     * placed.
     */
    @Test
    void idOfAChunk_isNotGivenAgain() throws Exception {
        Recorder<Long> positions = new Recorder<>();
        try (PostgresServer server = PostgresServer.start(version, LOSING);
                TestDatabase lossy = TestDatabase.create(server)) {
            create(lossy);
            try (Walwire walwire = Outboxes.temporary(lossy)
                            .handler(on -> on.table("wide")
                                    .onRead(read ->
                                            positions.add(read.position().value())))
                            .start();
                    Connection holder = lossy.connect();
                    Statement hold = holder.createStatement();
                    Connection gates = lossy.connect();
                    Statement gate = gates.createStatement()) {
                gate.execute("SELECT pg_advisory_lock(1)");
                walwire.backfill("wide").where("public.gate(1)").start();
                Eventually.until(LONG, () -> isAt(lossy, 1));
                holder.setAutoCommit(false);
                long before = id(hold);
                gate.execute("SELECT pg_advisory_unlock(1)");
                Eventually.until(
                        LONG,
                        () -> lossy.queryLong("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::int8")
                                > before + 1);
                for (int i = 0; i < 5; i++) {
                    id(gate);
                }
                holder.rollback();
                positions.await(9);
                server.stopImmediately();
            }
            server.startAgain();
            assertThat(lossy.queryLong("UPDATE wide SET v = 1 WHERE id = 1 RETURNING pg_current_xact_id()::text::int8"))
                    .isGreaterThan(positions.all().get(8));
        }
    }

    private static long id(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery("SELECT pg_current_xact_id()::text::int8")) {
            row.next();
            return row.getLong(1);
        }
    }

    /** Delivers commits, and has the server lose them. */
    private static Gate lost(TestDatabase lossy, Walwire walwire, Link link) throws Exception {
        try (Connection locker = lossy.connect();
                Connection writer = lossy.connect();
                Statement lock = locker.createStatement();
                Statement write = writer.createStatement()) {
            locker.setAutoCommit(false);
            lock.execute("LOCK TABLE " + Outboxes.CURSOR + " IN SHARE MODE"); // whose commit would save the others
            TriggerServerRunTest.stopTheWalWriter(lossy);
            write.execute("SET synchronous_commit = off");
            for (int i = 0; i < 20; i++) {
                write.execute("INSERT INTO other VALUES (" + i + ")");
            }
            long next = lossy.queryLong("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::int8");
            Eventually.until(LONG, () -> walwire.status().received().value() >= next);
            Gate away = link.hold();
            lossy.server().stopImmediately();
            return away;
        }
    }

    private static void readBesideIdsGivenAgain(
            TestDatabase lossy, Walwire walwire, BackfillRun run, Gate away, Semaphore handling) throws Exception {
        long delivered = walwire.status().received().value();
        lossy.server().startAgain();
        try (Connection open = lossy.connect();
                Statement again = open.createStatement();
                Connection gates = lossy.connect();
                Statement gate = gates.createStatement()) {
            gate.execute("SELECT pg_advisory_lock(2)");
            open.setAutoCommit(false);
            again.execute("UPDATE wide SET v = 8 WHERE id = 20");
            assertThat(lossy.queryLong("SELECT max(backend_xid::text::int8) FROM pg_stat_activity"))
                    .as("an id that was given before")
                    .isLessThan(delivered - 1);
            for (int i = 100; i < 150; i++) {
                lossy.sql("INSERT INTO other VALUES (" + i + ")"); // else the server shows that it has lost something
            }
            run.pause(); // until the stream has begun
            handling.release(1_000);
            away.open();
            assertThat(walwire.awaitStreaming(LONG)).isTrue();
            run.resume();
            Eventually.until(LONG, () -> isAt(lossy, 2) || run.progress().state() == BackfillState.WAITING);
            open.commit();
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            gate.execute("SELECT pg_advisory_unlock(2)");
            ExistingItems.await(run);
        }
    }
}
