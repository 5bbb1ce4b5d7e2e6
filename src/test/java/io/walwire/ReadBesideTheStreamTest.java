package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.event.Lsn;
import io.walwire.internal.backfill.BlockRange;
import io.walwire.internal.backfill.ChunkDecision;
import io.walwire.internal.backfill.ChunkReader;
import io.walwire.internal.backfill.ChunkResult.Chunk;
import io.walwire.internal.backfill.DeliveredKeys;
import io.walwire.internal.backfill.Existing;
import io.walwire.internal.backfill.KeyList;
import io.walwire.internal.backfill.LeafPlan;
import io.walwire.internal.backfill.OpenRead;
import io.walwire.internal.backfill.ReadMode;
import io.walwire.internal.backfill.TableKey;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.connection.server.Snapshot;
import io.walwire.internal.transaction.ReceivedChange;
import io.walwire.internal.transaction.ReceivedRow;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chunks of a table beside its stream, on real servers: what is delivered of a chunk, and what a simpler way would deliver. */
class ReadBesideTheStreamTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    private static CompletableFuture<Void> commit(TestDatabase database, String sql) {
        return CompletableFuture.runAsync(
                () -> {
                    try (Connection connection = database.connect();
                            Statement statement = connection.createStatement()) {
                        statement.execute(sql);
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                },
                task -> new Thread(task, "committer").start());
    }

    /** The commit is in the stream while other sessions still see the old row. */
    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void commitThatWaitsForAStandby_isNotFollowedByTheOldRow(int version) throws Exception {
        try (PostgresServer server = PostgresServer.start(version, Map.of());
                TestDatabase database = TestDatabase.create(server);
                StreamAndReader beside = new StreamAndReader(database)) {
            MissingStandby.holdCommits(database);
            CompletableFuture<Void> waiting =
                    commit(database, "UPDATE item SET note = 'new', big = big || 'x' WHERE id = 1");
            assertThat(row(beside.deliver().get(0)).row().text("note")).isEqualTo("new");
            beside.pass();
            beside.openWindow();
            OpenRead open = beside.delivered.begin(beside.leaf.columns());
            Chunk chunk = beside.read(BlockRange.all(), open);
            ReceivedRow stale = beside.existing.events(chunk).stream()
                    .filter(event -> "1".equals(event.row().text("id")))
                    .findFirst()
                    .orElseThrow();
            assertThat(stale.row().text("note")).as("what is visible").isEqualTo("old");
            beside.pass();
            assertThat(beside.byWindow(chunk))
                    .as("no event of the row lies in the window, so that the old row comes last")
                    .contains("1 old");
            assertThat(beside.decide(open, chunk)).containsExactly("2 old", "3 old", "4 old", "5 old");
            assertThat(waiting).isNotDone();
            assertThat(beside.unseen.awaited().areSeenBy(chunk.snapshot()))
                    .as("a backfill that begins now has to wait")
                    .isFalse();
            MissingStandby.releaseCommits(database);
            waiting.get(180, TimeUnit.SECONDS);
            OpenRead later = beside.delivered.begin(beside.leaf.columns());
            Chunk after = beside.read(BlockRange.all(), later);
            assertThat(beside.unseen.awaited().areSeenBy(after.snapshot())).isTrue();
            assertThat(beside.decide(later, after)).contains("1 new");
        }
    }

