package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.walwire.event.Column;
import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.event.Row;
import io.walwire.event.Source;
import io.walwire.event.Transaction;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Where an event comes from: database, schema, table and columns, whatever they are called and however they change. */
@ParameterizedClass
@ValueSource(ints = {14, 15, 16, 17, 18})
class SourceTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Parameter
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    @BeforeEach
    void publication() throws SQLException {
        Instances.prepare(database);
    }

    private List<Event> events(String... statements) throws Exception {
        Recorder<Transaction> transactions = new Recorder<>();
        try (Walwire walwire = Instances.temporary(database)
                .handler(on -> on.onTransaction(transactions::add))
                .start()) {
            database.inTransaction(statements);
            return transactions.await(1).get(0).events();
        }
    }

    private static Row after(Event event) {
        return Objects.requireNonNull(Typed.row(event).afterRow());
    }

    @Test
    void source_namesTheSoftwareTheDatabaseAndTheTable() throws Exception {
        database.sql("CREATE SCHEMA billing", "CREATE TABLE billing.invoice (id int PRIMARY KEY)");
        Event event = events("INSERT INTO billing.invoice VALUES (1)").get(0);
        Source source = event.source();
        assertThat(event.source().table()).isEqualTo("invoice");
        assertThat(source.name()).isEqualTo("Walwire");
        assertThat(source.version()).matches("\\d+\\.\\d+\\.\\d+(-SNAPSHOT)?");
        assertThat(source.db()).isEqualTo(database.name());
        assertThat(source.schema()).isEqualTo("billing");
        assertThat(source.table()).isEqualTo("invoice");
        assertThat(source.qualifiedTable()).isEqualTo("billing.invoice");
        assertThat(event.toJson())
                .startsWith("{\"name\":\"invoice\",\"type\":\"insert\",\"source\":{\"name\":\"Walwire\",\"version\":\""
                        + source.version() + "\",\"db\":\"" + database.name()
                        + "\",\"schema\":\"billing\",\"table\":\"invoice\",\"columns\":{\"id\":\"int4\"}},");
    }

    @Test
    void columns_areInTheTablesOrder_withTheirTypes() throws Exception {
        database.sql(
                "CREATE TYPE mood AS ENUM ('sad')",
                "CREATE DOMAIN email AS text",
                "CREATE TYPE pair AS (a int, b int)",
                """
                CREATE TABLE item (z int8, a varchar(20), id int PRIMARY KEY, tags text[][], at timestamptz, mood mood,
                  moods mood[], mail email, pair pair, span int4range, amount numeric(10, 2), c char(3), b bool)""");
        Event event = events("INSERT INTO item (id) VALUES (1)").get(0);
        assertThat(List.copyOf(event.source().columns().entrySet()))
                .containsExactly(
                        Map.entry("z", "int8"),
                        Map.entry("a", "varchar"),
                        Map.entry("id", "int4"),
                        Map.entry("tags", "text[]"),
                        Map.entry("at", "timestamptz"),
                        Map.entry("mood", "mood"),
                        Map.entry("moods", "mood[]"),
                        Map.entry("mail", "email"),
                        Map.entry("pair", "pair"),
                        Map.entry("span", "int4range"),
                        Map.entry("amount", "numeric"),
                        Map.entry("c", "bpchar"),
                        Map.entry("b", "bool"));
        List<Column> columns = after(event).columns();
        assertThat(columns)
                .extracting(Column::name)
                .containsExactlyElementsOf(event.source().columns().keySet());
        assertThat(columns.get(1)).isEqualTo(new Column("a", "varchar", 1043, 24, false));
        assertThat(columns.get(2)).isEqualTo(new Column("id", "int4", 23, -1, true));
        assertThat(after(event).toMap().keySet())
                .containsExactlyElementsOf(event.source().columns().keySet());
    }

    @Test
    void columns_haveTheirTypeModifiers() throws Exception {
        database.sql(
                "CREATE TABLE item (a numeric(10, 2), b varchar(20), c timestamp(3), d bit(5), e text, f numeric)");
        Row row = after(events("INSERT INTO item VALUES (1.5, 'b', '2024-02-29 12:00:00.1239', B'10101', 'e', 1.5)")
                .get(0));
        assertThat(row.columns()).extracting(Column::typeModifier).containsExactly(655366, 24, 3, 5, -1, -1);
        assertThat(row.toJson())
                .isEqualTo(
                        "{\"a\":1.50,\"b\":\"b\",\"c\":\"2024-02-29T12:00:00.124\",\"d\":\"10101\",\"e\":\"e\",\"f\":1.5}");
    }

    @Test
    void generatedColumn_isNotSent_andNotListed() throws Exception {
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED, name text)");
        Event event = events("INSERT INTO item VALUES (1, DEFAULT, 'a')").get(0);
        assertThat(event.source().columns().keySet()).containsExactly("id", "name");
        assertThat(event.toJson()).contains("\"new_record\":{\"id\":1,\"name\":\"a\"}");
    }

    @Test
    void droppedColumn_isGone_theOthersKeepTheirValues() throws Exception {
        database.sql("CREATE TABLE item (gone text, id int PRIMARY KEY, name text)", "ALTER TABLE item DROP gone");
        Event event = events("INSERT INTO item VALUES (1, 'a')").get(0);
        assertThat(after(event).toMap()).isEqualTo(Map.of("id", 1, "name", "a"));
    }

    @Test
    void sameTableNameInTwoSchemas_areTwoTables() throws Exception {
        database.sql(
                "CREATE SCHEMA a",
                "CREATE SCHEMA b",
                "CREATE TABLE a.item (id int PRIMARY KEY)",
                "CREATE TABLE b.item (id text PRIMARY KEY, more int)",
                "CREATE TABLE item (id int8 PRIMARY KEY)");
        Trail trail = new Trail();
        try (Walwire walwire = Instances.temporary(database)
                .subscriptions("a.item", "item", "mark")
                .handler(on -> {
                    on.table("a.item").onChanges(trail.runs("a"));
                    on.table("item").onChanges(trail.runs("public"));
                    on.allTables().onChange(event -> trail.add(event.source().qualifiedTable()));
                })
                .handler(trail.marker())
                .start()) {
            database.inTransaction(
                    "INSERT INTO a.item VALUES (1)", "INSERT INTO b.item VALUES (2)", "INSERT INTO item VALUES (3)");
            assertThat(trail.upToMark(database))
                    .startsWith("a: item+1", "a.item", "public.item", "public: item+3")
                    .doesNotContain("b.item");
        }
    }

    @Test
    void alterTableInsideATransaction_eachEventHasItsOwnColumns() throws Exception {
        database.sql("CREATE TABLE item (id int PRIMARY KEY, name text)");
        List<Event> events = events(
                        "INSERT INTO item VALUES (1, 'a')",
                        "ALTER TABLE item ADD n int",
                        "INSERT INTO item VALUES (2, 'b', 20)",
                        "ALTER TABLE item RENAME name TO label",
                        "INSERT INTO item VALUES (3, 'c', 30)",
                        "ALTER TABLE item ALTER n TYPE text, DROP label",
                        "INSERT INTO item VALUES (4, 'forty')")
                .stream()
                .filter(event -> event.kind().isRow())
                .toList();
        assertThat(events.stream().map(event -> after(event).toMap()))
                .containsExactly(
                        Map.of("id", 1, "name", "a"),
                        Map.of("id", 2, "name", "b", "n", 20),
                        Map.of("id", 3, "label", "c", "n", 30),
                        Map.of("id", 4, "n", "forty"));
        assertThat(events.get(0).source().columns()).containsOnlyKeys("id", "name");
        assertThat(events.get(1).source().columns()).containsOnlyKeys("id", "name", "n");
    }

    @Test
    void renamedTable_comesUnderItsNewName() throws Exception {
        database.sql("CREATE TABLE item (id int PRIMARY KEY)");
        List<Event> events = events(
                "INSERT INTO item VALUES (1)", "ALTER TABLE item RENAME TO thing", "INSERT INTO thing VALUES (2)");
        assertThat(events).extracting(Trail::line).containsExactly("item+1", "thing^", "thing+2");
    }

    @Test
    void weirdNames_everywhere() throws Exception {
        database.sql(
                "CREATE SCHEMA \"Weird, sch\"\"ema\"",
                "CREATE TABLE \"Weird, sch\"\"ema\".\"a.b\" (\"sélect, \"\"x\"\"\" int PRIMARY KEY, \"N n\" text)",
                "ALTER TABLE \"Weird, sch\"\"ema\".\"a.b\" REPLICA IDENTITY FULL");
        String name = "\"Weird, sch\"\"ema\".\"a.b\"";
        String key = "sélect, \"x\"";
        Recorder<Event> events = new Recorder<>();
        try (Walwire walwire = Instances.temporary(database)
                .subscriptions(name)
                .handler(on -> on.table(name).onChanges(events::addAll))
                .start()) {
            database.inTransaction(
                    "INSERT INTO " + name + " VALUES (1, 'a')",
                    "UPDATE " + name + " SET \"N n\" = 'b'",
                    "TRUNCATE " + name);
            List<Event> all = events.await(3);
            assertThat(all.get(0).source().schema()).isEqualTo("Weird, sch\"ema");
            assertThat(all.get(0).source().table()).isEqualTo("a.b");
            assertThat(after(all.get(0)).getInt(key)).isEqualTo(1);
            assertThat(Objects.requireNonNull(Typed.row(all.get(1)).key()).toMap())
                    .isEqualTo(Map.of(key, 1));
            assertThat(Typed.row(all.get(1)).changed("N n")).isTrue();
            JsonNode json = JSON.readTree(all.get(1).toJson());
            assertThat(json.at("/source/schema").textValue()).isEqualTo("Weird, sch\"ema");
            assertThat(json.at("/source/columns").get(key).textValue()).isEqualTo("int4");
            assertThat(json.at("/new_record").get(key).intValue()).isEqualTo(1);
            assertThat(json.at("/changes").get("N n").get("new_value").textValue())
                    .isEqualTo("b");
            walwire.removeTables(name);
            walwire.addTables("\"Weird, sch\"\"ema\".*");
        }
    }

    @Test
    void truncate_ofTwoTables_isAnEventForEach_inOneStatement() throws Exception {
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY)",
                "CREATE TABLE part (id serial, item int REFERENCES item)",
                "CREATE TABLE other (id int)");
        List<Event> events = events(
                "INSERT INTO item VALUES (1)", "TRUNCATE other, item RESTART IDENTITY CASCADE", "TRUNCATE other");
        assertThat(events.subList(1, 4))
                .extracting(event -> event.source().table())
                .containsExactlyInAnyOrder("other", "item", "part");
        assertThat(events).extracting(event -> event.id().index()).containsExactly(0L, 1L, 2L, 3L, 4L);
        assertThat(events.subList(1, 4)).allSatisfy(event -> {
            assertThat(event.kind()).isEqualTo(Kind.TRUNCATE);
            assertThat(Typed.truncate(event).cascade()).isTrue();
            assertThat(Typed.truncate(event).restartIdentity()).isTrue();
            assertThat(Typed.truncate(event).key()).isNull();
            assertThat(event.toJson())
                    .contains(
                            "\"type\":\"truncate\"",
                            "\"key\":null,\"new_record\":null,\"old_record\":null,\"changes\":null,\"unavailable\":[],"
                                    + "\"truncate\":{\"cascade\":true,\"restart_identity\":true}");
        });
        assertThat(Typed.truncate(events.get(4)).cascade()).isFalse();
        assertThat(Typed.truncate(events.get(4)).restartIdentity()).isFalse();
        assertThat(events.get(4).toJson()).contains("\"truncate\":{\"cascade\":false,\"restart_identity\":false}");
        assertThat(events.get(0).toJson()).doesNotContain("\"truncate\"");
    }
}
