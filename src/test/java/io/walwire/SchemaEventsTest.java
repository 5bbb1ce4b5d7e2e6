package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.event.Column;
import io.walwire.event.Event;
import io.walwire.event.EventId;
import io.walwire.event.Kind;
import io.walwire.event.ReplicaIdentity;
import io.walwire.event.SchemaEvent;
import io.walwire.event.TableSchema;
import io.walwire.event.Transaction;
import io.walwire.handler.Filter;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Events that say that a table is not what it was. */
@ParameterizedClass
@ValueSource(ints = {14, 15, 16, 17, 18})
class SchemaEventsTest {
    @Parameter
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    private final Trail trail = new Trail();

    @BeforeEach
    void table() throws SQLException {
        Instances.prepare(database, "CREATE TABLE item (id int PRIMARY KEY, name varchar(10), code int NOT NULL)");
    }

    private static List<@Nullable TableSchema> definitions(Event event) {
        return event instanceof SchemaEvent schema ? Arrays.asList(schema.before(), schema.after()) : List.of();
    }

    private static TableSchema before(Event event) {
        return Objects.requireNonNull(Typed.schema(event).before());
    }

    private static List<String> columns(TableSchema schema) {
        return schema.columns().stream()
                .map(column -> column.name() + " " + column.type())
                .toList();
    }

    /** The second transaction after a first one of a single insert. */
    private List<Event> after(String... statements) throws Exception {
        try (Captured captured = Captured.start(database, "events")) {
            database.sql("INSERT INTO item VALUES (1, 'a', 1)");
            assertThat(captured.next()).extracting(Event::kind).containsExactly(Kind.INSERT);
            database.inTransaction(statements);
            return captured.next();
        }
    }

    private void assertNoneAfter(String... statements) throws Exception {
        try (Captured captured = Captured.start(database, "events")) {
            database.sql("INSERT INTO item VALUES (1, 'a', 1)");
            assertThat(captured.next()).hasSize(1);
            database.sql(statements);
            database.sql("INSERT INTO item VALUES (2, 'b', 2)");
            assertThat(captured.next()).extracting(Event::kind).containsExactly(Kind.INSERT);
        }
    }

    @Test
    void columns_addedDroppedRenamedRetyped() throws Exception {
        List<Event> events = after(
                "ALTER TABLE item ADD COLUMN extra text[]",
                "ALTER TABLE item DROP COLUMN code",
                "ALTER TABLE item RENAME COLUMN name TO label",
                "ALTER TABLE item ALTER COLUMN id TYPE bigint",
                "INSERT INTO item VALUES (2, 'b', '{x}')");
        assertThat(events).extracting(Event::kind).containsExactly(Kind.SCHEMA, Kind.INSERT);
        Event event = events.get(0);
        assertThat(columns(before(event))).containsExactly("id int4", "name varchar", "code int4");
        assertThat(columns(Typed.schema(event).after())).containsExactly("id int8", "label varchar", "extra text[]");
        assertThat(event.source().table()).isEqualTo("item");
        assertThat(event.source()).isEqualTo(events.get(1).source());
        assertThat(event.toString()).startsWith("schema public.item ");
        assertThat(event.detach().toJson()).isEqualTo(event.toJson());
        assertThat(events.get(1)).isNotInstanceOf(SchemaEvent.class);
    }

    @Test
    void inItsPlace_takesNoIndex() throws Exception {
        List<Event> events = after(
                "INSERT INTO item VALUES (2, 'b', 2)",
                "ALTER TABLE item ADD COLUMN extra text",
                "INSERT INTO item VALUES (3, 'c', 3)",
                "ALTER TABLE item DROP COLUMN extra",
                "TRUNCATE item");
        assertThat(events)
                .extracting(Event::kind)
                .containsExactly(Kind.INSERT, Kind.SCHEMA, Kind.INSERT, Kind.SCHEMA, Kind.TRUNCATE);
        assertThat(events).extracting(event -> event.id().index()).containsExactly(0L, -2L, 1L, -3L, 2L);
        assertThat(events).extracting(event -> event.id().index()).containsExactly(0L, -2L, 1L, -3L, 2L);
        assertThat(events).extracting(Event::id).isSorted().doesNotHaveDuplicates();
        assertThat(events.get(1).toJson())
                .contains(
                        "\"schema\":{\"before\":{\"id\":\"int4\",\"name\":\"varchar\",\"code\":\"int4\"},"
                                + "\"after\":{\"id\":\"int4\",\"name\":\"varchar\",\"code\":\"int4\",\"extra\":\"text\"}}",
                        "\"index\":null}");
    }

