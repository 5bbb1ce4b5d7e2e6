package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.walwire.event.Event;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

/**
 * What a statement inserts is captured at once, and the look at the catalog is part of a plan that the session keeps: the events
 * make the table as it is, whatever the statement is, and whatever happened to the table before in the same session.
 */
@ParameterizedClass
@ValueSource(ints = {14, 15, 16, 17, 18})
class TriggerStatementsTest {
    @Parameter
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    private final Recorder<Event> events = new Recorder<>();

    private Walwire recording() {
        return Outboxes.temporary(database)
                .handler(on -> on.onTransaction(each -> events.addAll(each.events())))
                .start();
    }

    private static void settle(Walwire walwire) throws InterruptedException {
        assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
    }

    private static void as(Connection connection, String... statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        }
    }

    private List<String> lines() {
        return events.all().stream().map(Trail::line).toList();
    }

    /** What somebody has who applied the events of item one by one. */
    private Map<String, String> applied() {
        Map<String, String> rows = new TreeMap<>();
        for (Event event : events.all()) {
            if (event instanceof RowEvent<?> row && event.source().table().equals("item")) {
                Row before = row.beforeRow();
                Row after = row.afterRow();
                if (before != null) {
                    assertThat(rows.remove(before.text("id")))
                            .as("%s", event)
                            .isEqualTo(String.valueOf(before.text("note")));
                }
                if (after != null) {
                    assertThat(rows.put(String.valueOf(after.text("id")), String.valueOf(after.text("note"))))
                            .as("%s", event)
                            .isNull();
                }
            }
        }
        return rows;
    }

    private Map<String, String> table() throws SQLException {
        return database.query("SELECT id::text AS id, note FROM item").stream()
                .collect(
                        Collectors.toMap(row -> String.valueOf(row.get("id")), row -> String.valueOf(row.get("note"))));
    }

    private long gathering(String table) throws SQLException {
        return database.queryOne(
                Long.class,
                "SELECT count(*) FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE p.proname = 'walwire_gather'"
                        + " AND t.tgrelid = '" + table + "'::regclass");
    }

    @Test
    void insertOfManyRows_comesInOrder_andTakesFewRowsOfTheOutbox() throws Exception {
        database.sql("CREATE TABLE item (id int PRIMARY KEY, note text, n int)");
        try (Walwire walwire = recording()) {
            database.sql(
                    "INSERT INTO item SELECT i, CASE WHEN i = 500 THEN repeat('x', 100000) WHEN i % 3 = 0 THEN"
                            + " E'),(\"\\\\ ' || i WHEN i % 3 = 1 THEN '' ELSE 'n' || i END, NULL FROM generate_series(1000, 1, -1) i");
            assertThat(Outboxes.kept(database)).isBetween(5L, 100L);
            settle(walwire);
        }
        assertThat(lines()).hasSize(1_000).startsWith("item+1000", "item+999").endsWith("item+1");
        assertThat(applied()).isEqualTo(table());
        assertThat(events.all().stream().map(event -> ((RowEvent<?>) event).id()))
                .doesNotHaveDuplicates();
    }

    @Test
    void insertOfNoRow_writesNothing() throws Exception {
        database.sql("CREATE TABLE item (id int PRIMARY KEY, note text)");
        try (Walwire walwire = recording();
                Connection connection = database.connect()) {
            as(connection, "BEGIN", "INSERT INTO item SELECT 1, 'a' WHERE false");
            assertThat(Outboxes.kept(database)).isZero();
            try (Statement statement = connection.createStatement()) {
                assertThat(one(statement, "SELECT pg_current_xact_id_if_assigned() IS NULL"))
                        .isEqualTo("t");
            }
            as(connection, "COMMIT", "INSERT INTO item VALUES (1)");
            settle(walwire);
        }
        assertThat(lines()).containsExactly("item+1");
    }

    /** Those that fire both kinds of triggers, and those that write to a table twice. */
    @Test
    void statementsOfManyKinds_makeTheTable() throws Exception {
        database.sql("CREATE TABLE item (id int PRIMARY KEY, note text)", "CREATE VIEW items AS SELECT * FROM item");
        try (Walwire walwire = recording();
                Connection connection = database.connect()) {
            assertThat(gathering("item")).isEqualTo(3);
            as(
                    connection,
                    "INSERT INTO item SELECT i, 'a' FROM generate_series(1, 9) i",
                    "UPDATE item SET id = -id, note = 'was ' || id",
                    "WITH gone AS (DELETE FROM item WHERE id < -7 RETURNING id) INSERT INTO item SELECT id, 'again' FROM gone",
                    "WITH one AS (INSERT INTO item VALUES (20, 'x'), (21, 'x') RETURNING id), two AS (INSERT INTO item"
                            + " SELECT id + 10, 'y' FROM one RETURNING id) INSERT INTO item SELECT id + 10, 'z' FROM two",
                    "INSERT INTO items VALUES (50, 'by a view')",
                    "DELETE FROM items WHERE id = -1");
            connection
                    .unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyIn("COPY item FROM STDIN", new StringReader("60\tc\n61\t\\N\n"));
            as(connection, "DELETE FROM item WHERE note IS NULL");
            settle(walwire);
        }
        assertThat(applied()).isEqualTo(table());
    }

    @Test
    void insertOnConflict_ofManyRows_makesTheTable() throws Exception {
        database.sql("CREATE TABLE item (id int PRIMARY KEY, note text)");
        try (Walwire walwire = recording()) {
            database.sql(
                    "INSERT INTO item VALUES (1, 'a'), (2, 'a')",
                    "INSERT INTO item VALUES (3, 'b'), (1, 'b'), (4, 'b'), (2, 'b') ON CONFLICT (id) DO UPDATE SET note = excluded.note",
                    // the second row takes the key that the first one has given up
                    "INSERT INTO item VALUES (1, 'c'), (1, 'd') ON CONFLICT (id) DO UPDATE SET id = 9, note = excluded.note",
                    "INSERT INTO item VALUES (1, 'e'), (7, 'e') ON CONFLICT DO NOTHING");
            settle(walwire);
        }
        assertThat(applied()).isEqualTo(table()).hasSize(6);
    }

    @Test
    void merge_thatFreesAKeyAndTakesIt_makesTheTable() throws Exception {
        assumeTrue(version >= 15, "there is no MERGE");
        database.sql("CREATE TABLE item (id int PRIMARY KEY, note text)");
        try (Walwire walwire = recording()) {
            database.sql(
                    "INSERT INTO item SELECT i, 'a' FROM generate_series(1, 4) i",
                    "MERGE INTO item USING (VALUES (1, 1), (0, 1), (2, 12), (0, 2), (3, 3), (0, 9)) s (at, id) ON item.id = s.at"
                            + " WHEN MATCHED AND s.at = 1 THEN DELETE WHEN MATCHED THEN UPDATE SET id = s.id, note = 'm'"
                            + " WHEN NOT MATCHED THEN INSERT VALUES (s.id, 'n')");
            settle(walwire);
        }
        assertThat(applied()).isEqualTo(table()).hasSize(6);
    }

    /** The trigger is of another table than the row that it changes, and is queued when that row has been inserted. */
    private void rowsThatATriggerElsewhereChanges(String item) throws Exception {
        database.sql(
                item,
                "CREATE TABLE line (id serial PRIMARY KEY, item int, amount int)",
                "CREATE FUNCTION add_up() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE public.item SET note ="
                        + " note || NEW.amount WHERE id = NEW.item; RETURN NULL; END'",
                "CREATE TRIGGER add_up AFTER INSERT ON line FOR EACH ROW EXECUTE FUNCTION add_up()");
        try (Walwire walwire = recording()) {
            assertThat(gathering("item")).isZero();
            database.sql("WITH made AS (INSERT INTO item (note) VALUES ('a'), ('b') RETURNING id) INSERT INTO line"
                    + " (item, amount) SELECT id, 10 FROM made");
            settle(walwire);
        }
        assertThat(lines()).containsExactly("item+1", "line+1", "item~1", "item+2", "line+2", "item~2");
        assertThat(applied()).isEqualTo(table()).containsEntry("2", "b10");
    }

    @Test
    void rowOfAWithQuery_thatAnotherTablesTriggerChanges_comesBeforeThatChange() throws Exception {
        rowsThatATriggerElsewhereChanges("CREATE TABLE item (id serial PRIMARY KEY, note text)");
    }

    @Test
    void rowOfAPartition_thatAnotherTablesTriggerChanges_comesBeforeThatChange() throws Exception {
        rowsThatATriggerElsewhereChanges("CREATE TABLE item (id serial PRIMARY KEY, note text) PARTITION BY RANGE (id);"
                + " CREATE TABLE low PARTITION OF item FOR VALUES FROM (0) TO (9)");
    }

    @Test
    void rowThatAnotherTablesTriggerForStatementsChanges_comesBeforeThatChange() throws Exception {
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY, note text)",
                "CREATE TABLE line (id int PRIMARY KEY)",
                "CREATE FUNCTION mark() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE public.item SET note = ''m''"
                        + " WHERE note IS NULL; RETURN NULL; END'",
                "CREATE TRIGGER mark AFTER INSERT ON line FOR EACH STATEMENT EXECUTE FUNCTION mark()");
        try (Walwire walwire = recording()) {
            database.sql(
                    "WITH made AS (INSERT INTO line VALUES (1) RETURNING id) INSERT INTO item SELECT id FROM made");
            settle(walwire);
        }
        assertThat(lines()).containsSubsequence("item+1", "item~1");
        assertThat(applied()).isEqualTo(table()).containsEntry("1", "m");
    }

    /** A plan that knows the table's columns outlives the transaction in which it was made. */
    @Test
    void definition_firstWrittenByATransactionThatIsRolledBack_isWrittenAgain() throws Exception {
        database.sql("CREATE TABLE item (id int PRIMARY KEY, note text)");
        try (Walwire walwire = recording();
                Connection connection = database.connect()) {
            for (String end : List.of("ROLLBACK", "ROLLBACK", "COMMIT")) {
                as(connection, "BEGIN");
                for (int i = 0; i < 8; i++) {
                    as(
                            connection,
                            "INSERT INTO item VALUES (" + i + ", 'a')",
                            "UPDATE item SET note = 'b' WHERE id = " + i);
                }
                as(connection, "DELETE FROM item WHERE id > 2", end);
            }
            for (int i = 10; i < 30; i++) {
                as(
                        connection,
                        "INSERT INTO item VALUES (" + i + ", 'a')",
                        "UPDATE item SET note = 'c' WHERE id = " + i);
            }
            settle(walwire);
        }
        assertThat(applied()).isEqualTo(table()).hasSize(23);
        assertThat(database.queryOne(Long.class, "SELECT count(*) FROM walwire.walwire_definition"))
                .isEqualTo(1);
    }

    @Test
    void table_alteredBetweenStatementsOfASession_comesAsItIs() throws Exception {
        database.sql("CREATE SCHEMA shop", "CREATE TABLE shop.item (id int PRIMARY KEY, note text)");
        String insert = "INSERT INTO shop.item (id) SELECT coalesce(max(id), 0) + 1 FROM shop.item";
        String update = "UPDATE shop.item SET id = -id WHERE id = (SELECT max(id) FROM shop.item)";
        String delete = "DELETE FROM shop.item WHERE id = (SELECT min(id) FROM shop.item WHERE id > 0)";
        String[] alterations = {
            "SELECT 1",
            "ALTER TABLE shop.item ADD added text DEFAULT 'd'",
            "ALTER TABLE shop.item RENAME added TO renamed",
            "ALTER TABLE shop.item ADD \"walwire_row\" int, ADD walwire_rows int, ADD shape int, ADD planned text,"
                    + " ADD \"after\" text DEFAULT 'z', ADD before int, ADD lines int, ADD place int, ADD n int",
            "ALTER TABLE shop.item DROP note, DROP shape",
            "ALTER TABLE shop.item ALTER \"after\" TYPE varchar(9)",
            "ALTER TABLE shop.item ADD note text",
        };
        try (Walwire walwire = Outboxes.temporary(database)
                        .subscriptions("shop.item")
                        .handler(on -> on.onTransaction(each -> events.addAll(each.events())))
                        .start();
                Connection kept = database.connect()) {
            StringBuilder expected = new StringBuilder();
            for (String alteration : alterations) {
                as(kept, "BEGIN", alteration, insert, insert, update, delete, "ROLLBACK");
                for (int i = 0; i < 7; i++) {
                    as(kept, insert, insert, insert, update, delete);
                }
                database.sql(alteration);
                for (int i = 0; i < 7; i++) {
                    as(kept, insert, insert, insert, update, delete);
                }
                expected.append(database.queryString("SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute"
                                + " WHERE attrelid = 'shop.item'::regclass AND attnum > 0 AND NOT attisdropped"))
                        .append('\n');
                settle(walwire);
                String last = String.join(
                        ",",
                        events.all()
                                .get(events.all().size() - 1)
                                .source()
                                .columns()
                                .keySet());
                assertThat(expected.toString()).endsWith(last + "\n");
            }
            as(kept, "ALTER TABLE shop.item RENAME TO thing", "INSERT INTO shop.thing (id) VALUES (1000)");
            as(kept, "ALTER SCHEMA shop RENAME TO store", "INSERT INTO store.thing (id) VALUES (1001)");
            settle(walwire);
        }
        assertThat(database.query(
                        "SELECT table_name, schema_name FROM walwire.walwire_definition ORDER BY id DESC LIMIT 2"))
                .extracting(row -> row.get("schema_name") + "." + row.get("table_name"))
                .containsExactly("store.thing", "shop.thing");
        assertThat(events.all().stream().filter(event -> event instanceof RowEvent<?>))
                .allSatisfy(event -> {
                    Row row = Typed.row(event).beforeRow();
                    if (row != null
                            && row.columns().stream()
                                    .anyMatch(column -> column.name().equals("after"))) {
                        assertThat(row.text("after")).isEqualTo("z");
                    }
                });
    }

    @Test
    void settingsOfTheSession_areTheSameAfterAWrite() throws Exception {
        database.sql("CREATE TABLE item (id int PRIMARY KEY, note text, at timestamptz DEFAULT '2026-01-01 00:00Z')");
        String settings = "SELECT concat_ws('; ', current_setting('TimeZone'), current_setting('IntervalStyle'),"
                + " current_setting('bytea_output'), current_setting('extra_float_digits'))";
        try (Walwire walwire = recording();
                Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            as(connection, "SET \"IntervalStyle\" = 'iso_8601'", "SET bytea_output = 'escape'", "BEGIN");
            as(connection, "SET LOCAL TIME ZONE INTERVAL '-03:00' HOUR TO MINUTE", "SET extra_float_digits = 0");
            String before = one(statement, settings);
            as(
                    connection,
                    "INSERT INTO item VALUES (1), (2)",
                    "UPDATE item SET note = 'a'",
                    "DELETE FROM item WHERE id = 2");
            assertThat(one(statement, settings)).isEqualTo(before).startsWith("<-03>+03; iso_8601; escape; 0");
            as(connection, "SAVEPOINT s", "INSERT INTO item VALUES (3)", "ROLLBACK TO s");
            assertThat(one(statement, settings)).isEqualTo(before);
            as(connection, "COMMIT");
            assertThat(one(statement, settings)).doesNotStartWith("<-03>").endsWith("; iso_8601; escape; 0");
            settle(walwire);
        }
        assertThat(events.all()).hasSize(5).allSatisfy(event -> {
            RowEvent<?> changed = Typed.row(event);
            Row row = changed.afterRow() == null ? changed.beforeRow() : changed.afterRow();
            assertThat(Objects.requireNonNull(row).text("at")).isEqualTo("2026-01-01 00:00:00+00");
        });
    }

    private static String one(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    @Test
    void outbox_whileADurableReaderIsAway_keepsWhatItNeeds() throws Exception {
        database.sql("CREATE TABLE item (id int PRIMARY KEY, note text)");
        Outboxes.durable(database).start().close();
        database.sql("INSERT INTO item SELECT i FROM generate_series(1, 3000) i");
        try (Walwire other = Outboxes.temporary(database).start()) {
            database.sql("UPDATE item SET note = 'x'");
            settle(other);
        }
        try (Walwire walwire = Outboxes.durable(database)
                .handler(on -> on.onTransaction(each -> events.addAll(each.events())))
                .start()) {
            settle(walwire);
        }
        assertThat(events.all()).hasSize(6_000);
        assertThat(applied()).isEqualTo(table());
    }
}
