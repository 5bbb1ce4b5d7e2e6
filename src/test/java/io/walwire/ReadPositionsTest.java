package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.backfill.BackfillRun;
import io.walwire.event.Kind;
import io.walwire.event.Lsn;
import io.walwire.event.Row;
import io.walwire.internal.backfill.BlockRange;
import io.walwire.internal.backfill.ChunkReader;
import io.walwire.internal.backfill.ChunkResult.Chunk;
import io.walwire.internal.backfill.Existing;
import io.walwire.internal.backfill.LeafPlan;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Where the rows of a chunk have their place, at the positions where it matters. */
class ReadPositionsTest {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final int ATTEMPTS = 20;

    /** Of its own, so that nobody else writes. */
    @RegisterExtension
    static final TestDatabase database = TestDatabase.onServerOfItsOwn(Map.of("autovacuum", "off"));

    @BeforeAll
    static void tables() throws SQLException {
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY, v int)",
                "INSERT INTO item SELECT i, 0 FROM generate_series(1, 10) i",
                "CREATE TABLE wide (id int PRIMARY KEY, v int, note text)",
                "INSERT INTO wide SELECT i, 0, repeat('x', 1000) FROM generate_series(1, 10) i", // two blocks
                "VACUUM (FREEZE) item, wide", // so that reading writes nothing
                "CREATE TABLE other (id int)",
                "CREATE PUBLICATION events FOR TABLE item, wide, other",
                // rows of a chunk are read when nobody holds its lock
                "CREATE FUNCTION gate(key bigint) RETURNS bool LANGUAGE plpgsql AS $$BEGIN"
                        + " PERFORM pg_advisory_lock_shared(key); PERFORM pg_advisory_unlock_shared(key); RETURN true; END$$");
    }

    private static Lsn lsn(String of) throws SQLException {
        return Lsn.parse(database.queryString("SELECT pg_current_wal_" + of + "_lsn()::text"));
    }

    /** The insert position lies behind the next page's header then, and the stream ends before it. */
    @Test
    void horizon_ofALogThatEndsWithItsPage_isReached() throws Exception {
        try (Existing existing = Existing.in(database, "events");
                ChunkReader reader = existing.reader();
                Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            LeafPlan leaf = existing.plan("item").leaves().get(0);
            reader.read(leaf, BlockRange.all(), Lsn.ZERO, snapshot -> {}); // catalogs are warm
            Lsn insert = AwaitPositionTest.fillPage(statement);
            Chunk chunk = (Chunk) reader.read(leaf, BlockRange.all(), Lsn.ZERO, snapshot -> {});
            assertThat(lsn("insert")).as("nobody wrote meanwhile").isEqualTo(insert);
            assertThat(chunk.horizon()).isLessThan(insert);
            // the WAL writer flushes whole pages
            Eventually.until(LONG, () -> lsn("flush").equals(chunk.horizon()));
            assertThat(lsn("flush"))
                    .as("the stream never gets to what the server calls its insert position")
                    .isLessThan(insert);
        }
    }

    /** Records that no commit has flushed yet are not sent: who waits for them without asking waits for somebody's commit. */
    @Test
    void horizon_behindWhatAnIdleWriterWrote_isReachedByANudgeAlone() throws Exception {
        try (Existing existing = Existing.in(database, "events");
                ChunkReader reader = existing.reader();
                Connection writer = database.connect();
                Statement statement = writer.createStatement()) {
            LeafPlan leaf = existing.plan("item").leaves().get(0);
            writer.setAutoCommit(false);
            Chunk chunk;
            Lsn flushed;
            int attempts = 0;
            do { // on a slow machine the WAL writer may have flushed it meanwhile
                statement.execute("INSERT INTO other VALUES (1)");
                chunk = (Chunk) reader.read(leaf, BlockRange.all(), Lsn.ZERO, snapshot -> {});
                flushed = lsn("flush");
            } while (!flushed.isBefore(chunk.horizon()) && ++attempts < ATTEMPTS);
            assertThat(flushed).as("what the stream can have passed").isLessThan(chunk.horizon());
            reader.nudge();
            assertThat(lsn("flush")).isGreaterThanOrEqualTo(chunk.horizon());
        }
    }

    /** A copy that writes a row only if its version is higher than the one that it has. */
    private static final class VersionedCopy {
        final Map<String, String> rows = new TreeMap<>();
        private final Map<String, Lsn> versions = new TreeMap<>();

        void put(Row row, Lsn version) {
            String id = Objects.requireNonNull(row.text("id"));
            if (versions.getOrDefault(id, Lsn.ZERO).compareTo(version) < 0) {
                versions.put(id, version);
                rows.put(id, String.valueOf(row.text("v")));
            }
        }
    }

    /**
     * The next transaction commits exactly where rows have their place. A version that is this place itself, and not the one
     * before, keeps the newer change out of the copy.
     */
    @Test
    void rowsBeforeACommitAtTheirPlace_haveALowerVersion() throws Exception {
        VersionedCopy copy = new VersionedCopy();
        VersionedCopy naive = new VersionedCopy();
        Map<Kind, Lsn> last = new ConcurrentHashMap<>();
        try (Walwire walwire = Walwire.builder()
                .url(database.url())
                .publication("events")
                .set("walwire.backfill.chunk", "8KiB")
                .set("walwire.backfill.readers", "1")
                .handler(on -> on.table("wide").onUpsert(event -> {
                    Lsn version = Objects.requireNonNull(event.transaction().commitLsn());
                    Lsn place = event.kind() == Kind.READ ? new Lsn(version.value() + 1) : version;
                    if ("10".equals(event.row().text("id"))) {
                        last.put(event.kind(), place);
                    }
                    copy.put(event.row(), version);
                    naive.put(event.row(), place);
                }))
                .start()) {
            int attempts = 0;
            do {
                assertThat(attempts++).as("attempts").isLessThan(ATTEMPTS);
                commitAtThePlace(walwire, attempts);
            } while (!Objects.equals(last.get(Kind.READ), last.get(Kind.UPDATE)));
            assertThat(copy.rows).containsEntry("10", Integer.toString(attempts));
            assertThat(naive.rows).as("a tie").containsEntry("10", Integer.toString(attempts - 1));
        }
    }

    /** The second chunk waits, because what idle writers wrote is not flushed; then they commit one behind the other. */
    private static void commitAtThePlace(Walwire walwire, int value) throws Exception {
        try (Connection gates = database.connect();
                Statement gate = gates.createStatement();
                Connection first = database.connect();
                Statement one = first.createStatement();
                Connection second = database.connect();
                Statement other = second.createStatement()) {
            gate.execute("SELECT pg_advisory_lock(1), pg_advisory_lock(2)");
            BackfillRun run = walwire.backfill("wide")
                    .where("public.gate(CASE WHEN id = 10 THEN 2 ELSE 1 END)")
                    .start();
            awaitAt(1);
            first.setAutoCommit(false);
            second.setAutoCommit(false);
            one.execute("INSERT INTO other VALUES (1)");
            other.execute("UPDATE wide SET v = " + value + " WHERE id = 10");
            gate.execute("SELECT pg_advisory_unlock(1)");
            int reader = awaitAt(2);
            gate.execute("SELECT pg_advisory_unlock(2)");
            Eventually.until(
                    LONG, () -> database.queryString("SELECT state FROM pg_stat_activity WHERE pid = ?", reader)
                            .equals("idle"));
            first.commit();
            second.commit();
            run.completion().toCompletableFuture().get(LONG.toSeconds(), TimeUnit.SECONDS);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
    }

    /** Waits until a reader waits for a lock, and returns its process. */
    private static int awaitAt(int gate) {
        List<Integer> pids = new ArrayList<>();
        Eventually.until(LONG, () -> {
            database.query("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = " + gate)
                    .forEach(row -> pids.add((Integer) row.get("pid")));
            return !pids.isEmpty();
        });
        return pids.get(0);
    }
}