    @Test
    void severalSteps_withoutAChangeBetween_areOneEvent() throws Exception {
        List<Event> events = after(
                "ALTER TABLE item ADD COLUMN passing text",
                "ALTER TABLE item RENAME COLUMN passing TO stays",
                "INSERT INTO item VALUES (2, 'b', 2)");
        assertThat(events).extracting(Event::kind).containsExactly(Kind.SCHEMA, Kind.INSERT);
        assertThat(columns(Typed.schema(events.get(0)).after()))
                .containsExactly("id int4", "name varchar", "code int4", "stays text");
    }

    @Test
    void typeModifier_changed() throws Exception {
        Event event = after(
                        "ALTER TABLE item ALTER COLUMN name TYPE varchar(20)", "INSERT INTO item VALUES (2, 'b', 2)")
                .get(0);
        assertThat(before(event).columns().get(1)).isEqualTo(new Column("name", "varchar", 1043, 14, false));
        assertThat(Typed.schema(event).after().columns().get(1))
                .isEqualTo(new Column("name", "varchar", 1043, 24, false));
    }

    @Test
    void replicaIdentity_switched() throws Exception {
        List<Event> events = after(
                "ALTER TABLE item REPLICA IDENTITY FULL",
                "UPDATE item SET name = 'b'",
                "CREATE UNIQUE INDEX item_code ON item (code)",
                "ALTER TABLE item REPLICA IDENTITY USING INDEX item_code",
                "UPDATE item SET name = 'c'");
        assertThat(events).extracting(Event::kind).containsExactly(Kind.SCHEMA, Kind.UPDATE, Kind.SCHEMA, Kind.UPDATE);
        assertThat(before(events.get(0)).replicaIdentity()).isEqualTo(ReplicaIdentity.DEFAULT);
        assertThat(Typed.schema(events.get(0)).after().replicaIdentity()).isEqualTo(ReplicaIdentity.FULL);
        assertThat(Typed.schema(events.get(2)).after().replicaIdentity()).isEqualTo(ReplicaIdentity.INDEX);
    }

    @Test
    void table_renamedAndMoved() throws Exception {
        List<Event> events = after(
                "CREATE SCHEMA other",
                "ALTER TABLE item RENAME TO thing",
                "INSERT INTO thing VALUES (2, 'b', 2)",
                "ALTER TABLE thing SET SCHEMA other",
                "DELETE FROM other.thing WHERE id = 1");
        assertThat(events).extracting(Event::kind).containsExactly(Kind.SCHEMA, Kind.INSERT, Kind.SCHEMA, Kind.DELETE);
        assertThat(before(events.get(0)).name()).isEqualTo("item");
        assertThat(events.get(0).source().table()).isEqualTo("thing");
        assertThat(before(events.get(2)).schema()).isEqualTo("public");
        assertThat(Typed.schema(events.get(2)).after().schema()).isEqualTo("other");
        assertThat(Typed.schema(events.get(2)).after().oid())
                .isEqualTo(before(events.get(0)).oid());
    }

    @Test
    void table_droppedAndCreatedAnew_evenIfAlike() throws Exception {
        List<Event> events = after(
                "DROP TABLE item",
                "CREATE TABLE item (id int PRIMARY KEY, name varchar(10), code int NOT NULL)",
                "INSERT INTO item VALUES (1, 'a', 1)");
        assertThat(events).extracting(Event::kind).containsExactly(Kind.SCHEMA, Kind.INSERT);
        assertThat(before(events.get(0)).columns())
                .isEqualTo(Typed.schema(events.get(0)).after().columns());
        assertThat(before(events.get(0)).oid())
                .isNotEqualTo(Typed.schema(events.get(0)).after().oid());
    }

    /** PostgreSQL describes the table anew after each of these. */
    @Test
    void whatDoesNotMatterToUsers_isNoEvent() throws Exception {
        assertNoneAfter(
                "ANALYZE item",
                "CREATE INDEX item_name ON item (name)",
                "ALTER TABLE item ADD CHECK (code > 0), ALTER name SET DEFAULT 'x', ALTER name SET STORAGE EXTERNAL",
                "GRANT SELECT ON item TO PUBLIC",
                "COMMENT ON TABLE item IS 'things'");
    }

