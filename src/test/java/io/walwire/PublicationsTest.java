package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.event.Event;
import io.walwire.event.Transaction;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What publications send and leave out, and when a change of theirs begins to count. */
@ParameterizedClass
@ValueSource(ints = {14, 15, 16, 17, 18})
class PublicationsTest {
    @Parameter
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    /** A publication of the table {@code mark} of its own, whose insert shows that nothing else came before it. */
    private void withMark(String... statements) throws SQLException {
        database.sql("CREATE TABLE mark (id int)", "CREATE PUBLICATION marks FOR TABLE mark");
        database.sql(statements);
    }

    private static List<String> lines(List<Event> events) {
        return events.stream().map(Trail::line).toList();
    }

    private void columnLists() {
        Assumptions.assumeTrue(version >= 15, "column lists and row filters came with version 15");
    }

    @Test
    void columnList_underFull_updateIsRefusedByTheServer() throws Exception {
        columnLists();
        withMark(
                "CREATE TABLE t (id int PRIMARY KEY, a int, b int)",
                "ALTER TABLE t REPLICA IDENTITY FULL",
                "INSERT INTO t VALUES (1, 2, 3)",
                "CREATE PUBLICATION events FOR TABLE t (id, a)");
        assertThatThrownBy(() -> database.sql("UPDATE t SET a = 4"))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("replica identity");
        try (Captured captured = Captured.start(database, "events", "marks")) {
            database.sql("INSERT INTO t VALUES (5, 6, 7)");
            Event insert = captured.next().get(0);
            assertThat(Objects.requireNonNull(Typed.row(insert).afterRow()).toJson())
                    .isEqualTo("{\"id\":5,\"a\":6}");
            assertThat(Objects.requireNonNull(Typed.row(insert).key()).toJson()).isEqualTo("{\"id\":5}");
        }
    }

    /** Of a publication of inserts alone the server allows that; half a key would name several rows. */
    @Test
    void columnList_withoutAPartOfTheKey_keyIsNull() throws Exception {
        columnLists();
        withMark(
                "CREATE TABLE t (id int, part int, a int, PRIMARY KEY (id, part))",
                "CREATE TABLE u (id int, part int NOT NULL, a int NOT NULL)",
                "CREATE UNIQUE INDEX u_index ON u (part, a)",
                "ALTER TABLE u REPLICA IDENTITY USING INDEX u_index",
                "CREATE PUBLICATION events FOR TABLE t (id, a), u (id, a) WITH (publish = 'insert')");
        try (Captured captured = Captured.start(database, "events", "marks")) {
            database.inTransaction("INSERT INTO t VALUES (1, 2, 3)", "INSERT INTO u VALUES (1, 2, 3)");
            assertThat(captured.next()).hasSize(2).allSatisfy(event -> {
                assertThat(Typed.row(event).key()).isNull();
                assertThat(event.toJson()).contains("\"key\":null,\"new_record\":{\"id\":1,\"a\":3}");
            });
        }
    }

    @Test
    void rowFilter_truncateIsNotFiltered() throws Exception {
        columnLists();
        withMark("CREATE TABLE t (id int PRIMARY KEY)", "CREATE PUBLICATION events FOR TABLE t WHERE (id > 10)");
        try (Captured captured = Captured.start(database, "events", "marks")) {
            database.inTransaction("INSERT INTO t VALUES (1), (11)", "TRUNCATE t");
            assertThat(lines(captured.next())).containsExactly("t+11", "t!");
        }
    }

    @Test
    void operations_othersAreLeftOut() throws Exception {
        withMark(
                "CREATE TABLE t (id int, a int)",
                "CREATE TABLE u (id int PRIMARY KEY, a int)",
                "CREATE PUBLICATION inserts FOR TABLE t WITH (publish = 'insert')",
                "CREATE PUBLICATION deletes FOR TABLE u WITH (publish = 'delete, truncate')");
        try (Captured captured = Captured.start(database, "inserts", "deletes", "marks")) {
            database.inTransaction(
                    "INSERT INTO t VALUES (1, 1)",
                    "UPDATE t SET a = 2",
                    "DELETE FROM t",
                    "TRUNCATE t",
                    "INSERT INTO u VALUES (2, 1)",
                    "UPDATE u SET a = 2",
                    "DELETE FROM u",
                    "TRUNCATE u");
            List<Event> events = captured.next();
            assertThat(lines(events)).containsExactly("t+1", "u-2", "u!");
            assertThat(events)
                    .extracting(event -> event.id().index())
                    .as("before Walwire's filters, after the publications'")
                    .containsExactly(0L, 1L, 2L);
        }
    }

    @Test
    void truncate_unpublishedTablesAreLeftOut() throws Exception {
        withMark(
                "CREATE TABLE t (id int PRIMARY KEY)",
                "CREATE TABLE part (t int REFERENCES t)",
                "CREATE TABLE other (id int)",
                "CREATE PUBLICATION events FOR TABLE t");
        try (Captured captured = Captured.start(database, "events", "marks")) {
            database.sql("TRUNCATE other, t RESTART IDENTITY CASCADE");
            List<Event> events = captured.next();
            assertThat(lines(events)).containsExactly("t!");
            assertThat(events.get(0).toJson()).contains("\"truncate\":{\"cascade\":true,\"restart_identity\":true}");
        }
    }

