package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Event;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.io.StringReader;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

/** What statements of every kind become. */
@ParameterizedClass
@ValueSource(ints = {14, 15, 16, 17, 18})
class StatementsTest {
    @Parameter
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    @BeforeEach
    void table() throws SQLException {
        Instances.prepare(database, "CREATE TABLE item (id int PRIMARY KEY, n int)");
    }

    private static List<String> lines(List<Event> events) {
        return events.stream().map(Trail::line).toList();
    }

    private List<String> linesOf(String... statements) throws Exception {
        try (Captured captured = Captured.start(database, "events")) {
            database.inTransaction(statements);
            return lines(captured.next());
        }
    }

    @Test
    void onConflict_isAnUpdateOrNothing() throws Exception {
        assertThat(linesOf(
                        "INSERT INTO item VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET n = 2",
                        "INSERT INTO item VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET n = 2",
                        "INSERT INTO item VALUES (1, 3) ON CONFLICT DO NOTHING",
                        "INSERT INTO item VALUES (2, 3) ON CONFLICT DO NOTHING"))
                .containsExactly("item+1", "item~1", "item+2");
    }

    @Test
    void merge_isItsUpdatesDeletesAndInserts() throws Exception {
        Assumptions.assumeTrue(version >= 15, "MERGE");
        database.sql("INSERT INTO item VALUES (1, 1), (2, 1)");
        assertThat(linesOf("""
                        MERGE INTO item USING (VALUES (1, 5), (2, 0), (3, 7)) AS v (id, n) ON item.id = v.id
                        WHEN MATCHED AND v.n = 0 THEN DELETE
                        WHEN MATCHED THEN UPDATE SET n = v.n
                        WHEN NOT MATCHED THEN INSERT VALUES (v.id, v.n)""")).containsExactly("item~1", "item-2", "item+3");
    }

    @Test
    void lockedAndUnchangedRows() throws Exception {
        database.sql("INSERT INTO item VALUES (1, 1)");
        assertThat(linesOf("SELECT * FROM item FOR UPDATE", "UPDATE item SET n = n", "SELECT * FROM item FOR SHARE"))
                .containsExactly("item~1");
    }

    @Test
    void createTableAs_isItsRows() throws Exception {
        assertThat(linesOf("CREATE TABLE made AS SELECT i AS id FROM generate_series(1, 2) i"))
                .containsExactly("made+1", "made+2");
    }

    @Test
    void copyAndInsertsOfManyRows_indexDistinguishesThem() throws Exception {
        try (Captured captured = Captured.start(database, "events")) {
            database.inTransaction(connection -> {
                try {
                    connection
                            .unwrap(PGConnection.class)
                            .getCopyAPI()
                            .copyIn("COPY item FROM STDIN", new StringReader("1\t1\n2\t\\N\n3\t3\n"));
                } catch (IOException e) {
                    throw new SQLException(e);
                }
                connection.createStatement().execute("INSERT INTO item VALUES (4, 4), (5, 5)");
            });
            List<Event> events = captured.next();
            assertThat(lines(events)).containsExactly("item+1", "item+2", "item+3", "item+4", "item+5");
            assertThat(events).extracting(event -> event.id().index()).containsExactly(0L, 1L, 2L, 3L, 4L);
            assertThat(events).extracting(Event::id).doesNotHaveDuplicates().isSorted();
        }
    }

    @Test
    void savepoints_whatWasRolledBackIsGone_withoutAGapInTheIndexes() throws Exception {
        try (Captured captured = Captured.start(database, "events")) {
            database.inTransaction(
                    "INSERT INTO item VALUES (1, 1)",
                    "SAVEPOINT a",
                    "INSERT INTO item VALUES (2, 2)",
                    "SAVEPOINT b",
                    "DELETE FROM item",
                    "ROLLBACK TO b",
                    "INSERT INTO item VALUES (3, 3)",
                    "ROLLBACK TO a",
                    "INSERT INTO item VALUES (4, 4)",
                    "RELEASE a",
                    """
                    DO $$ BEGIN
                      FOR i IN 5..50 LOOP
                        BEGIN
                          INSERT INTO item VALUES (i, i);
                          IF i % 10 <> 0 THEN RAISE EXCEPTION 'no'; END IF;
                        EXCEPTION WHEN raise_exception THEN NULL;
                        END;
                      END LOOP;
                    END $$""");
            List<Event> events = captured.next();
            assertThat(lines(events))
                    .containsExactly("item+1", "item+4", "item+10", "item+20", "item+30", "item+40", "item+50");
            assertThat(events).extracting(event -> event.id().index()).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L);
        }
    }

    @Test
    void whatIsNoTablesRow_isNothing() throws Exception {
        database.sql(
                "CREATE SEQUENCE counter",
                "CREATE UNLOGGED TABLE unlogged (id int)",
                "CREATE MATERIALIZED VIEW seen AS SELECT * FROM item");
        try (Captured captured = Captured.start(database, "events")) {
            database.sql(
                    "SELECT nextval('counter')",
                    "INSERT INTO unlogged VALUES (1)",
                    "SELECT lo_unlink(lo_from_bytea(0, 'large'))",
                    "CREATE TEMP TABLE passing AS SELECT 1 AS id",
                    "REFRESH MATERIALIZED VIEW seen",
                    "CREATE VIEW looking AS SELECT * FROM item",
                    "VACUUM FULL item",
                    "INSERT INTO item VALUES (1, 1)");
            assertThat(lines(captured.next())).containsExactly("item+1");
        }
    }
}
