package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Change;
import io.walwire.event.Changes;
import io.walwire.event.Event;
import io.walwire.event.Row;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.util.List;
import java.util.Objects;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables that change under the stream: each event is read by its table as of that change. */
@ParameterizedClass
@ValueSource(ints = {14, 15, 16, 17, 18})
class SchemaChangesTest {
    @Parameter
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    @BeforeEach
    void publishEverything() throws Exception {
        database.sql("CREATE PUBLICATION events FOR ALL TABLES");
    }

    private static List<Event> rows(List<Event> events) {
        return events.stream().filter(event -> event.kind().isRow()).toList();
    }

    private static List<String> newRows(List<Event> events) {
        return events.stream()
                .map(event ->
                        Objects.requireNonNull(Typed.row(event).afterRow()).toJson())
                .toList();
    }

    private static List<String> columns(List<Event> events) {
        return events.stream().map(event -> event.source().columns().toString()).toList();
    }

    /** Before PostgreSQL 16 the server does not describe the tables of a renamed schema again. */
    @Test
    void schema_renamed() throws Exception {
        database.sql("CREATE SCHEMA earlier", "CREATE TABLE earlier.t (id int PRIMARY KEY)");
        try (Captured captured = Captured.start(database, "events")) {
            database.sql("INSERT INTO earlier.t VALUES (1)");
            assertThat(captured.next().get(0).source().schema()).isEqualTo("earlier");
            database.sql("ALTER SCHEMA earlier RENAME TO later", "INSERT INTO later.t VALUES (2)");
            Event event = rows(captured.next()).get(0);
            assertThat(event.source().schema()).isEqualTo(version < 16 ? "earlier" : "later");
        }
        try (Captured anew = Captured.start(database, "events")) {
            database.sql("INSERT INTO later.t VALUES (3)");
            assertThat(anew.next().get(0).source().schema()).isEqualTo("later");
        }
    }

    @Test
    void columns_addedRetypedRenamedDroppedInOneTransaction() throws Exception {
        database.sql("CREATE TABLE t (id int PRIMARY KEY, a text)");
        try (Captured captured = Captured.start(database, "events")) {
            database.inTransaction(
                    "INSERT INTO t VALUES (1, '1')",
                    "ALTER TABLE t ADD COLUMN b int DEFAULT 7",
                    "INSERT INTO t VALUES (2, '2')",
                    "ALTER TABLE t ALTER COLUMN a TYPE int USING a::int",
                    "INSERT INTO t VALUES (3, 3)",
                    "ALTER TABLE t RENAME COLUMN a TO renamed",
                    "INSERT INTO t VALUES (4, 4)",
                    "ALTER TABLE t DROP COLUMN renamed",
                    "INSERT INTO t VALUES (5)",
                    "UPDATE t SET b = 8 WHERE id = 1");
            List<Event> events = rows(captured.next());
            assertThat(newRows(events))
                    .containsExactly(
                            "{\"id\":1,\"a\":\"1\"}",
                            "{\"id\":2,\"a\":\"2\",\"b\":7}",
                            "{\"id\":3,\"a\":3,\"b\":7}",
                            "{\"id\":4,\"renamed\":4,\"b\":7}",
                            "{\"id\":5,\"b\":7}",
                            "{\"id\":1,\"b\":8}");
            assertThat(columns(events))
                    .containsExactly(
                            "{id=int4, a=text}",
                            "{id=int4, a=text, b=int4}",
                            "{id=int4, a=int4, b=int4}",
                            "{id=int4, renamed=int4, b=int4}",
                            "{id=int4, b=int4}",
                            "{id=int4, b=int4}");
            assertThat(events).extracting(event -> event.id().index()).containsExactly(0L, 1L, 2L, 3L, 4L, 5L);
        }
    }

    @Test
    void column_droppedBeforeItsInsertIsRead() throws Exception {
        String slot = database.unique("slot");
        database.sql(
                "CREATE TYPE mood AS ENUM ('happy')",
                "CREATE DOMAIN amount AS numeric(10,2)",
                "CREATE TABLE t (id int PRIMARY KEY, m mood, a amount, n int)",
                "CREATE TABLE gone (id int PRIMARY KEY, a int[])");
        database.createSlot(slot);
        database.sql(
                "INSERT INTO t VALUES (1, 'happy', 1.5, 3)",
                "INSERT INTO gone VALUES (1, '{1,2}')",
                "ALTER TABLE t DROP COLUMN m, DROP COLUMN a, DROP COLUMN n",
                "DROP TABLE gone",
                "DROP TYPE mood",
                "DROP DOMAIN amount");
        Recorder<Event> events = new Recorder<>();
        try (Walwire walwire = Walwire.builder()
                .url(database.url())
                .publication("events")
                .slotName(slot)
                .handler(on -> on.onTransaction(tx -> events.addAll(tx.events())))
                .start()) {
            assertThat(walwire.status().state()).isNotNull();
            List<Event> both = events.await(2);
            // a type that the catalog no longer has is text
            assertThat(newRows(both))
                    .containsExactly("{\"id\":1,\"m\":\"happy\",\"a\":\"1.50\",\"n\":3}", "{\"id\":1,\"a\":[1,2]}");
            assertThat(both.get(0).source().columns()).containsEntry("m", "mood");
        }
    }

