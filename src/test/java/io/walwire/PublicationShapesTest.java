package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.ColumnState;
import io.walwire.event.Event;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** What a publication makes of a table: partitions, column lists, row filters, generated columns. */
@ParameterizedClass
@ValueSource(ints = {14, 15, 16, 17, 18})
class PublicationShapesTest {
    @Parameter
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    private static String described(Event event) {
        return event
                + (event instanceof RowEvent<?> row
                        ? " " + json(row.key()) + " " + json(row.afterRow()) + " " + json(row.beforeRow())
                        : " - - -");
    }

    private static String json(@Nullable Row row) {
        return row == null ? "-" : row.toJson();
    }

    /** Without the identity, which differs from run to run. */
    private static List<String> described(List<Event> events) {
        return events.stream()
                .map(event -> described(event).replaceFirst(" [0-9A-F]+/[0-9A-F]+#", " #"))
                .toList();
    }

    private static final String[] PARTITIONED = {
        "CREATE TABLE root (id int, a text, PRIMARY KEY (id)) PARTITION BY RANGE (id)",
        "CREATE TABLE low PARTITION OF root FOR VALUES FROM (0) TO (100)",
        // its columns in another order than the root's
        "CREATE TABLE high (a text, id int NOT NULL)",
        "ALTER TABLE root ATTACH PARTITION high FOR VALUES FROM (100) TO (200)",
    };

    private static final String[] PARTITIONED_CHANGES = {
        "INSERT INTO root VALUES (1, 'a'), (101, 'b')",
        "UPDATE root SET a = 'c' WHERE id = 101",
        "UPDATE root SET id = 102 WHERE id = 1",
        "DELETE FROM root WHERE id = 101",
        "TRUNCATE root"
    };

    @Test
    void partitions_byTheirOwnNames() throws Exception {
        database.sql(PARTITIONED);
        database.sql("CREATE PUBLICATION events FOR TABLE root");
        try (Captured captured = Captured.start(database, "events")) {
            database.inTransaction(PARTITIONED_CHANGES);
            List<String> events = described(captured.next());
            assertThat(events.subList(0, 6))
                    .containsExactly(
                            "insert public.low #0 {\"id\":1} {\"id\":1,\"a\":\"a\"} -",
                            "insert public.high #1 {\"id\":101} {\"a\":\"b\",\"id\":101} -",
                            "update public.high #2 {\"id\":101} {\"a\":\"c\",\"id\":101} -",
                            "delete public.low #3 {\"id\":1} - {\"id\":1}",
                            "insert public.high #4 {\"id\":102} {\"a\":\"a\",\"id\":102} -",
                            "delete public.high #5 {\"id\":101} - {\"id\":101}");
            assertThat(events.subList(6, events.size()))
                    .hasSize(2)
                    .allMatch(event ->
                            event.startsWith("truncate public.low #") || event.startsWith("truncate public.high #"));
        }
    }

    @Test
    void partitions_byTheirRoot() throws Exception {
        database.sql(PARTITIONED);
        database.sql("CREATE PUBLICATION events FOR TABLE root WITH (publish_via_partition_root = true)");
        try (Captured captured = Captured.start(database, "events")) {
            database.inTransaction(PARTITIONED_CHANGES);
            assertThat(described(captured.next()))
                    .containsExactly(
                            "insert public.root #0 {\"id\":1} {\"id\":1,\"a\":\"a\"} -",
                            "insert public.root #1 {\"id\":101} {\"id\":101,\"a\":\"b\"} -",
                            "update public.root #2 {\"id\":101} {\"id\":101,\"a\":\"c\"} -",
                            "delete public.root #3 {\"id\":1} - {\"id\":1}",
                            "insert public.root #4 {\"id\":102} {\"id\":102,\"a\":\"a\"} -",
                            "delete public.root #5 {\"id\":101} - {\"id\":101}",
                            "truncate public.root #6 - - -");
        }
    }

    /** REPLICA IDENTITY FULL of a partitioned table is not that of its partitions, which decides what is logged. */
    @Test
    void partitions_rootIsFullButLeavesAreNot_unsentIsNotNull() throws Exception {
        database.sql(PARTITIONED);
        database.sql(
                "ALTER TABLE root REPLICA IDENTITY FULL",
                "INSERT INTO root VALUES (1, 'a'), (2, 'b')",
                "CREATE PUBLICATION events FOR TABLE root WITH (publish_via_partition_root = true)");
        try (Captured captured = Captured.start(database, "events")) {
            database.inTransaction("UPDATE root SET id = 3 WHERE id = 1", "DELETE FROM root WHERE id = 2");
            List<Event> events = captured.next();
            assertThat(described(events))
                    .containsExactly(
                            "update public.root #0 {\"id\":3} {\"id\":3,\"a\":\"a\"} {\"id\":1}",
                            "delete public.root #1 {\"id\":2} - {\"id\":2}");
            assertThat(Objects.requireNonNull(Typed.row(events.get(1)).beforeRow())
                            .state("a"))
                    .isEqualTo(ColumnState.NOT_SENT);
            assertThat(Typed.row(events.get(0)).changed("a")).isFalse();
            assertThat(Objects.requireNonNull(Typed.row(events.get(0)).changes())
                            .complete())
                    .isFalse();
        }
    }