    @Test
    void rewrittenTable_isNoEvent() throws Exception {
        assertNoneAfter("VACUUM FULL item", "CLUSTER item USING item_pkey", "REINDEX TABLE item", "VACUUM item");
    }

    @Test
    void firstSight_isNoEvent_whateverWasDoneBefore() throws Exception {
        try (Captured captured = Captured.start(database, "events")) {
            database.inTransaction("ALTER TABLE item ADD COLUMN extra text", "INSERT INTO item VALUES (1, 'a', 1)");
            assertThat(captured.next()).extracting(Event::kind).containsExactly(Kind.INSERT);
        }
    }

    @Test
    void connectionLostMeanwhile_isReportedAllTheSame() throws Exception {
        Recorder<Event> events = new Recorder<>();
        try (Walwire walwire = Instances.durable(database)
                .handler(on -> on.onTransaction(tx -> events.addAll(tx.events())))
                .start()) {
            database.sql("INSERT INTO item VALUES (1, 'a', 1)");
            events.await(1);
            database.terminateWalsenders();
            database.sql("ALTER TABLE item DROP COLUMN code", "INSERT INTO item VALUES (2, 'b')");
            assertThat(events.await(3)).extracting(Event::kind).containsExactly(Kind.INSERT, Kind.SCHEMA, Kind.INSERT);
            database.terminateWalsenders();
            Eventually.until(Items.LONG, () -> walwire.status().reconnects() == 2);
            database.sql("INSERT INTO item VALUES (3, 'c')");
            assertThat(events.await(4)).hasSize(4);
        }
    }

    @Test
    void redelivered_sameIds() throws Exception {
        Recorder<List<EventId>> attempts = new Recorder<>();
        database.createSlot(Instances.slot(database));
        database.inTransaction(
                "INSERT INTO item VALUES (1, 'a', 1)",
                "ALTER TABLE item DROP COLUMN code",
                "INSERT INTO item VALUES (2, 'b')");
        for (int i = 0; i < 2; i++) {
            // which may be so fast that starting throws it
            assertThatThrownBy(() -> {
                        try (Walwire walwire = refusing(attempts)) {
                            walwire.awaitTermination();
                        }
                    })
                    .hasMessageContaining("not this time");
        }
        assertThat(attempts.all()).hasSize(2);
        assertThat(attempts.all().get(0)).hasSize(3).isEqualTo(attempts.all().get(1));
    }

    private Walwire refusing(Recorder<List<EventId>> attempts) {
        return Instances.durable(database)
                .interceptor((transaction, next) -> {
                    attempts.add(transaction.events().stream().map(Event::id).toList());
                    throw new IllegalStateException("not this time");
                })
                .start();
    }

    private record Item(int id, String name) {}

    @Test
    void handlers_runsAndSingles_pastFilters_endingRuns() throws Exception {
        try (Walwire walwire = Instances.temporary(database)
                .handler(on -> {
                    on.table("item", Item.class)
                            .onInserts(trail.runs("insert"))
                            .filter(Filter.kind(Kind.UPDATE))
                            .onSchema(trail.events("schema"))
                            .onSchema(event -> trail.add("from " + columns(before(event))));
                    on.table("item").onChanges(trail.runs("any")).onChange(trail.events("each"));
                    on.table("item").parallel(trail.events("function"));
                    on.allTables().onSchema(trail.events("all"));
                    on.onTransaction(
                            tx -> trail.add("transaction of " + tx.events().size()));
                })
                .handler(trail.marker())
                .start()) {
            database.inTransaction(
                    "INSERT INTO item VALUES (1, 'a', 1)",
                    "ALTER TABLE item DROP COLUMN code",
                    "INSERT INTO item VALUES (2, 'b')");
            List<String> calls = trail.upToMark(database);
            assertThat(calls.stream().filter(call -> !call.startsWith("function")))
                    .startsWith(
                            "insert: item+1",
                            "any: item+1 item+2",
                            "each: item+1",
                            "each: item+2",
                            "schema: item^",
                            "from [id int4, name varchar, code int4]",
                            "all: item^",
                            "insert: item+2",
                            "transaction of 3");
            assertThat(calls.stream().filter(call -> call.startsWith("function")))
                    .as("functions get row events alone")
                    .containsExactlyInAnyOrder("function: item+1", "function: item+2");
            assertThat(walwire.status().lastError()).isNull();
        }
    }

