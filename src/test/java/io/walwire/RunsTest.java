package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Kind;
import io.walwire.handler.EventHandler;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Which events are handed over together, and in which order. */
class RunsTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Trail trail = new Trail();

    @BeforeEach
    void tables() throws SQLException {
        Instances.prepare(
                database,
                "CREATE TABLE item (id int PRIMARY KEY, name text)",
                "CREATE TABLE other (id int PRIMARY KEY, name text)");
    }

    private List<String> callsOf(EventHandler handler, String... statements) throws Exception {
        try (Walwire walwire = Instances.temporary(database)
                .handler(handler)
                .handler(trail.marker())
                .start()) {
            database.inTransaction(statements);
            return trail.upToMark(database);
        }
    }

    private void everyKind(io.walwire.handler.Handlers on) {
        on.table("item")
                .onInserts(trail.runs("insert"))
                .onUpdates(trail.runs("update"))
                .onDeletes(trail.runs("delete"))
                .onTruncate(trail.events("truncate"));
    }

    @Test
    void insertDeleteInsert_ofOneRow_threeCallsInThatOrder() throws Exception {
        assertThat(callsOf(
                        this::everyKind,
                        "INSERT INTO item VALUES (1)",
                        "DELETE FROM item",
                        "INSERT INTO item VALUES (1, 'again')"))
                .containsExactly("insert: item+1", "delete: item-1", "insert: item+1");
    }

    @Test
    void anotherKind_betweenTwoInserts_endsTheRun() throws Exception {
        assertThat(callsOf(
                        this::everyKind,
                        "INSERT INTO item VALUES (1), (2)",
                        "UPDATE item SET name = 'n' WHERE id = 1",
                        "INSERT INTO item VALUES (3)",
                        "UPDATE item SET name = 'n' WHERE id >= 2"))
                .containsExactly("insert: item+1 item+2", "update: item~1", "insert: item+3", "update: item~2 item~3");
    }

    @Test
    void anotherKind_thatNobodyListensTo_endsTheRunToo() throws Exception {
        assertThat(callsOf(
                        on -> on.table("item").onInserts(trail.runs("insert")),
                        "INSERT INTO item VALUES (1)",
                        "UPDATE item SET name = 'n'",
                        "INSERT INTO item VALUES (2)"))
                .containsExactly("insert: item+1", "insert: item+2");
    }

    @Test
    void anotherTable_betweenTwoInserts_doesNotEndTheRun() throws Exception {
        assertThat(callsOf(
                        this::everyKind,
                        "INSERT INTO item VALUES (1)",
                        "INSERT INTO other VALUES (1)",
                        "DELETE FROM other",
                        "INSERT INTO item VALUES (2)"))
                .containsExactly("insert: item+1 item+2");
    }

    @Test
    void manyDeclarations_eachHasItsOwnRuns() throws Exception {
        EventHandler handler = on -> {
            for (int i = 0; i < 100; i++) {
                on.table("item").onInserts(trail.runs("insert" + i)).onDeletes(trail.runs("delete" + i));
                on.table("other").onChanges(trail.runs("any" + i));
            }
        };
        List<String> expected = new ArrayList<>();
        for (String runs :
                List.of("insert%d: item+1 item+2", "any%d: other+1 other+2", "delete%d: item-1", "insert%d: item+3")) {
            for (int i = 0; i < 100; i++) {
                expected.add(String.format(runs, i));
            }
        }

        assertThat(callsOf(
                        handler,
                        "INSERT INTO item VALUES (1)",
                        "INSERT INTO other VALUES (1), (2)",
                        "INSERT INTO item VALUES (2)",
                        "DELETE FROM item WHERE id = 1",
                        "INSERT INTO item VALUES (3)"))
                .containsExactlyElementsOf(expected);
    }

    @Test
    void onChanges_ofAllKinds_isUnbroken() throws Exception {
        assertThat(callsOf(
                        on -> on.table("item").onChanges(trail.runs("any")),
                        "INSERT INTO item VALUES (1)",
                        "UPDATE item SET name = 'n'",
                        "INSERT INTO other VALUES (9)",
                        "TRUNCATE item",
                        "INSERT INTO item VALUES (2)",
                        "DELETE FROM item"))
                .containsExactly("any: item+1 item~1 item! item+2 item-2");
    }

    @Test
    void allTables_runsAcrossTables_inOrder() throws Exception {
        assertThat(callsOf(
                        on -> on.allTables()
                                .filter(event -> !"mark".equals(event.source().table()))
                                .onInserts(trail.runs("insert"))
                                .onDeletes(trail.runs("delete")),
                        "INSERT INTO item VALUES (1)",
                        "INSERT INTO other VALUES (2)",
                        "INSERT INTO item VALUES (3)",
                        "DELETE FROM other",
                        "INSERT INTO item VALUES (4)"))
                .containsExactly("insert: item+1 other+2 item+3", "delete: other-2", "insert: item+4");
    }

    @Test
    void allTablesAny_oneCallForTheTransaction() throws Exception {
        assertThat(callsOf(
                        on -> on.allTables()
                                .filter(event -> !"mark".equals(event.source().table()))
                                .onChanges(trail.runs("any")),
                        "INSERT INTO other VALUES (1)",
                        "INSERT INTO item VALUES (1)",
                        "UPDATE other SET name = 'n'"))
                .containsExactly("any: other+1 item+1 other~1");
    }

    @Test
    void calls_orderedByTheirFirstEvent() throws Exception {
        assertThat(callsOf(
                        on -> {
                            on.table("item").onInserts(trail.runs("items"));
                            on.table("other").onInserts(trail.runs("others"));
                        },
                        "INSERT INTO other VALUES (1)",
                        "INSERT INTO item VALUES (1)",
                        "INSERT INTO other VALUES (2)"))
                .containsExactly("others: other+1 other+2", "items: item+1");
    }

    @Test
    void truncate_betweenTwoInserts_endsTheRun() throws Exception {
        assertThat(callsOf(
                        this::everyKind, "INSERT INTO item VALUES (1)", "TRUNCATE item", "INSERT INTO item VALUES (1)"))
                .containsExactly("insert: item+1", "truncate: item!", "insert: item+1");
    }

    @Test
    void filter_droppingEventsOfTheSameKind_doesNotEndTheRun() throws Exception {
        assertThat(callsOf(
                        on -> on.table("item")
                                .filter(event -> !"item+2".equals(Trail.line(event)))
                                .onInserts(trail.runs("insert")),
                        "INSERT INTO item VALUES (1), (2), (3)"))
                .containsExactly("insert: item+1 item+3");
    }

    @Test
    void filter_droppingAnEventOfAnotherKind_theRunEndsNevertheless() throws Exception {
        assertThat(callsOf(
                        on -> on.table("item")
                                .filter(event -> event.kind() != Kind.DELETE)
                                .onInserts(trail.runs("insert"))
                                .onDeletes(trail.runs("delete")),
                        "INSERT INTO item VALUES (1)",
                        "DELETE FROM item",
                        "INSERT INTO item VALUES (1)"))
                .containsExactly("insert: item+1", "insert: item+1");
    }

    @Test
    void rolledBackSavepoint_isAbsentAndTakesNoIndex() throws Exception {
        assertThat(callsOf(
                        on -> {
                            on.table("item").onInserts(trail.runs("insert"));
                            on.table("item")
                                    .onInsert(event ->
                                            trail.add("index " + event.id().index()));
                        },
                        "INSERT INTO item VALUES (1)",
                        "SAVEPOINT s",
                        "INSERT INTO item VALUES (2)",
                        "DELETE FROM item WHERE id = 1",
                        "ROLLBACK TO SAVEPOINT s",
                        "INSERT INTO item VALUES (3)"))
                .containsExactly("insert: item+1 item+3", "index 0", "index 1");
    }

    @Test
    void transactions_areNeverJoined() throws Exception {
        try (Walwire walwire = Instances.temporary(database)
                .handler(this::everyKind)
                .handler(trail.marker())
                .start()) {
            database.sql("INSERT INTO item VALUES (1)", "INSERT INTO item VALUES (2)");
            assertThat(trail.upToMark(database)).containsExactly("insert: item+1", "insert: item+2");
        }
    }

    @Test
    void run_isUnmodifiable() throws Exception {
        EventHandler changing = on -> on.table("item").onInserts(events -> {
            try {
                events.remove(0);
                trail.add("changed");
            } catch (UnsupportedOperationException e) {
                trail.add("refused");
            }
        });
        assertThat(callsOf(changing, "INSERT INTO item VALUES (1)")).containsExactly("refused");
    }
}