    /** An update that does not touch a large value does not send it. */
    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void largeValueThatAnEventLacks_isReadAgain(int version) throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version));
                StreamAndReader beside = new StreamAndReader(database)) {
            beside.openWindow();
            OpenRead open = beside.delivered.begin(beside.leaf.columns());
            Chunk chunk = beside.read(BlockRange.all(), open);
            database.sql("UPDATE item SET note = 'new' WHERE id = 3");
            assertThat(row(beside.deliver().get(0)).unavailable()).containsExactly("big");
            beside.pass();
            assertThat(beside.byWindow(chunk))
                    .as("the row is dropped for good, and with it its large value")
                    .containsExactly("1 old", "2 old", "4 old", "5 old");
            assertThat(beside.decide(open, chunk))
                    .as("without reading again, nobody gets the large value of row 3")
                    .containsExactly("1 old", "2 old", "4 old", "5 old");
            beside.delivered.rangesAreDone();
            assertThat(beside.delivered.isComplete()).isFalse();
            List<TableKey> taken = beside.delivered.takeKeysToRead(10);
            assertThat(taken).extracting(TableKey::values).containsExactly(List.of("3"));
            OpenRead again = beside.delivered.begin(beside.leaf.columns());
            Chunk row = beside.read(new KeyList(beside.delivered.kept().values()), again);
            beside.pass();
            ChunkDecision decision = beside.delivered.decideKeys(again, taken, i -> beside.key(row, i), row.rows());
            assertThat(beside.texts(row, decision)).containsExactly("3 new");
            assertThat(beside.delivered.isComplete()).isTrue();
        }
    }

    /** The newer event has the row as a whole, and still the handler never hears of it. */
    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void eventThatAFilterDrops_hasItsRowReadAgain(int version) throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version));
                StreamAndReader beside = new StreamAndReader(database)) {
            DeliveredKeys asIfHeard = beside.delivered;
            DeliveredKeys filtered = new DeliveredKeys(new ReadMode(true, false, false, 1 << 20));
            OpenRead naive = asIfHeard.begin(beside.leaf.columns());
            OpenRead open = filtered.begin(beside.leaf.columns());
            Chunk chunk = (Chunk) beside.reader.read(beside.leaf, BlockRange.all(), Lsn.ZERO, snapshot -> {
                asIfHeard.shows(naive, snapshot);
                filtered.shows(open, snapshot);
            });
            database.sql("UPDATE item SET big = big || 'x' WHERE id = 3"); // the handler wants changes of the note
            ReceivedChange event = beside.deliver().get(0);
            filtered.delivered(StreamAndReader.by(event), beside.keys.of(event));
            beside.pass();
            assertThat(beside.decide(naive, chunk)).doesNotContain("3 old");
            asIfHeard.rangesAreDone();
            assertThat(asIfHeard.isComplete())
                    .as("as if the handler had heard the event: it never gets row 3")
                    .isTrue();
            assertThat(beside.texts(chunk, filtered.decide(open, i -> beside.key(chunk, i), chunk.rows())))
                    .doesNotContain("3 old");
            filtered.rangesAreDone();
            List<TableKey> taken = filtered.takeKeysToRead(10);
            assertThat(taken).extracting(TableKey::values).containsExactly(List.of("3"));
            OpenRead again = filtered.begin(beside.leaf.columns());
            KeyList list = new KeyList(List.of(List.of("3")));
            Chunk row = (Chunk)
                    beside.reader.read(beside.leaf, list, Lsn.ZERO, snapshot -> filtered.shows(again, snapshot));
            ChunkDecision decision = filtered.decideKeys(again, taken, i -> beside.key(row, i), row.rows());
            assertThat(beside.texts(row, decision)).containsExactly("3 old");
            assertThat(filtered.isComplete()).isTrue();
        }
    }

    /** A row that changes each time it is read is delivered with what its events said since. */
    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void rowThatIsNeverQuiet_isDeliveredAllTheSame(int version) throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version));
                StreamAndReader beside = new StreamAndReader(database)) {
            database.sql("UPDATE item SET note = 'first' WHERE id = 2");
            beside.deliver();
            beside.delivered.rangesAreDone();
            for (int i = 1; i <= 3; i++) {
                List<TableKey> taken = beside.delivered.takeKeysToRead(10);
                OpenRead again = beside.delivered.begin(beside.leaf.columns());
                Chunk row = beside.read(new KeyList(List.of(List.of("2"))), again);
                database.sql("UPDATE item SET note = 'time " + i + "' WHERE id = 2");
                beside.deliver();
                ChunkDecision decision =
                        beside.delivered.decideKeys(again, taken, at -> beside.key(row, at), row.rows());
                assertThat(beside.texts(row, decision)).isEqualTo(i < 3 ? List.of() : List.of("2 time 3"));
                assertThat(beside.delivered.isComplete()).isEqualTo(i == 3);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void preparedTransaction_countsAsRunningUntilItIsCommitted(int version) throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version));
                StreamAndReader beside = new StreamAndReader(database)) {
            String gid = database.unique("gid");
            database.inTransaction(
                    "UPDATE item SET note = 'new', big = big || 'x' WHERE id = 4", "PREPARE TRANSACTION '" + gid + "'");
            database.sql("INSERT INTO item VALUES (6, 'later', " + StreamAndReader.BIG + ")");
            beside.deliver();
            OpenRead open = beside.delivered.begin(beside.leaf.columns());
            Chunk chunk = beside.read(BlockRange.all(), open);
            database.sql("COMMIT PREPARED '" + gid + "'");
            assertThat(row(beside.deliver().get(0)).row().text("note")).isEqualTo("new");
            beside.pass();
            assertThat(beside.decide(open, chunk)).containsExactly("1 old", "2 old", "3 old", "5 old", "6 later");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void changesOfKeys_andDeletes_count(int version) throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version));
                StreamAndReader beside = new StreamAndReader(database)) {
            OpenRead open = beside.delivered.begin(beside.leaf.columns());
            Chunk chunk = beside.read(BlockRange.all(), open);
            database.sql("UPDATE item SET id = 9 WHERE id = 1", "DELETE FROM item WHERE id = 2");
            beside.deliver();
            beside.deliver();
            beside.pass();
            assertThat(beside.decide(open, chunk)).containsExactly("3 old", "4 old", "5 old");
            assertThat(beside.delivered.kept().values())
                    .as("its large value was not sent")
                    .containsExactly(List.of("9"));
            OpenRead truncated = beside.delivered.begin(beside.leaf.columns());
            Chunk later = beside.read(BlockRange.all(), truncated);
            database.sql("TRUNCATE item");
            beside.deliver();
            beside.pass();
            assertThat(beside.decide(truncated, later)).isEmpty();
            assertThat(beside.delivered.isComplete()).isTrue();
        }
    }

    /** Another transaction that began later has ended, so that only the list could say that this one is still open. */
    @ParameterizedTest
    @ValueSource(ints = {16, 18})
    void changeThatAStandbyDoesNotShowYet_isNotFollowedByTheOldRow(int version) throws Exception {
        try (PostgresServer primary = PostgresServer.start(version, Map.of());
                TestDatabase database = TestDatabase.create(primary);
                PostgresServer standby = primary.startStandby("standby");
                StreamAndReader beside = new StreamAndReader(database, standby);
                Connection writer = database.connect();
                Statement statement = writer.createStatement()) {
            DeliveredKeys byTheList = new DeliveredKeys(new ReadMode(true, false, true, 1 << 20));
            writer.setAutoCommit(false);
            statement.execute("UPDATE item SET note = 'new', big = big || 'x' WHERE id = 1");
            database.sql("UPDATE item SET note = 'new', big = big || 'x' WHERE id = 5");
            StandbyPair.awaitReplayed(database, standby);
            OpenRead open = beside.delivered.begin(beside.leaf.columns());
            OpenRead naive = byTheList.begin(beside.leaf.columns());
            Chunk chunk = beside.read(BlockRange.all(), open);
            byTheList.shows(naive, Snapshot.parse(printed(standby, database.name())));
            writer.commit();
            for (int i = 0; i < 2; i++) {
                ReceivedChange event = beside.deliver().get(0);
                byTheList.delivered(StreamAndReader.by(event), beside.keys.of(event));
            }
            beside.pass();
            assertThat(beside.texts(chunk, byTheList.decide(naive, row -> beside.key(chunk, row), chunk.rows())))
                    .as("what the list says is that all have ended")
                    .containsExactly("1 old", "2 old", "3 old", "4 old", "5 new");
            assertThat(beside.decide(open, chunk))
                    .as("row 5 was replayed before, although its transaction began later")
                    .containsExactly("2 old", "3 old", "4 old", "5 new");
        }
    }

    /** A standby's snapshot lists no transaction in progress. */
    @ParameterizedTest
    @ValueSource(ints = {16, 18})
    void snapshotOfAStandby_seesNothingFromItsXminOn(int version) throws Exception {
        try (PostgresServer primary = PostgresServer.start(version, Map.of());
                TestDatabase database = TestDatabase.create(primary);
                PostgresServer standby = primary.startStandby("standby")) {
            database.sql(
                    "CREATE TABLE item (id int PRIMARY KEY, note text)", "CREATE PUBLICATION events FOR TABLE item");
            try (Connection writer = database.connect();
                    Statement statement = writer.createStatement()) {
                writer.setAutoCommit(false);
                statement.execute("INSERT INTO item VALUES (1, 'open')");
                long open = database.queryLong("SELECT max(backend_xid::text::int8) FROM pg_stat_activity");
                database.sql("INSERT INTO item VALUES (2, 'done')");
                Eventually.until(LONG, () -> count(standby, database.name()) == 1);
                try (Existing existing = Existing.at(standby, database.name(), standby.user(), "events");
                        ChunkReader reader = existing.reader()) {
                    LeafPlan leaf = existing.plan("item").leaves().get(0);
                    Chunk chunk = (Chunk) reader.read(leaf, BlockRange.all(), Lsn.ZERO, snapshot -> {});
                    assertThat(chunk.rows()).hasSize(1);
                    assertThat(printed(standby, database.name()))
                            .as("what the standby says: %d is not in the list", open)
                            .endsWith(":");
                    assertThat(Snapshot.parse(printed(standby, database.name())).sees((int) open))
                            .as("what a reader gets that takes the list at its word")
                            .isTrue();
                    assertThat(chunk.snapshot().sees((int) open)).isFalse();
                    assertThat(chunk.snapshot().sees((int) open - 1)).isTrue();
                    writer.commit();
                    Eventually.until(LONG, () -> count(standby, database.name()) == 2);
                    Chunk after = (Chunk) reader.read(leaf, BlockRange.all(), Lsn.ZERO, snapshot -> {});
                    assertThat(after.rows()).hasSize(2);
                    assertThat(after.snapshot().sees((int) open)).isTrue();
                    assertThat(after.horizon()).isGreaterThan(chunk.horizon());
                    Lsn behind = new Lsn(after.horizon().value() + (1 << 20));
                    assertThatThrownBy(() -> reader.read(leaf, BlockRange.all(), behind, snapshot -> {}))
                            .as("a standby that does not show all that was delivered")
                            .hasMessageContaining("The standby has come to")
                            .isInstanceOfSatisfying(SQLException.class, e -> assertThat(ServerErrors.heals(e))
                                    .isTrue());
                    assertThat(reader.read(leaf, BlockRange.all(), chunk.horizon(), snapshot -> {}))
                            .isInstanceOf(Chunk.class);
                }
            }
        }
    }

    /** It removes the files of many tables after others see it, and the position of replay moves behind it after that. */
    @Test
    void commitThatAStandbyReplaysForLong_isBelowTheHorizonOfItsRows() throws Exception {
        try (PostgresServer primary = PostgresServer.start(18, Map.of());
                TestDatabase database = TestDatabase.create(primary);
                PostgresServer standby = primary.startStandby("standby");
                Connection connection = standby.connect(database.name());
                Statement asking = connection.createStatement()) {
            database.sql(
                    "CREATE TABLE item (id int PRIMARY KEY, note text)",
                    "INSERT INTO item VALUES (1, '0')",
                    "CREATE PUBLICATION events FOR TABLE item");
            StandbyPair.awaitReplayed(database, standby);
            boolean seen = false;
            for (int attempt = 1; attempt <= 30 && !seen; attempt++) {
                StandbyPair.awaitReplayed(database, standby);
                seen = readWhileACommitIsReplayed(database, standby, asking, String.valueOf(attempt));
            }
            assertThat(seen).as("a row was read before the position has moved").isTrue();
        }
    }

    /** Returns whether a row was read that the commit has changed, while the position was still before the commit. */
    private static boolean readWhileACommitIsReplayed(
            TestDatabase database, PostgresServer standby, Statement asking, String note) throws Exception {
        database.sql(
                "DO $$BEGIN FOR i IN 1..2000 LOOP EXECUTE 'CREATE TABLE many_' || i || ' (id int)'; END LOOP; END$$");
        try (Existing existing = Existing.at(standby, database.name(), standby.user(), "events");
                ChunkReader reader = existing.reader();
                Connection writer = database.connect();
                Statement statement = writer.createStatement()) {
            LeafPlan leaf = existing.plan("item").leaves().get(0);
            writer.setAutoCommit(false);
            statement.execute("DO $$BEGIN UPDATE item SET note = '" + note + "'; FOR i IN 1..2000 LOOP"
                    + " EXECUTE 'DROP TABLE many_' || i; END LOOP; END$$");
            Lsn beforeCommit = lsn(statement, "SELECT pg_current_wal_insert_lsn()::text");
            CompletableFuture<Void> committed = RandomTable.thread(writer::commit);
            Lsn[] replayed = {Lsn.ZERO};
            Chunk chunk;
            do {
                chunk = (Chunk) reader.read(
                        leaf,
                        BlockRange.all(),
                        Lsn.ZERO,
                        snapshot -> replayed[0] = lsn(asking, "SELECT pg_last_wal_replay_lsn()::text"));
            } while (!note.equals(existing.events(chunk).get(0).row().text("note")));
            committed.get(180, TimeUnit.SECONDS);
            assertThat(chunk.horizon()).isGreaterThan(beforeCommit);
            return replayed[0].compareTo(beforeCommit) <= 0;
        }
    }

    private static Lsn lsn(Statement statement, String sql) {
        try (var row = statement.executeQuery(sql)) {
            row.next();
            return Lsn.parse(row.getString(1));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static long count(PostgresServer server, String database) throws SQLException {
        try (Connection connection = server.connect(database);
                Statement statement = connection.createStatement();
                var row = statement.executeQuery("SELECT count(*) FROM pg_class WHERE relname = 'item'")) {
            row.next();
            if (row.getLong(1) == 0) {
                return -1;
            }
        }
        try (Connection connection = server.connect(database);
                Statement statement = connection.createStatement();
                var row = statement.executeQuery("SELECT count(*) FROM item")) {
            row.next();
            return row.getLong(1);
        }
    }

    private static String printed(PostgresServer server, String database) throws SQLException {
        try (Connection connection = server.connect(database);
                Statement statement = connection.createStatement();
                var row = statement.executeQuery("SELECT pg_current_snapshot()::text")) {
            row.next();
            return row.getString(1);
        }
    }

    private static ReceivedRow row(ReceivedChange event) {
        return (ReceivedRow) event;
    }
}
