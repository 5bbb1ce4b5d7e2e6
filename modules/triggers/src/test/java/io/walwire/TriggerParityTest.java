package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.event.TransactionId;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The same changes, read through replication under REPLICA IDENTITY FULL and through triggers: the same JSON, but for the two
 * positions of the log and the time of the commit.
 */
@ParameterizedClass
@ValueSource(ints = {14, 18})
class TriggerParityTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Parameter
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    private final Recorder<Event> replicated = new Recorder<>();
    private final Recorder<Event> captured = new Recorder<>();
    private final List<String> tables = new ArrayList<>();

    private void table(String name, String columns) throws SQLException {
        database.sql("CREATE TABLE " + name + " (" + columns + ")", "ALTER TABLE " + name + " REPLICA IDENTITY FULL");
        tables.add(name);
    }

    /** Runs transactions, and compares all that came of them. */
    private List<Event> compare(String... statements) throws Exception {
        return compare(() -> database.sql(statements));
    }

    private interface Changes {
        void make() throws Exception;
    }

    private List<Event> compare(Changes changes) throws Exception {
        table("mark", "id serial PRIMARY KEY");
        database.sql("CREATE PUBLICATION events FOR TABLE " + String.join(", ", tables)
                + " WITH (publish_via_partition_root = true)");
        try (Walwire replication = Instances.temporary(database)
                        .subscriptions(tables.toArray(String[]::new))
                        .oldRecord(true)
                        .handler(on -> on.onTransaction(each -> replicated.addAll(each.events())))
                        .start();
                Walwire triggers = Outboxes.temporary(database)
                        .subscriptions(tables.toArray(String[]::new))
                        .oldRecord(true)
                        .handler(on -> on.onTransaction(each -> captured.addAll(each.events())))
                        .start()) {
            changes.make();
            database.sql("INSERT INTO mark DEFAULT VALUES");
            assertThat(replication.awaitCurrent(Items.LONG)).isTrue();
            assertThat(triggers.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(captured.all().stream().map(TriggerParityTest::comparable))
                .containsExactlyElementsOf(replicated.all().stream()
                        .map(TriggerParityTest::comparable)
                        .toList());
        assertThat(captured.all())
                .last()
                .satisfies(event -> assertThat(event.source().table()).isEqualTo("mark"));
        return captured.all().stream()
                .filter(event -> !"mark".equals(event.source().table()))
                .toList();
    }

    private static String comparable(Event event) {
        try {
            ObjectNode json = (ObjectNode) JSON.readTree(event.toJson());
            json.remove("timestamp");
            ObjectNode transaction = (ObjectNode) json.get("transaction");
            transaction.remove("commit_lsn");
            transaction.remove("end_lsn");
            if (event.kind() == Kind.TRUNCATE) {
                json.remove("truncate");
            }
            return json.toString();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static List<String> lines(List<Event> events) {
        return events.stream().map(Trail::line).toList();
    }

    /** A walsender has settings of its own; a trigger runs with the writer's. */
    @Test
    void writer_withHostileSettings() throws Exception {
        database.sql("CREATE SCHEMA \"Far\"", "CREATE TABLE \"Far\".\"it em\" (id int)");
        table(
                "item",
                "id int PRIMARY KEY, at timestamptz, span interval, data bytea, number float8, price money, ref regclass");
        compare(() -> {
            try (Connection hostile = database.connect();
                    Statement statement = hostile.createStatement()) {
                for (String setting : List.of(
                        "\"IntervalStyle\" = 'iso_8601'",
                        "bytea_output = 'escape'",
                        "extra_float_digits = -15",
                        "lc_monetary = 'POSIX'",
                        "quote_all_identifiers = on",
                        "search_path = \"Far\", public")) {
                    statement.execute("SET " + setting);
                }
                statement.execute("INSERT INTO item VALUES (1, '2024-02-03 04:05:06.789+05', '1 year 2 days 04:05:06',"
                        + " '\\xdead', 0.1, 1234.5, '\"Far\".\"it em\"')");
            }
        });
    }

    @Test
    void identity_isTheTransactionIdAndIndex() throws Exception {
        table("item", "id int PRIMARY KEY, note text");
        List<Event> events = compare("INSERT INTO item VALUES (1, 'a'), (2, NULL)");
        JsonNode transaction = JSON.readTree(events.get(1).toJson()).get("transaction");
        assertThat(transaction.get("commit_lsn").isNull()).isTrue();
        assertThat(transaction.get("end_lsn").isNull()).isTrue();
        assertThat(transaction.get("index").asLong()).isEqualTo(1);
        long xid = transaction.get("xid").asLong();
        assertThat(events.get(1).id().position())
                .isEqualTo(new TransactionId(xid))
                .isEqualTo(Typed.transaction(events.get(1)).position());
        assertThat(xid).isEqualTo(Typed.transaction(events.get(1)).xid());
        assertThat(Typed.transaction(events.get(1)).commitLsn()).isNull();
        assertThat(Typed.transaction(events.get(1)).endLsn()).isNull();
        assertThat(events.get(0).id()).isLessThan(events.get(1).id());
    }

    @Test
    void values_ofEveryType() throws Exception {
        database.sql(ValueCases.TYPES);
        List<ValueCases.Case> cases = ValueCases.of(version);
        database.sql(ValueCases.createTable(cases), "ALTER TABLE everything REPLICA IDENTITY FULL");
        tables.add("everything");
        List<Event> events =
                compare(ValueCases.insert(cases), "INSERT INTO everything (id) VALUES (2)", "DELETE FROM everything");
        assertThat(events).hasSizeGreaterThan(3);
    }

    @Test
    void texts_withEveryCharacterThatARowQuotes() throws Exception {
        table("item", "id int PRIMARY KEY, a text, b text[], c bytea");
        compare(
                "INSERT INTO item VALUES (1, '', '{}', ''), (2, '()', '{\"a,b\",NULL,\"\\\"\"}', '\\x2822'), (3, 'a\"b\\c, d''e', NULL, NULL)",
                "INSERT INTO item VALUES (4, E'\\t\\n\\r\\f\\v ', '{\"\"}', NULL), (5, 'NULL', NULL, NULL), (6, 'ä€😀', NULL, NULL), (7, '\"\"', NULL, NULL), (8, '\\\\', NULL, NULL), (9, ' a ', NULL, NULL)",
                "UPDATE item SET a = a || '\"'",
                "DELETE FROM item");
    }

    @Test
    void keys_changedCompositeAndMissing() throws Exception {
        table("pair", "note text, b int, a int, PRIMARY KEY (a, b)");
        table("keyless", "a int, b text");
        table("\"Weird, \"\"name\"", "\"Id\" int PRIMARY KEY, \"order\" text, \"a.b\" text");
        compare(
                "INSERT INTO pair VALUES ('x', 1, 2)",
                "UPDATE pair SET a = 3",
                "UPDATE pair SET note = note",
                "INSERT INTO keyless VALUES (1, 'x'), (1, 'x')",
                "UPDATE keyless SET b = NULL",
                "DELETE FROM keyless",
                "INSERT INTO \"Weird, \"\"name\" VALUES (1, 'o', 'p')",
                "UPDATE \"Weird, \"\"name\" SET \"Id\" = 2");
    }

    @Test
    void statements_asTheyHappened() throws Exception {
        table("item", "id int PRIMARY KEY, note text, n int");
        database.sql(
                "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS"
                        + " 'BEGIN NEW.n := coalesce(NEW.n, 0) + 1; RETURN NEW; END'",
                "CREATE TRIGGER touch BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION touch()");
        List<Event> events = compare(() -> {
            database.inTransaction(
                    "INSERT INTO item VALUES (1, 'a')",
                    "UPDATE item SET note = 'b'",
                    "UPDATE item SET note = 'b'",
                    "SAVEPOINT s",
                    "DELETE FROM item",
                    "ROLLBACK TO s",
                    "INSERT INTO item VALUES (2)",
                    "DELETE FROM item WHERE id = 1",
                    "INSERT INTO item VALUES (1, 'again')");
            database.inTransaction("INSERT INTO item VALUES (9)", "ROLLBACK");
            database.sql(
                    "INSERT INTO item VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET note = excluded.note",
                    "TRUNCATE item");
        });
        assertThat(lines(events))
                .containsExactly("item+1", "item~1", "item~1", "item+2", "item-1", "item+1", "item~1", "item!");
    }

    @Test
    void cascades_afterWhatCausedThem() throws Exception {
        table("parent", "id int PRIMARY KEY");
        table("child", "id int PRIMARY KEY, parent int REFERENCES parent ON DELETE CASCADE ON UPDATE CASCADE");
        table("audit", "id serial PRIMARY KEY, what text");
        database.sql(
                "CREATE FUNCTION note_it() RETURNS trigger LANGUAGE plpgsql AS"
                        + " 'BEGIN INSERT INTO audit (what) VALUES (TG_OP); RETURN NULL; END'",
                "CREATE TRIGGER \"A first\" AFTER DELETE ON parent FOR EACH ROW EXECUTE FUNCTION note_it()");
        List<Event> events = compare(
                "INSERT INTO parent VALUES (1)",
                "INSERT INTO child VALUES (1, 1), (2, 1)",
                "UPDATE parent SET id = 5",
                "DELETE FROM parent");
        assertThat(lines(events).subList(3, lines(events).size()))
                .containsExactly("parent~5", "child~1", "child~2", "parent-5", "audit+1", "child-1", "child-2");
    }

    @Test
    void partitions_underTheRootsName() throws Exception {
        table("tree", "id int PRIMARY KEY, note text, n int) PARTITION BY RANGE (id");
        database.sql(
                "CREATE TABLE low PARTITION OF tree FOR VALUES FROM (0) TO (10)",
                "CREATE TABLE high (n int, gone int, note text, id int NOT NULL)",
                "ALTER TABLE high DROP gone",
                "ALTER TABLE tree ATTACH PARTITION high FOR VALUES FROM (10) TO (20) ",
                "ALTER TABLE low REPLICA IDENTITY FULL",
                "ALTER TABLE high REPLICA IDENTITY FULL");
        List<Event> events = compare(
                "INSERT INTO tree VALUES (1, 'low', 7), (11, 'high', 8)",
                "INSERT INTO high VALUES (9, 'direct', 12)",
                "UPDATE tree SET note = 'x' WHERE id > 10",
                "UPDATE tree SET id = id + 14 WHERE id = 1",
                "CREATE TABLE more PARTITION OF tree FOR VALUES FROM (20) TO (30)",
                "ALTER TABLE more REPLICA IDENTITY FULL",
                "INSERT INTO tree VALUES (21, 'more', 1)",
                // PostgreSQL does not send the truncate of one partition under the root's name, either
                "TRUNCATE more",
                "DELETE FROM tree WHERE id < 12",
                "TRUNCATE tree");
        assertThat(events.stream().map(event -> event.source().table()).collect(Collectors.toSet()))
                .containsExactly("tree");
    }

    @Test
    void definitions_asOfEachChange() throws Exception {
        table("item", "id int PRIMARY KEY, a text, b int");
        List<Event> events = compare(() -> {
            database.sql("INSERT INTO item VALUES (1, 'a', 1)");
            database.inTransaction(
                    "INSERT INTO item VALUES (2, 'a', 1)",
                    "ALTER TABLE item ADD c numeric(9,2) DEFAULT 1.5",
                    "UPDATE item SET c = 2",
                    "ALTER TABLE item RENAME b TO d",
                    "UPDATE item SET d = 2",
                    "ALTER TABLE item DROP a",
                    "UPDATE item SET d = 3",
                    "ALTER TABLE item ALTER d TYPE text",
                    "UPDATE item SET d = 4");
            database.sql(
                    "ALTER TABLE item RENAME TO thing", "UPDATE thing SET d = 5", "ALTER TABLE thing RENAME TO item");
            database.sql("INSERT INTO item VALUES (3)");
        });
        assertThat(events.stream().filter(event -> event.kind() == Kind.SCHEMA)).hasSizeGreaterThan(3);
    }

    @Test
    void largeValues_changedAndUnchanged() throws Exception {
        table("doc", "id int PRIMARY KEY, body text, n int");
        database.sql("ALTER TABLE doc ALTER body SET STORAGE EXTERNAL");
        List<Event> events = compare(
                "INSERT INTO doc VALUES (1, repeat('x\"', 500000), 1)",
                "UPDATE doc SET n = 2",
                "UPDATE doc SET body = body || 'y'",
                "DELETE FROM doc");
        assertThat(Typed.row(events.get(1)).unavailable()).isEmpty();
    }
}