    @Test
    void table_renamedAndMoved() throws Exception {
        database.sql("CREATE SCHEMA other", "CREATE TABLE t (id int PRIMARY KEY)");
        try (Captured captured = Captured.start(database, "events")) {
            database.inTransaction(
                    "INSERT INTO t VALUES (1)",
                    "ALTER TABLE t RENAME TO \"odd \"\"name\"\".t\"",
                    "INSERT INTO \"odd \"\"name\"\".t\" VALUES (2)",
                    "ALTER TABLE \"odd \"\"name\"\".t\" SET SCHEMA other",
                    "INSERT INTO other.\"odd \"\"name\"\".t\" VALUES (3)");
            assertThat(rows(captured.next()))
                    .extracting(event -> event.source().qualifiedTable())
                    .containsExactly("public.t", "public.odd \"name\".t", "other.odd \"name\".t");
        }
    }

    @Test
    void table_droppedAndCreatedAnewWithTheSameName() throws Exception {
        database.sql("CREATE TABLE t (id int PRIMARY KEY, a int)");
        try (Captured captured = Captured.start(database, "events")) {
            database.inTransaction(
                    "INSERT INTO t VALUES (1, 2)",
                    "DROP TABLE t",
                    "CREATE TABLE t (code text PRIMARY KEY, since date)",
                    "INSERT INTO t VALUES ('x', '2024-02-29')");
            database.sql("UPDATE t SET code = 'y'");
            assertThat(newRows(rows(captured.next())))
                    .containsExactly("{\"id\":1,\"a\":2}", "{\"code\":\"x\",\"since\":\"2024-02-29\"}");
            Event update = rows(captured.next()).get(0);
            assertThat(Objects.requireNonNull(Typed.row(update).key()).toJson()).isEqualTo("{\"code\":\"y\"}");
        }
    }

    @Test
    void replicaIdentity_switchedInATransaction() throws Exception {
        database.sql(
                "CREATE TABLE t (id int PRIMARY KEY, code int NOT NULL, a text)",
                "CREATE UNIQUE INDEX t_code ON t (code)",
                "INSERT INTO t VALUES (1, 10, 'a')");
        try (Captured captured = Captured.withOldRecords(database, "events")) {
            database.inTransaction(
                    "UPDATE t SET a = 'b'",
                    "ALTER TABLE t REPLICA IDENTITY FULL",
                    "UPDATE t SET a = 'c'",
                    "ALTER TABLE t REPLICA IDENTITY USING INDEX t_code",
                    "UPDATE t SET code = 11",
                    "ALTER TABLE t REPLICA IDENTITY DEFAULT",
                    "UPDATE t SET id = 2");
            List<Event> events = rows(captured.next());
            assertThat(events)
                    .extracting(event -> json(Typed.row(event).key()) + " "
                            + json(Typed.row(event).beforeRow()) + " " + changed(event))
                    .containsExactly(
                            "{\"id\":1} none unknown",
                            "{\"id\":1} {\"id\":1,\"code\":10,\"a\":\"b\"} [a]",
                            "{\"code\":11} {\"code\":10} [code]",
                            "{\"id\":2} {\"id\":1} [id]");
        }
    }

    private static String json(@Nullable Row row) {
        return row == null ? "none" : row.toJson();
    }

    private static String changed(Event event) {
        Changes changes = Typed.row(event).changes();
        return changes == null
                ? "unknown"
                : changes.list().stream().map(Change::column).toList().toString();
    }

    @Test
    void column_addedWithADefault_isInOldRowsToo() throws Exception {
        database.sql("CREATE TABLE t (id int PRIMARY KEY, a text)", "INSERT INTO t VALUES (1, 'a')");
        try (Captured captured = Captured.start(database, "events")) {
            database.sql("ALTER TABLE t ADD COLUMN b int DEFAULT 7", "UPDATE t SET a = 'b'");
            assertThat(newRows(captured.next())).containsExactly("{\"id\":1,\"a\":\"b\",\"b\":7}");
        }
    }