    @Test
    void table_renamed_handlersOfBothNamesHear() throws Exception {
        try (Walwire walwire = Instances.temporary(database)
                .handler(on -> {
                    on.table("item").onSchema(trail.events("item")).onInserts(trail.runs("insert into item"));
                    on.allTables().onSchema(trail.events("all"));
                })
                .handler(trail.marker())
                .start()) {
            database.inTransaction(
                    "INSERT INTO item VALUES (1, 'a', 1)",
                    "ALTER TABLE item RENAME TO thing",
                    "INSERT INTO thing VALUES (2, 'b', 2)",
                    "ALTER TABLE thing DROP COLUMN code",
                    "INSERT INTO thing VALUES (3, 'c')");
            assertThat(trail.upToMark(database))
                    .containsExactly("insert into item: item+1", "item: thing^", "all: thing^", "all: thing^");
            assertThat(walwire.status().lastError()).isNull();
        }
    }

    @Test
    void table_renamedOutOfTheSubscriptionsAndBack_isReported() throws Exception {
        Recorder<Transaction> transactions = new Recorder<>();
        try (Walwire walwire = Instances.temporary(database)
                .subscriptions("item", "mark")
                .handler(on -> on.onTransaction(transactions::add))
                .handler(on -> on.table("item").onSchema(trail.events("item")))
                .start()) {
            database.inTransaction(
                    "INSERT INTO item VALUES (1, 'a', 1)",
                    "ALTER TABLE item RENAME TO thing",
                    "INSERT INTO thing VALUES (2, 'b', 2)",
                    "INSERT INTO thing VALUES (3, 'c', 3)");
            database.inTransaction("TRUNCATE thing", "INSERT INTO mark DEFAULT VALUES");
            database.inTransaction("ALTER TABLE thing RENAME TO item", "INSERT INTO item VALUES (4, 'd', 4)");
            List<Transaction> all = transactions.await(3);
            assertThat(all.stream()
                            .map(tx -> tx.events().stream().map(Trail::line).toList()))
                    .containsExactly(List.of("item+1", "thing^"), List.of("mark+1"), List.of("item^", "item+4"));
            assertThat(all.get(0).events().get(1).id().index()).isEqualTo(-2);
            assertThat(trail.await(2)).containsExactly("item: thing^", "item: item^");
            assertThat(walwire.status().lastError()).isNull();
        }
    }

    @Test
    void unsubscribedTable_isNotReported() throws Exception {
        Recorder<Transaction> transactions = new Recorder<>();
        try (Walwire walwire = Instances.temporary(database)
                .subscriptions("mark")
                .handler(on -> on.onTransaction(transactions::add))
                .start()) {
            database.inTransaction(
                    "INSERT INTO item VALUES (1, 'a', 1)",
                    "ALTER TABLE item DROP COLUMN code",
                    "INSERT INTO item VALUES (2, 'b')",
                    "INSERT INTO mark DEFAULT VALUES");
            assertThat(transactions.await(1).get(0).events()).singleElement().satisfies(event -> {
                assertThat(event.source().table()).isEqualTo("mark");
                assertThat(event.id().index()).isEqualTo(2);
            });
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }

    @Test
    void restored_isEqual() throws Exception {
        Recorder<Transaction> transactions = new Recorder<>();
        try (Walwire walwire = Instances.temporary(database)
                .interceptor((transaction, next) -> transactions.add(transaction))
                .handler(on -> on.table("item").onSchema(trail.events("schema")))
                .start()) {
            database.inTransaction(
                    "INSERT INTO item VALUES (1, 'a', 1)",
                    "ALTER TABLE item RENAME TO thing",
                    "INSERT INTO thing VALUES (2, 'b', 2)",
                    "DROP TABLE thing",
                    "CREATE TABLE item (other uuid)",
                    "INSERT INTO item VALUES (NULL)");
            Transaction original = transactions.await(1).get(0);
            Transaction restored = Walwire.restore(original.toBytes());
            assertThat(restored.events())
                    .hasSize(4)
                    .extracting(Event::toJson)
                    .isEqualTo(original.events().stream().map(Event::toJson).toList());
            assertThat(restored.events())
                    .extracting(SchemaEventsTest::definitions)
                    .isEqualTo(original.events().stream()
                            .map(SchemaEventsTest::definitions)
                            .toList());
            walwire.process(restored);
            assertThat(trail.await(1)).containsExactly("schema: thing^");
        }
    }
}