    @Test
    void partitions_allAreFull() throws Exception {
        database.sql(PARTITIONED);
        database.sql(
                "ALTER TABLE root REPLICA IDENTITY FULL",
                "ALTER TABLE low REPLICA IDENTITY FULL",
                "ALTER TABLE high REPLICA IDENTITY FULL",
                "INSERT INTO root VALUES (1, 'a'), (2, NULL)",
                "CREATE PUBLICATION events FOR TABLE root WITH (publish_via_partition_root = true)");
        try (Captured captured = Captured.start(database, "events")) {
            database.inTransaction("UPDATE root SET a = 'c' WHERE id = 1", "DELETE FROM root WHERE id = 2");
            List<Event> events = captured.next();
            assertThat(described(events))
                    .containsExactly(
                            "update public.root #0 {\"id\":1} {\"id\":1,\"a\":\"c\"} {\"id\":1,\"a\":\"a\"}",
                            "delete public.root #1 {\"id\":2} - {\"id\":2,\"a\":null}");
            assertThat(Objects.requireNonNull(Typed.row(events.get(0)).changes())
                            .complete())
                    .isTrue();
        }
    }

    @Test
    void columnList_theListedColumnsAlone() throws Exception {
        Assumptions.assumeTrue(database.server().version() >= 15, "column lists");
        database.sql(
                "CREATE TABLE t (id int PRIMARY KEY, secret text, shown text)",
                "CREATE PUBLICATION events FOR TABLE t (id, shown)");
        try (Captured captured = Captured.start(database, "events")) {
            database.inTransaction(
                    "INSERT INTO t VALUES (1, 'hidden', 'a')", "UPDATE t SET secret = 'more'", "DELETE FROM t");
            List<Event> events = captured.next();
            assertThat(described(events))
                    .containsExactly(
                            "insert public.t #0 {\"id\":1} {\"id\":1,\"shown\":\"a\"} -",
                            "update public.t #1 {\"id\":1} {\"id\":1,\"shown\":\"a\"} -",
                            "delete public.t #2 {\"id\":1} - {\"id\":1}");
            assertThat(events.get(0).source().columns()).containsOnlyKeys("id", "shown");
        }
    }

    @Test
    void rowFilter_rowsThatComeAndGo() throws Exception {
        Assumptions.assumeTrue(database.server().version() >= 15, "row filters");
        database.sql(
                "CREATE TABLE t (id int PRIMARY KEY, a int)",
                "ALTER TABLE t REPLICA IDENTITY FULL",
                "CREATE PUBLICATION events FOR TABLE t WHERE (a > 10)");
        try (Captured captured = Captured.start(database, "events")) {
            database.inTransaction(
                    "INSERT INTO t VALUES (1, 5), (2, 20)",
                    "UPDATE t SET a = 15 WHERE id = 1",
                    "UPDATE t SET a = 16 WHERE id = 1",
                    "UPDATE t SET a = 6 WHERE id = 1",
                    "DELETE FROM t");
            assertThat(described(captured.next()))
                    .containsExactly(
                            "insert public.t #0 {\"id\":2} {\"id\":2,\"a\":20} -",
                            "insert public.t #1 {\"id\":1} {\"id\":1,\"a\":15} -",
                            "update public.t #2 {\"id\":1} {\"id\":1,\"a\":16} {\"id\":1,\"a\":15}",
                            "delete public.t #3 {\"id\":1} - {\"id\":1,\"a\":16}",
                            "delete public.t #4 {\"id\":2} - {\"id\":2,\"a\":20}");
        }
    }

    @Test
    void generatedColumn_notPublished() throws Exception {
        database.sql(
                "CREATE TABLE t (id int PRIMARY KEY, a int, twice int GENERATED ALWAYS AS (a * 2) STORED)",
                "CREATE PUBLICATION events FOR TABLE t");
        try (Captured captured = Captured.start(database, "events")) {
            database.sql("INSERT INTO t VALUES (1, 5)");
            List<Event> events = captured.next();
            assertThat(described(events)).containsExactly("insert public.t #0 {\"id\":1} {\"id\":1,\"a\":5} -");
            assertThat(events.get(0).source().columns()).containsOnlyKeys("id", "a");
        }
    }

    @Test
    void generatedColumn_published() throws Exception {
        Assumptions.assumeTrue(database.server().version() >= 18, "publish_generated_columns");
        database.sql(
                "CREATE TABLE t (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (a * 2) STORED, a int)",
                "CREATE PUBLICATION events FOR TABLE t WITH (publish_generated_columns = stored)");
        try (Captured captured = Captured.start(database, "events")) {
            database.sql("INSERT INTO t (id, a) VALUES (1, 5)");
            assertThat(described(captured.next()))
                    .containsExactly("insert public.t #0 {\"id\":1} {\"id\":1,\"twice\":10,\"a\":5} -");
        }
    }

    /** PostgreSQL 14 logs the old row of a FULL table without its generated columns, and still publishes none of them. */
    @Test
    void generatedColumn_underFullOnAnOldServer() throws Exception {
        try (TestDatabase old = TestDatabase.create(PostgresServer.of(14))) {
            old.sql(
                    "CREATE TABLE t (id int PRIMARY KEY, a int, twice int GENERATED ALWAYS AS (a * 2) STORED)",
                    "ALTER TABLE t REPLICA IDENTITY FULL",
                    "INSERT INTO t VALUES (1, 5)",
                    "CREATE PUBLICATION events FOR TABLE t");
            try (Captured captured = Captured.start(old, "events")) {
                old.sql("UPDATE t SET a = 6");
                Event event = captured.next().get(0);
                assertThat(described(event)).endsWith(" {\"id\":1} {\"id\":1,\"a\":6} {\"id\":1,\"a\":5}");
                assertThat(Objects.requireNonNull(Typed.row(event).changes()).complete())
                        .isTrue();
            }
        }
    }
}