    /** All of it read after it was done: by the labels and definitions of the time of each change. */
    @Test
    void types_alteredBetweenChanges() throws Exception {
        String slot = database.unique("slot");
        database.sql(
                "CREATE TYPE mood AS ENUM ('happy')",
                "CREATE DOMAIN amount AS numeric(10,2)",
                "CREATE TYPE pair AS (a int)",
                "CREATE TABLE t (id int PRIMARY KEY, m mood, a amount, p pair)");
        database.createSlot(slot);
        database.sql(
                "INSERT INTO t VALUES (1, 'happy', 1, '(1)')",
                "ALTER TYPE mood ADD VALUE 'sad'",
                "ALTER TYPE mood RENAME VALUE 'happy' TO 'glad'",
                "ALTER DOMAIN amount ADD CHECK (VALUE > 0)",
                "ALTER TYPE pair ADD ATTRIBUTE b text",
                "INSERT INTO t VALUES (2, 'glad', 2, '(2,x)')");
        Recorder<Event> events = new Recorder<>();
        try (Walwire walwire = Walwire.builder()
                .url(database.url())
                .publication("events")
                .slotName(slot)
                .handler(on -> on.onTransaction(tx -> events.addAll(tx.events())))
                .start()) {
            assertThat(newRows(rows(events.await(2))))
                    .containsExactly(
                            "{\"id\":1,\"m\":\"happy\",\"a\":1.00,\"p\":\"(1)\"}",
                            "{\"id\":2,\"m\":\"glad\",\"a\":2.00,\"p\":\"(2,x)\"}");
            assertThat(walwire.status().lastError()).isNull();
        }
    }

    /** The stream brings the new name with the next description of the table. */
    @Test
    void type_renamed_isSeenWithTheNextChangeOfTheTable() throws Exception {
        database.sql(
                "CREATE TYPE mood AS ENUM ('happy')",
                "CREATE TABLE t (id int PRIMARY KEY, m mood, all_of_them mood[])");
        try (Captured captured = Captured.start(database, "events")) {
            database.sql("INSERT INTO t VALUES (1, 'happy', '{happy}')");
            assertThat(columns(captured.next())).containsExactly("{id=int4, m=mood, all_of_them=mood[]}");
            database.sql(
                    "ALTER TYPE mood RENAME TO feeling",
                    "ALTER TABLE t ADD COLUMN a int",
                    "INSERT INTO t VALUES (2, 'happy', '{happy}')");
            assertThat(columns(rows(captured.next())))
                    .containsExactly("{id=int4, m=feeling, all_of_them=feeling[], a=int4}");
        }
    }

    @Test
    void table_withoutColumns() throws Exception {
        database.sql("CREATE TABLE t ()");
        try (Captured captured = Captured.start(database, "events")) {
            database.sql("INSERT INTO t DEFAULT VALUES");
            Event event = rows(captured.next()).get(0);
            assertThat(event.toJson()).contains("\"columns\":{}},\"key\":null,\"new_record\":{},");
        }
    }

    @Test
    void table_of1600Columns() throws Exception {
        database.sql(
                "CREATE TABLE t (" + numbered(1600, i -> "c" + i + " int") + ")",
                "ALTER TABLE t REPLICA IDENTITY FULL");
        try (Captured captured = Captured.start(database, "events")) {
            database.inTransaction(
                    "INSERT INTO t VALUES (" + numbered(1600, i -> i % 3 == 0 ? "NULL" : "" + i) + ")",
                    "UPDATE t SET c1599 = 0");
            List<Event> events = rows(captured.next());
            assertThat(newRows(events).get(0))
                    .isEqualTo("{" + numbered(1600, i -> "\"c" + i + "\":" + (i % 3 == 0 ? "null" : "" + i)) + "}");
            assertThat(changed(events.get(1))).isEqualTo("[c1599]");
        }
    }

    private static String numbered(int count, IntFunction<String> each) {
        return IntStream.range(0, count).mapToObj(each).collect(Collectors.joining(","));
    }

    @Test
    void enum_valueAddedBetweenChanges() throws Exception {
        database.sql("CREATE TYPE mood AS ENUM ('happy')", "CREATE TABLE t (id int PRIMARY KEY, m mood)");
        try (Captured captured = Captured.start(database, "events")) {
            database.sql(
                    "INSERT INTO t VALUES (1, 'happy')",
                    "ALTER TYPE mood ADD VALUE 'sad'",
                    "INSERT INTO t VALUES (2, 'sad')");
            assertThat(newRows(rows(captured.next()))).containsExactly("{\"id\":1,\"m\":\"happy\"}");
            assertThat(newRows(rows(captured.next()))).containsExactly("{\"id\":2,\"m\":\"sad\"}");
        }
    }

    @Test
    void type_madeWhileStreaming() throws Exception {
        try (Captured captured = Captured.start(database, "events")) {
            database.sql("CREATE TABLE t (id int PRIMARY KEY, a text[])", "INSERT INTO t VALUES (1, '{x}')");
            assertThat(newRows(rows(captured.next()))).containsExactly("{\"id\":1,\"a\":[\"x\"]}");
            database.inTransaction(
                    "CREATE DOMAIN amount AS numeric(10,2)",
                    "ALTER TABLE t ADD COLUMN m amount[] DEFAULT '{1.5}'",
                    "INSERT INTO t VALUES (2, '{y}')");
            List<Event> events = rows(captured.next());
            assertThat(newRows(events)).containsExactly("{\"id\":2,\"a\":[\"y\"],\"m\":[1.50]}");
            assertThat(events.get(0).source().columns()).containsEntry("m", "amount[]");
        }
    }
}
