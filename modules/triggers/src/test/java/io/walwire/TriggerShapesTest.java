package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Event;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** A table is altered, or becomes a partition, or has casts of its own: each value comes under its name, and none fails a write. */
@ParameterizedClass
@ValueSource(ints = {14, 18})
class TriggerShapesTest {
    @Parameter
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    private final Recorder<String> events = new Recorder<>();

    private Walwire recording(String... subscriptions) {
        return Outboxes.temporary(database)
                .subscriptions(subscriptions)
                .handler(on -> on.onTransaction(each -> each.events().forEach(event -> events.add(line(event)))))
                .start();
    }

    private static String line(Event event) {
        return Trail.line(event).replaceFirst("(\\w+.).*", "$1")
                + (event instanceof RowEvent<?> row ? ((Row) row.row()).toJson() : "");
    }

    private static void as(Connection connection, String... statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        }
    }

    /** What comes of writes by a transaction that looked at the database before others altered it. */
    private List<String> withAnOldSnapshot(String level, List<String> alterations, String... writes) throws Exception {
        try (Walwire walwire = recording("*");
                Connection writer = database.connect()) {
            as(writer, "BEGIN ISOLATION LEVEL " + level, "SELECT 1");
            database.sql(alterations.toArray(String[]::new));
            as(writer, writes);
            as(writer, "COMMIT");
            database.sql("INSERT INTO item (id) VALUES (9)");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            return events.all();
        }
    }

    @Test
    void column_addedAfterTheSnapshot_hasItsNameAndType() throws Exception {
        database.sql("CREATE TABLE item (id int PRIMARY KEY)", "INSERT INTO item VALUES (8)");
        assertThat(withAnOldSnapshot(
                        "REPEATABLE READ",
                        List.of("ALTER TABLE item ADD \"New c\" int", "ALTER TABLE item ADD t text"),
                        "INSERT INTO item VALUES (1, 5, 'x')",
                        "INSERT INTO item VALUES (2)",
                        "DELETE FROM item WHERE id = 8"))
                .containsExactly(
                        "item+{\"id\":1,\"New c\":5,\"t\":\"x\"}",
                        "item+{\"id\":2,\"New c\":null,\"t\":null}",
                        "item-{\"id\":8,\"New c\":null,\"t\":null}",
                        "item+{\"id\":9,\"New c\":null,\"t\":null}");
        assertThat(database.queryOne(Long.class, "SELECT count(*) FROM walwire.walwire_definition"))
                .isEqualTo(2);
    }

    @Test
    void column_droppedAndAnotherAddedAfterTheSnapshot_valueComesUnderItsName() throws Exception {
        database.sql("CREATE TABLE item (id int PRIMARY KEY, a int)");
        assertThat(withAnOldSnapshot(
                        "SERIALIZABLE",
                        List.of("ALTER TABLE item DROP a", "ALTER TABLE item ADD b text"),
                        "INSERT INTO item VALUES (1, 'x')"))
                .containsExactly("item+{\"id\":1,\"b\":\"x\"}", "item+{\"id\":9,\"b\":null}");
    }

    @Test
    void column_ofATypeThatTheSnapshotDoesNotHave_isText() throws Exception {
        database.sql("CREATE TABLE item (id int PRIMARY KEY, a int)");
        assertThat(withAnOldSnapshot(
                        "REPEATABLE READ",
                        List.of("CREATE TYPE mood AS ENUM ('glad')", "ALTER TABLE item ALTER a TYPE mood USING 'glad'"),
                        "INSERT INTO item VALUES (1, 'glad')",
                        "TRUNCATE item"))
                .containsExactly(
                        "item+{\"id\":1,\"a\":\"glad\"}",
                        "item!",
                        // from text to what it is in every other transaction
                        "item^",
                        "item+{\"id\":9,\"a\":null}");
    }

    @Test
    void table_notAlteredSinceTheSnapshot_hasOneDefinition() throws Exception {
        database.sql("CREATE TABLE item (id int PRIMARY KEY)");
        recording("item").close();
        database.sql("INSERT INTO item VALUES (7)");
        assertThat(withAnOldSnapshot(
                        "SERIALIZABLE", List.of("INSERT INTO item VALUES (3)"), "INSERT INTO item VALUES (1)"))
                .containsExactlyInAnyOrder("item+{\"id\":1}", "item+{\"id\":3}", "item+{\"id\":9}");
        assertThat(database.queryOne(Long.class, "SELECT count(*) FROM walwire.walwire_definition"))
                .isEqualTo(1);
    }

    @Test
    void table_withoutColumns_writes() throws Exception {
        database.sql("CREATE TABLE nothing ()");
        try (Walwire walwire = Outboxes.temporary(database)
                .subscriptions("nothing")
                .handler(on -> on.onTransaction(each ->
                        each.events().forEach(event -> events.add(event.source().table() + " " + event.kind()))))
                .start()) {
            database.sql("INSERT INTO nothing DEFAULT VALUES");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            assertThat(events.all()).containsExactly("nothing INSERT");
        }
    }

    @Test
    void cast_ofTheTablesOwner_isNotCalled() throws Exception {
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY, note text)",
                "CREATE TABLE called (by_role text)",
                "CREATE FUNCTION own(item) RETURNS text LANGUAGE plpgsql AS"
                        + " 'BEGIN INSERT INTO public.called VALUES (current_user); RETURN ''(7,forged)''; END'",
                "CREATE CAST (item AS text) WITH FUNCTION own(item) AS IMPLICIT");
        try (Walwire walwire = recording("item")) {
            database.sql("INSERT INTO item VALUES (1, 'a')", "UPDATE item SET note = NULL", "DELETE FROM item");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(events.all())
                .containsExactly(
                        "item+{\"id\":1,\"note\":\"a\"}",
                        "item~{\"id\":1,\"note\":null}",
                        "item-{\"id\":1,\"note\":null}");
        assertThat(database.query("SELECT * FROM called")).isEmpty();
    }

    @Test
    void partition_detachedWithTriggersOfItsOwn_comesUnderItsOwnName() throws Exception {
        database.sql(
                "CREATE TABLE tree (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                "CREATE TABLE low PARTITION OF tree FOR VALUES FROM (0) TO (10)");
        try (Walwire walwire = recording("tree")) {
            database.sql("INSERT INTO tree VALUES (1), (2)", "ALTER TABLE tree DETACH PARTITION low");
            walwire.addTables("low");
            database.sql("DELETE FROM low WHERE id = 1", "TRUNCATE low");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(events.all()).containsExactly("tree+{\"id\":1}", "tree+{\"id\":2}", "low-{\"id\":1}", "low!");
    }

    @Test
    void table_attachedAsAPartition_comesUnderItsRootsName() throws Exception {
        database.sql(
                "CREATE TABLE tree (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                "CREATE TABLE low (id int PRIMARY KEY)");
        try (Walwire walwire = recording("tree, low")) {
            database.sql("INSERT INTO low VALUES (1)");
            // PostgreSQL attaches no table that has such triggers for rows; those for statements stay
            for (Map<String, Object> each :
                    database.query("SELECT 'DROP TRIGGER ' || quote_ident(tgname) || ' ON low' AS t"
                            + " FROM pg_trigger WHERE tgrelid = 'low'::regclass AND tgtype & 1 = 1")) {
                database.sql(String.valueOf(each.get("t")));
            }
            database.sql(
                    "ALTER TABLE tree ATTACH PARTITION low FOR VALUES FROM (0) TO (10)",
                    "INSERT INTO low VALUES (2)",
                    "TRUNCATE low",
                    "INSERT INTO tree VALUES (3)");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(events.all()).containsExactly("low+{\"id\":1}", "tree+{\"id\":2}", "tree+{\"id\":3}");
    }

    /** Only a hand can have made such a trigger. The start replaces the function of before, which wrote what no reader could read. */
    @Test
    void functionForATableByItself_onAPartition_writesNothing() throws Exception {
        database.sql(
                "CREATE TABLE tree (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                "CREATE TABLE low PARTITION OF tree FOR VALUES FROM (0) TO (10)");
        recording("tree").close();
        String function = "SELECT pg_get_functiondef('walwire.walwire_gather()'::regprocedure)";
        String now = database.queryString(function);
        String before = now.replace("walwire_shape\"() > 0", "walwire_shape\"() IS NOT NULL");
        assertThat(before).isNotEqualTo(now);
        database.sql(before);
        try (Walwire walwire = recording("tree")) {
            assertThat(database.queryString(function)).isEqualTo(now);
            database.sql(
                    "CREATE TRIGGER made_by_hand AFTER UPDATE ON low REFERENCING OLD TABLE AS walwire_rows"
                            + " FOR EACH STATEMENT EXECUTE FUNCTION walwire.walwire_gather()",
                    "INSERT INTO tree VALUES (1)",
                    "UPDATE low SET id = 2");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(events.all()).containsExactly("tree+{\"id\":1}", "tree~{\"id\":2}");
    }
}
