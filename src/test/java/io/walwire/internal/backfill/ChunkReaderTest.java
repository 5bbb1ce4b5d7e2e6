package io.walwire.internal.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.event.Lsn;
import io.walwire.internal.backfill.ChunkResult.Chunk;
import io.walwire.internal.connection.server.Snapshot;
import io.walwire.internal.transaction.ReceivedRow;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chunks of tables on a real server, beside sessions that rewrite, lock and hide. */
class ChunkReaderTest {
    private static final int ROWS = 1_000;

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private static void create(TestDatabase database) throws SQLException {
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY, note text)",
                "INSERT INTO item SELECT i, 'note ' || i FROM generate_series(1, " + ROWS + ") i",
                "CREATE PUBLICATION events FOR ALL TABLES");
    }

    private static List<String> column(List<ReceivedRow> events, String column) {
        return events.stream().map(event -> event.row().text(column)).toList();
    }

    private static TestDatabase on(int version) throws SQLException {
        return TestDatabase.create(PostgresServer.of(version));
    }

    /** What a reader does that takes its snapshot first: of a table that is rewritten in between it sees nothing. */
    private static long naively(TestDatabase database, String meanwhile) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
            statement.executeQuery("SELECT pg_current_snapshot()").close();
            database.sql(meanwhile);
            try (var row = statement.executeQuery("SELECT count(*) FROM item")) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    /** A server that does nothing else does not list the newest transaction by itself. */
    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void snapshotOfAllRunning_listsTheNewestTransaction(int version) throws Exception {
        try (TestDatabase own = on(version);
                Existing existing = Existing.in(own, "events");
                ChunkReader reader = existing.reader();
                Connection writer = own.connect();
                Statement statement = writer.createStatement()) {
            statement.execute("BEGIN");
            long xid;
            try (var row = statement.executeQuery("SELECT pg_current_xact_id()::text::int8")) {
                row.next();
                xid = row.getLong(1);
            }
            Snapshot all = reader.snapshotOfAllRunning();
            assertThat(all.running()).contains(xid);
            assertThat(all.xmax()).isGreaterThan(xid);
            statement.execute("COMMIT");
            assertThat(reader.snapshotOfAllRunning().endsAllOf(all)).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void rewrite_betweenSnapshotAndRead_losesNothing(int version) throws Exception {
        try (TestDatabase own = on(version)) {
            create(own);
            assertThat(naively(own, "ALTER TABLE item ALTER note TYPE varchar(50)"))
                    .as("the snapshot first, then the lock")
                    .isZero();
            try (Existing existing = Existing.in(own, "events");
                    ChunkReader reader = existing.reader()) {
                LeafPlan leaf = existing.plan("item").leaves().get(0);
                List<Object> meanwhile = new ArrayList<>();
                ChunkResult result = reader.read(leaf, BlockRange.all(), Lsn.ZERO, snapshot -> {
                    // the lock is there already, so that the rewrite has to wait
                    assertThatThrownBy(() ->
                                    own.sql("SET lock_timeout = '100ms'", "ALTER TABLE item ALTER note TYPE text"))
                            .isInstanceOf(SQLException.class);
                    meanwhile.add(snapshot);
                });
                assertThat(meanwhile).hasSize(1);
                assertThat(((Chunk) result).rows()).hasSize(ROWS);
                own.sql("ALTER TABLE item ALTER note TYPE text USING note || ''");
                assertThat(reader.read(leaf, BlockRange.all(), Lsn.ZERO, snapshot -> {}))
                        .isEqualTo(new ChunkResult.PlanBroken(PlanState.REWRITTEN));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void truncate_betweenSnapshotAndRead_isNoticed(int version) throws Exception {
        try (TestDatabase own = on(version)) {
            create(own);
            try (Existing existing = Existing.in(own, "events");
                    ChunkReader reader = existing.reader()) {
                LeafPlan leaf = existing.plan("item").leaves().get(0);
                assertThat(naively(own, "TRUNCATE item"))
                        .as("rows that the snapshot sees are gone, and no error")
                        .isZero();
                assertThat(reader.read(leaf, BlockRange.all(), Lsn.ZERO, snapshot -> {}))
                        .isEqualTo(new ChunkResult.PlanBroken(PlanState.REWRITTEN));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void rowSecurity_thatHidesRows_isAnError(int version) throws Exception {
        try (TestDatabase own = on(version)) {
            create(own);
            String role = own.role("LOGIN");
            own.sql("GRANT SELECT ON item TO " + role, "CREATE POLICY few ON item USING (id <= 10)");
            try (Existing existing = Existing.at(own.server(), own.name(), role, "events");
                    ChunkReader reader = existing.reader()) {
                LeafPlan leaf = existing.plan("item").leaves().get(0);
                own.sql("ALTER TABLE item ENABLE ROW LEVEL SECURITY");
                try (Connection naive = own.server().connect(own.name(), role, own.password());
                        Statement statement = naive.createStatement();
                        var row = statement.executeQuery("SELECT count(*) FROM item")) {
                    row.next();
                    assertThat(row.getLong(1))
                            .as("rows that a plain SELECT sees")
                            .isEqualTo(10);
                }
                LeafPlan asIfUnchanged = with(existing, leaf);
                assertThatThrownBy(() -> reader.read(asIfUnchanged, BlockRange.all(), Lsn.ZERO, snapshot -> {}))
                        .isInstanceOf(SQLException.class)
                        .hasMessageContaining("row-level security");
            }
        }
    }

    /** The plan with the facts of now, which row security is part of. */
    private static LeafPlan with(Existing existing, LeafPlan leaf) throws SQLException {
        try (Connection connection = existing.database().open()) {
            LeafFacts now = CatalogSql.leaves(connection, new PublicationSender(List.of("events"), null), leaf.oid())
                    .get(0);
            assertThat(leaf.facts().comparedWith(now)).isEqualTo(PlanState.ALTERED);
            return new LeafPlan(
                    leaf.table(), now, leaf.relation(), leaf.key(), null, leaf.blocks(), leaf.bytes(), leaf.rows());
        }
    }

    @Test
    void lock_ofAnotherSession_isWaitedForBriefly() throws Exception {
        create(database);
        try (Existing existing = Existing.in(database, "events");
                ChunkReader reader = existing.reader();
                Connection holder = database.connect();
                Statement locking = holder.createStatement()) {
            LeafPlan leaf = existing.plan("item").leaves().get(0);
            holder.setAutoCommit(false);
            locking.execute("LOCK TABLE item IN ACCESS EXCLUSIVE MODE");
            ChunkResult result = reader.read(leaf, BlockRange.all(), Lsn.ZERO, snapshot -> {});
            assertThat(result).isInstanceOfSatisfying(ChunkResult.Locked.class, locked -> assertThat(locked.message())
                    .contains("lock timeout", "is locked by PID"));
            holder.rollback();
            assertThat(((Chunk) reader.read(leaf, BlockRange.all(), Lsn.ZERO, snapshot -> {})).rows())
                    .hasSize(ROWS);
        }
    }

    @Test
    void chunk_knowsItsSnapshotAndItsHorizon() throws Exception {
        create(database);
        try (Existing existing = Existing.in(database, "events");
                ChunkReader reader = existing.reader();
                Connection writer = database.connect();
                Statement statement = writer.createStatement()) {
            LeafPlan leaf = existing.plan("item").leaves().get(0);
            writer.setAutoCommit(false);
            statement.execute("UPDATE item SET note = 'changed' WHERE id = 1");
            long running = database.queryLong("SELECT max(backend_xid::text::int8) FROM pg_stat_activity");
            List<Snapshot> seen = new ArrayList<>();
            Chunk before = (Chunk) reader.read(leaf, BlockRange.all(), Lsn.ZERO, seen::add);
            assertThat(seen).containsExactly(before.snapshot());
            assertThat(before.snapshot().sees((int) running)).isFalse();
            writer.commit();
            Chunk after = (Chunk) reader.read(leaf, BlockRange.all(), Lsn.ZERO, snapshot -> {});
            assertThat(after.snapshot().sees((int) running)).isTrue();
            assertThat(after.horizon()).isGreaterThan(before.horizon());
            assertThat(column(existing.events(before), "note"))
                    .doesNotContain("changed")
                    .hasSize(ROWS);
            assertThat(column(existing.events(after), "note"))
                    .contains("changed")
                    .hasSize(ROWS);
        }
    }

    @Test
    void keyRanges_ofACompositeKey_haveEachRowOnce() throws Exception {
        database.sql(
                "CREATE TYPE mood AS ENUM ('z', 'a')",
                "CREATE TABLE item (at timestamptz, m mood, note text, \"Odd \"\"name\" float8, c char(3) COLLATE \"C\","
                        + " PRIMARY KEY (m, c, \"Odd \"\"name\", at))",
                "INSERT INTO item SELECT '2024-01-01'::timestamptz + i * interval '1 microsecond',"
                        + " (ARRAY['z', 'a'])[1 + i % 2]::mood, repeat('x', i % 900), (i % 7) / 3.0,"
                        + " (ARRAY['a''', 'a\\', 'ab'])[1 + i % 3] FROM generate_series(1, 3000) i",
                "CREATE PUBLICATION events FOR TABLE item");
        try (Existing existing = Existing.in(database, "events")) {
            List<Chunk> chunks = existing.readAll(existing.plan("item"), true);
            assertThat(chunks).hasSizeGreaterThan(10);
            List<String> read = column(existing.events(chunks), "at");
            assertThat(read).hasSize(3000).doesNotHaveDuplicates();
            assertThat(read.get(0))
                    .as("in the order of the key, where z comes first")
                    .endsWith("00:00:00.000042+00");
        }
    }

    /** Of citext the built-in operators of text compare in another order than the index has. */
    @Test
    void keyRanges_ofTypesOfExtensions_haveEachRowOnce() throws Exception {
        database.sql(
                "CREATE EXTENSION citext",
                "CREATE EXTENSION ltree",
                "CREATE DOMAIN name_of AS citext",
                "CREATE TABLE item (name name_of, path ltree, n int, note text, PRIMARY KEY (name, path, n))",
                "INSERT INTO item SELECT (ARRAY['b', 'A', 'C', 'a1', 'B1'])[1 + i % 5],"
                        + " ('x.' || (ARRAY['b', 'a_', 'C'])[1 + i % 3])::ltree, i, repeat('x', 100)"
                        + " FROM generate_series(1, 3000) i",
                "CREATE PUBLICATION events FOR TABLE item");
        try (Existing existing = Existing.in(database, "events");
                ChunkReader reader = existing.reader()) {
            TablePlan plan = existing.plan("item");
            assertThat(plan.key()).extracting(KeyColumn::operators).containsExactly("public", "public", "pg_catalog");
            List<Chunk> chunks = existing.readAll(plan, true);
            assertThat(chunks).hasSizeGreaterThan(2);
            List<String> read = column(existing.events(chunks), "n");
            assertThat(read).hasSize(3000).doesNotHaveDuplicates();
            assertThat(column(existing.events(chunks), "name").get(0)).isEqualTo("A");
            KeyList list = new KeyList(
                    List.of(List.of("a", "x.a_", "1"), List.of("b", "x.b", "15"), List.of("b", "x.b", "1")));
            Chunk chunk = (Chunk) reader.read(plan.leaves().get(0), list, Lsn.ZERO, snapshot -> {});
            assertThat(column(existing.events(chunk), "n")).containsExactlyInAnyOrder("1", "15");
            KeyRange rest = new KeyRange(List.of("b1", "x.b", "0"), List.of("C", "x.C", "9999"), 10_000);
            Chunk between = (Chunk) reader.read(plan.leaves().get(0), rest, Lsn.ZERO, snapshot -> {});
            assertThat(new HashSet<>(column(existing.events(between), "name"))).containsExactlyInAnyOrder("B1", "C");
        }
    }

    @Test
    void keyList_readsTheRowsOfAllPartitions() throws Exception {
        database.sql(
                "CREATE TABLE item (id int, part int, note text, PRIMARY KEY (id, part)) PARTITION BY LIST (part)",
                "CREATE TABLE item_1 PARTITION OF item FOR VALUES IN (1)",
                "CREATE TABLE item_2 PARTITION OF item FOR VALUES IN (2)",
                "INSERT INTO item SELECT i, 1 + i % 2, 'n' FROM generate_series(1, 10) i",
                "CREATE PUBLICATION events FOR TABLE item WITH (publish_via_partition_root = true)");
        try (Existing existing = Existing.in(database, "events");
                ChunkReader reader = existing.reader()) {
            LeafPlan leaf = existing.plan("item").leaves().get(0);
            KeyList list = new KeyList(List.of(List.of("3", "2"), List.of("4", "1"), List.of("5", "1")));
            Chunk chunk = (Chunk) reader.read(leaf, list, Lsn.ZERO, snapshot -> {});
            assertThat(column(existing.events(chunk), "id")).containsExactlyInAnyOrder("3", "4");
        }
    }

    /** A horizon behind what an idle writer has left in memory. */
    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void nudge_hasAQuietServerSendItsLog(int version) throws Exception {
        try (TestDatabase own = on(version)) {
            create(own);
            try (Existing existing = Existing.in(own, "events");
                    ChunkReader reader = existing.reader();
                    Connection writer = own.connect();
                    Statement statement = writer.createStatement()) {
                LeafPlan leaf = existing.plan("item").leaves().get(0);
                writer.setAutoCommit(false);
                statement.execute("INSERT INTO item VALUES (-1, 'open')");
                Chunk chunk = (Chunk) reader.read(leaf, BlockRange.all(), Lsn.ZERO, snapshot -> {});
                reader.nudge();
                assertThat(Lsn.parse(own.queryString("SELECT pg_current_wal_flush_lsn()::text")))
                        .isGreaterThanOrEqualTo(chunk.horizon());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void settingsOfTheRole_doNotMatter(int version) throws Exception {
        try (TestDatabase own = on(version)) {
            create(own);
            String role = own.role("LOGIN");
            own.sql("GRANT SELECT ON item TO " + role);
            for (String setting : List.of(
                    "statement_timeout = 1",
                    "lock_timeout = 1",
                    "idle_in_transaction_session_timeout = 1",
                    "default_transaction_isolation = serializable",
                    "default_transaction_deferrable = on",
                    "search_path = public",
                    "extra_float_digits = 0",
                    "row_security = on")) {
                own.sql("ALTER ROLE " + role + " SET " + setting);
            }
            if (version >= 17) {
                own.sql("ALTER ROLE " + role + " SET transaction_timeout = 50");
            }
            try (Existing existing = Existing.at(own.server(), own.name(), role, "events")) {
                List<Chunk> chunks = existing.readAll(existing.plan("item"), false);
                assertThat(existing.events(chunks)).hasSize(ROWS);
            }
        }
    }

    @Test
    void lostConnection_isReplacedByTheNextRead() throws Exception {
        create(database);
        try (Existing existing = Existing.in(database, "events");
                ChunkReader reader = existing.reader()) {
            LeafPlan leaf = existing.plan("item").leaves().get(0);
            assertThatThrownBy(() -> reader.read(leaf, BlockRange.all(), Lsn.ZERO, snapshot -> terminateReaders()))
                    .isInstanceOf(SQLException.class);
            assertThat(((Chunk) reader.read(leaf, BlockRange.all(), Lsn.ZERO, snapshot -> {})).rows())
                    .hasSize(ROWS);
        }
    }

    private void terminateReaders() {
        try {
            database.query("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                    + " WHERE datname = current_database() AND state = 'idle in transaction'");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void closedReader_readsNoMore() throws Exception {
        create(database);
        try (Existing existing = Existing.in(database, "events");
                ChunkReader reader = existing.reader()) {
            LeafPlan leaf = existing.plan("item").leaves().get(0);
            assertThatThrownBy(() -> reader.read(leaf, BlockRange.all(), Lsn.ZERO, snapshot -> reader.close()))
                    .isInstanceOf(SQLException.class);
            assertThatThrownBy(() -> reader.read(leaf, BlockRange.all(), Lsn.ZERO, snapshot -> {}))
                    .hasMessageContaining("closed");
        }
    }
}
