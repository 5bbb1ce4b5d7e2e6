package io.walwire.internal.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.event.Lsn;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.RunningTransactions;
import io.walwire.internal.replication.SnapshotSlot;
import io.walwire.internal.replication.StreamStart.History;
import io.walwire.reliability.Proxy;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A table that is read in the snapshot of a slot, beside sessions that rewrite it. */
class HeldReaderTest {
    private static final int ROWS = 1_000;
    private static final Sender EVENTS = new PublicationSender(List.of("events"), null);
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(200);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private static void create(TestDatabase database) throws SQLException {
        database.sql(
                "CREATE TABLE bare (a int, note text)",
                "INSERT INTO bare SELECT i % 7, 'note' FROM generate_series(1, " + ROWS + ") i",
                "CREATE PUBLICATION events FOR ALL TABLES");
    }

    private static History history(TestDatabase database) throws SQLException {
        String id = database.queryString("SELECT system_identifier::text FROM pg_control_system()");
        int timeline = (int) database.queryLong("SELECT timeline_id FROM pg_control_checkpoint()");
        return new History(id, timeline, Lsn.ZERO, "");
    }

    private static HeldReader reader(Existing existing, TablePlan plan) throws SQLException {
        return new HeldReader(existing.database(), EVENTS, List.of(plan), PATIENCE);
    }

    private static PlanState use(HeldReader reader, TablePlan plan, SnapshotSlot.Made made) throws SQLException {
        reader.use(made.name());
        return reader.compare(plan);
    }