    private void partitioned(String viaRoot) throws SQLException {
        withMark(
                "CREATE TABLE root (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                "CREATE TABLE low PARTITION OF root FOR VALUES FROM (0) TO (100)",
                "CREATE TABLE high PARTITION OF root FOR VALUES FROM (100) TO (200)",
                "CREATE PUBLICATION events FOR TABLE root WITH (publish_via_partition_root = " + viaRoot + ")");
    }

    @Test
    void truncateOfAPartition_publishedByTheRoot_isNotSent() throws Exception {
        partitioned("true");
        try (Captured captured = Captured.start(database, "events", "marks")) {
            database.sql("INSERT INTO root VALUES (1)", "TRUNCATE low", "INSERT INTO root VALUES (2)", "TRUNCATE root");
            assertThat(lines(captured.next())).containsExactly("root+1");
            assertThat(lines(captured.next())).containsExactly("root+2");
            assertThat(lines(captured.next())).containsExactly("root!");
        }
    }

    @Test
    void truncateOfAPartition_publishedByItsName_isSent() throws Exception {
        partitioned("false");
        try (Captured captured = Captured.start(database, "events", "marks")) {
            database.sql("TRUNCATE low");
            assertThat(lines(captured.next())).containsExactly("low!");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void partition_detached_itsRowsStop(boolean viaRoot) throws Exception {
        partitioned(Boolean.toString(viaRoot));
        try (Captured captured = Captured.start(database, "events", "marks")) {
            database.sql("INSERT INTO root VALUES (101)");
            assertThat(lines(captured.next())).containsExactly(viaRoot ? "root+101" : "high+101");
            database.sql(
                    "ALTER TABLE root DETACH PARTITION high",
                    "INSERT INTO high VALUES (102)",
                    "INSERT INTO root VALUES (1)");
            if (version == 14) {
                // which keeps what it once found out of a partition for as long as the stream lasts
                assertThat(lines(captured.next())).containsExactly(viaRoot ? "root+102" : "high+102");
            }
            assertThat(lines(captured.next())).containsExactly(viaRoot ? "root+1" : "low+1");
        }
        try (Captured captured = Captured.start(database, "events", "marks")) {
            database.sql("INSERT INTO high VALUES (103)", "INSERT INTO root VALUES (2)");
            assertThat(lines(captured.next())).containsExactly(viaRoot ? "root+2" : "low+2");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void partition_attached_itsRowsCome(boolean viaRoot) throws Exception {
        partitioned(Boolean.toString(viaRoot));
        database.sql("CREATE TABLE more (LIKE high)");
        try (Captured captured = Captured.start(database, "events", "marks")) {
            database.sql("INSERT INTO more VALUES (201)", "INSERT INTO root VALUES (1)");
            assertThat(lines(captured.next())).containsExactly(viaRoot ? "root+1" : "low+1");
            database.sql(
                    "ALTER TABLE root ATTACH PARTITION more FOR VALUES FROM (200) TO (300)",
                    "INSERT INTO more VALUES (202)",
                    "INSERT INTO root VALUES (2)");
            if (version > 14) {
                assertThat(lines(captured.next())).containsExactly(viaRoot ? "root+202" : "more+202");
            }
            assertThat(lines(captured.next())).containsExactly(viaRoot ? "root+2" : "low+2");
        }
    }

    /** What counts is when the change was committed, not when it is read. */
    @Test
    void tables_addedAndRemoved_countByTheirPlaceInTheLog() throws Exception {
        String slot = database.unique("slot");
        withMark("CREATE TABLE t (id int PRIMARY KEY)", "CREATE PUBLICATION events");
        database.createSlot(slot);
        database.sql(
                "INSERT INTO t VALUES (1)",
                "ALTER PUBLICATION events ADD TABLE t",
                "INSERT INTO t VALUES (2)",
                "ALTER PUBLICATION events DROP TABLE t",
                "INSERT INTO t VALUES (3)",
                "ALTER PUBLICATION events ADD TABLE t",
                "INSERT INTO t VALUES (4)");
        Recorder<Transaction> transactions = new Recorder<>();
        try (Walwire walwire = Walwire.builder()
                .url(database.url())
                .publication("events", "marks")
                .slotName(slot)
                .handler(on -> on.onTransaction(transactions::add))
                .start()) {
            transactions.await(2);
            database.sql(
                    "ALTER PUBLICATION events DROP TABLE t",
                    "INSERT INTO t VALUES (5)",
                    "ALTER PUBLICATION events ADD TABLE t",
                    "INSERT INTO t VALUES (6)");
            assertThat(transactions.await(3).stream().flatMap(tx -> lines(tx.events()).stream()))
                    .containsExactly("t+2", "t+4", "t+6");
            assertThat(walwire.status().lastError()).isNull();
        }
    }

    @Test
    void names_withQuotesCommasAndCapitals() throws Exception {
        withMark(
                "CREATE TABLE \"Größe 😀.t\" (id int PRIMARY KEY)",
                "CREATE PUBLICATION \"My,Pub's \"\"x\"\"\" FOR TABLE \"Größe 😀.t\"");
        try (Captured captured = Captured.start(database, "My,Pub's \"x\"", "marks")) {
            database.inTransaction("INSERT INTO \"Größe 😀.t\" VALUES (1)", "INSERT INTO mark VALUES (2)");
            assertThat(lines(captured.next())).containsExactly("Größe 😀.t+1", "mark+2");
        }
    }
}