    private static int read(HeldReader reader, TablePlan plan) throws Exception {
        AtomicInteger rows = new AtomicInteger();
        reader.read(
                plan,
                1_000,
                (leaf, chunk, first, last) -> rows.addAndGet(chunk.rows().size()));
        reader.end();
        return rows.get();
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 15, 16, 17, 18})
    void allRows_areRead_inPieces(int version) throws Exception {
        try (TestDatabase own = TestDatabase.create(PostgresServer.of(version));
                Existing existing = Existing.in(own, "events")) {
            create(own);
            TablePlan plan = existing.plan("bare");
            try (HeldReader reader = reader(existing, plan)) {
                assertThat(reader.lock(SHORT)).isNull();
                try (SnapshotSlot slot = new SnapshotSlot(existing.database())) {
                    SnapshotSlot.Made made = slot.make(history(own), PATIENCE);
                    own.sql("INSERT INTO bare VALUES (1, 'later')");
                    assertThat(own.currentLsn()).isNotEqualTo(made.position().toString());
                    assertThat(use(reader, plan, made)).isEqualTo(PlanState.HOLDS);
                }
                assertThat(read(reader, plan)).isEqualTo(ROWS);
            }
        }
    }

    /** The naive way: of a table that is truncated or rewritten after the snapshot and before the lock nothing is seen. */
    @ParameterizedTest
    @ValueSource(strings = {"TRUNCATE bare", "ALTER TABLE bare ALTER a TYPE bigint"})
    void snapshotBeforeTheLock_losesRows_andTheLockBeforeTheSnapshotKeepsThem(String meanwhile) throws Exception {
        create(database);
        try (Existing existing = Existing.in(database, "events")) {
            TablePlan plan = existing.plan("bare");
            try (SnapshotSlot slot = new SnapshotSlot(existing.database());
                    HeldReader reader = reader(existing, plan)) {
                SnapshotSlot.Made made = slot.make(history(database), PATIENCE);
                database.sql(meanwhile);
                assertThat(reader.lock(SHORT)).isNull();
                assertThat(use(reader, plan, made)).isEqualTo(PlanState.HOLDS); // the catalog is that of the snapshot
                assertThat(read(reader, plan)).isLessThan(ROWS);
            }
            database.sql("DROP TABLE bare", "DROP PUBLICATION events");
            create(database);
            TablePlan next = existing.plan("bare");
            try (HeldReader reader = reader(existing, next)) {
                assertThat(reader.lock(SHORT)).isNull();
                try (SnapshotSlot slot = new SnapshotSlot(existing.database())) {
                    SnapshotSlot.Made made = slot.make(history(database), PATIENCE);
                    assertThatThrownBy(() -> database.sql("SET lock_timeout = '200ms'", meanwhile))
                            .hasMessageContaining("lock timeout");
                    assertThat(use(reader, next, made)).isEqualTo(PlanState.HOLDS);
                }
                assertThat(read(reader, next)).isEqualTo(ROWS);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "TRUNCATE bare, REWRITTEN",
        "ALTER TABLE bare ADD more int, ALTERED",
        "ALTER PUBLICATION events RENAME TO other, GONE",
    })
    void changeBetweenPlanAndLock_breaksThePlan(String meanwhile, PlanState state) throws Exception {
        create(database);
        try (Existing existing = Existing.in(database, "events")) {
            TablePlan plan = existing.plan("bare");
            try (HeldReader reader = reader(existing, plan);
                    SnapshotSlot slot = new SnapshotSlot(existing.database())) {
                database.sql(meanwhile);
                assertThat(reader.lock(SHORT)).isNull();
                assertThat(use(reader, plan, slot.make(history(database), PATIENCE)))
                        .isEqualTo(state);
            }
        }
    }

    @Test
    void partitionThatIsAddedBeforeTheSnapshot_breaksThePlan() throws Exception {
        database.sql(
                "CREATE TABLE bare (a int) PARTITION BY LIST (a)",
                "CREATE TABLE bare_0 PARTITION OF bare FOR VALUES IN (0)",
                "CREATE TABLE bare_1 (a int)",
                "CREATE PUBLICATION events FOR TABLE bare WITH (publish_via_partition_root = true)");
        try (Existing existing = Existing.in(database, "events")) {
            TablePlan plan = existing.plan("bare");
            try (HeldReader reader = reader(existing, plan);
                    SnapshotSlot slot = new SnapshotSlot(existing.database())) {
                assertThat(reader.lock(SHORT)).isNull();
                database.sql("ALTER TABLE bare ATTACH PARTITION bare_1 FOR VALUES IN (1)");
                assertThat(use(reader, plan, slot.make(history(database), PATIENCE)))
                        .isEqualTo(PlanState.ALTERED);
            }
        }
    }

    @Test
    void lockOfAnother_isNamed() throws Exception {
        create(database);
        try (Existing existing = Existing.in(database, "events");
                HeldReader reader = reader(existing, existing.plan("bare"));
                Connection holder = database.connect();
                Statement statement = holder.createStatement()) {
            statement.execute("BEGIN");
            statement.execute("LOCK TABLE bare IN ACCESS EXCLUSIVE MODE");
            assertThat(reader.lock(SHORT))
                    .isInstanceOfSatisfying(ChunkResult.Locked.class, locked -> assertThat(locked.message())
                            .contains("Table public.bare is locked by PID", "AccessExclusiveLock"));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void openTransaction_holdsTheSnapshotBack_forAWhile(int version) throws Exception {
        try (TestDatabase own = TestDatabase.create(PostgresServer.of(version));
                Existing existing = Existing.in(own, "events");
                Connection writer = own.connect();
                Statement statement = writer.createStatement()) {
            create(own);
            statement.execute("BEGIN");
            statement.execute("INSERT INTO bare VALUES (1, 'open')");
            long pid = own.queryLong(
                    "SELECT pid FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND datname = current_database()");
            try (SnapshotSlot slot = new SnapshotSlot(existing.database())) {
                assertThatThrownBy(() -> slot.make(history(own), Duration.ofSeconds(1)))
                        .isInstanceOf(SnapshotSlot.TimeoutException.class);
            }
            try (Connection asking = own.connect()) {
                assertThat(RunningTransactions.named(asking))
                        .contains("PID " + pid + " (role " + own.user() + ", application \"");
            }
            statement.execute("COMMIT");
            try (SnapshotSlot slot = new SnapshotSlot(existing.database())) {
                assertThat(slot.make(history(own), PATIENCE).name()).isNotEmpty();
            }
            assertThat(own.queryLong("SELECT count(*) FROM pg_replication_slots WHERE database = current_database()"
                            + " AND slot_name LIKE 'walwire_snapshot%' AND NOT active"))
                    .isZero();
        }
    }

    @Test
    void otherServer_isRefused() throws Exception {
        create(database);
        try (Existing existing = Existing.in(database, "events");
                SnapshotSlot slot = new SnapshotSlot(existing.database())) {
            History other = new History("7", 1, Lsn.ZERO, "");
            assertThatThrownBy(() -> slot.make(other, PATIENCE))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("another server");
        }
    }

    /** What a reader does behind a proxy, once it can read. */
    private interface Behind {
        void read(HeldReader reader, TablePlan plan, Proxy proxy) throws Exception;
    }

    private void behindAProxy(Behind work) throws Exception {
        try (Existing existing = Existing.in(database, "events");
                Proxy proxy =
                        new Proxy(database.server().host(), database.server().port())) {
            TablePlan plan = existing.plan("bare");
            Database behind = Existing.behind(proxy, database, Map.of());
            try (HeldReader reader = new HeldReader(behind, EVENTS, List.of(plan), Duration.ofSeconds(1));
                    SnapshotSlot slot = new SnapshotSlot(existing.database())) {
                assertThat(reader.lock(SHORT)).isNull();
                assertThat(use(reader, plan, slot.make(history(database), PATIENCE)))
                        .isEqualTo(PlanState.HOLDS);
                work.read(reader, plan, proxy);
            }
        }
    }

    /** As behind a firewall that forgets connections: the server still sends, and nothing comes. */
    @Test
    void connectionThatIsLostWithoutAWord_isGivenUp() throws Exception {
        create(database);
        database.sql("INSERT INTO bare SELECT i, repeat('n', 1000) FROM generate_series(1, 30000) i");
        behindAProxy((reader, plan, proxy) -> assertFails(() -> {
            reader.read(plan, 1_000, (leaf, chunk, first, last) -> proxy.stallOpen());
            return "all rows";
        }));
    }

    /** The server has sent all of it, and waits for the reader. */
    @Test
    void largeRowOnASlowConnection_isRead() throws Exception {
        create(database);
        database.sql("INSERT INTO bare VALUES (7, repeat('n', 3000000))");
        behindAProxy((reader, plan, proxy) -> {
            proxy.slowDown(Duration.ofMillis(30)); // the row takes 5 seconds
            assertThat(read(reader, plan)).isEqualTo(ROWS + 1);
        });
    }

    /** Rows alone may take long to come. */
    @Test
    void questionOnAConnectionThatIsLostWithoutAWord_fails() throws Exception {
        create(database);
        try (Existing existing = Existing.in(database, "events");
                Proxy proxy =
                        new Proxy(database.server().host(), database.server().port())) {
            TablePlan plan = existing.plan("bare");
            Database behind = Existing.behind(proxy, database, Map.of("socketTimeout", "1"));
            try (HeldReader reader = new HeldReader(behind, EVENTS, List.of(plan), PATIENCE);
                    ChunkReader looker = new ChunkReader(() -> behind, EVENTS, 1, SHORT, PATIENCE)) {
                assertThat(reader.lock(SHORT)).isNull();
                looker.snapshot();
                proxy.stallOpen();
                assertFails(looker::snapshot);
                assertFails(() -> reader.compare(plan));
            }
        }
    }

    private static void assertFails(Callable<Object> work) {
        FutureTask<Object> done = new FutureTask<>(work);
        new Thread(done, "asking").start();
        assertThatThrownBy(() -> done.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .hasRootCauseInstanceOf(IOException.class);
    }
}
