package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.ChangeEvent;
import io.walwire.event.GapEvent;
import io.walwire.event.MessageEvent;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.event.SchemaEvent;
import io.walwire.event.TruncateEvent;
import io.walwire.handler.Handlers;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Each kind of event as its type, with rows as records too. */
class TypedEventsTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Recorder<String> seen = new Recorder<>();

    private record Id(int id) {}

    private record Item(int id, String name) {}

    @BeforeEach
    void table() throws Exception {
        Instances.prepare(database, "CREATE TABLE item (id int PRIMARY KEY, name text)");
    }

    private static String rows(RowEvent<?> event) {
        return event.kind().jsonName() + " " + event.before() + " to "
                + (event.afterRow() == null ? null : event.row());
    }

    private static String change(ChangeEvent<?> change) {
        return change instanceof RowEvent<?> row ? rows(row) : "truncate, key " + change.key();
    }

    private List<String> seen(int count, Consumer<Handlers> handler, String... statements) throws Exception {
        try (Walwire walwire =
                Instances.temporary(database).handler(handler::accept).start()) {
            database.inTransaction(statements);
            List<String> all = seen.await(count);
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            assertThat(walwire.status().lastError()).isNull();
            return all;
        }
    }

    @Test
    void before_asARecord_isThereWhereAllItsColumnsAreKnown() throws Exception {
        assertThat(seen(
                        6,
                        on -> {
                            on.table("item", Item.class).onChange(change -> seen.add(change(change)));
                            on.table("item", Id.class).onUpdate(event -> seen.add("id " + event.before()));
                        },
                        "INSERT INTO item VALUES (1, 'a')",
                        "UPDATE item SET name = 'b'",
                        "UPDATE item SET id = 2",
                        "DELETE FROM item"))
                .containsExactly(
                        "insert null to Item[id=1, name=a]",
                        "update null to Item[id=1, name=b]",
                        "update null to Item[id=2, name=b]",
                        "delete null to null",
                        "id null",
                        "id Id[id=1]");
    }

    @Test
    void before_underReplicaIdentityFull_isTheWholeRecord() throws Exception {
        database.sql("ALTER TABLE item REPLICA IDENTITY FULL");
        assertThat(seen(
                        1,
                        on -> on.table("item", Item.class)
                                .onChanges(changes -> seen.add(changes.stream()
                                        .map(TypedEventsTest::change)
                                        .collect(Collectors.joining(", ")))),
                        "INSERT INTO item VALUES (1, 'a')",
                        "UPDATE item SET name = 'b'",
                        "DELETE FROM item",
                        "TRUNCATE item"))
                .containsExactly("insert null to Item[id=1, name=a], update Item[id=1, name=a] to Item[id=1, name=b],"
                        + " delete Item[id=1, name=b] to null, truncate, key null");
    }

    @Test
    void before_asARow_isWhatTheReplicaIdentityCarries() throws Exception {
        assertThat(seen(
                        2,
                        on -> on.table("item")
                                .onUpdate(event -> seen.add(text(event.before()) + text(event.beforeRow()))),
                        "INSERT INTO item VALUES (1, 'a')",
                        "UPDATE item SET name = 'b'",
                        "UPDATE item SET id = 2"))
                .containsExactly("--", "1 1 ");
    }

    @Test
    void json_ofAnEventWithARecord_isThatOfTheEvent_alsoInAStream() throws Exception {
        List<String> both = seen(
                2,
                on -> {
                    on.table("item").onInsert(event -> seen.add(event.toJson()));
                    on.table("item", Item.class).onInsert(event -> {
                        ByteArrayOutputStream written = new ByteArrayOutputStream();
                        event.writeJson(written);
                        assertThat(event.toJson()).isEqualTo(written.toString(StandardCharsets.UTF_8));
                        seen.add(event.toJson());
                    });
                },
                "INSERT INTO item VALUES (1, 'größe \"x\"')");
        assertThat(both.get(1)).isEqualTo(both.get(0)).contains("\"name\":\"größe \\\"x\\\"\"");
    }

    private static String text(@Nullable Row row) {
        return row == null ? "-" : row.text("id") + " ";
    }

    @Test
    void truncateSchemaMessageAndGap_haveWhatBelongsToThem() throws Exception {
        assertThat(seen(
                        3,
                        on -> {
                            on.table("item", Item.class).onTruncate(event -> seen.add(truncate(event)));
                            on.table("item").onSchema(event -> seen.add(schema(event)));
                            on.onMessage("m", event -> seen.add(message(event)));
                            on.onGap(TypedEventsTest::none);
                        },
                        "INSERT INTO item VALUES (1, 'a')",
                        "SELECT pg_logical_emit_message(true, 'm', 'hello')",
                        "ALTER TABLE item ADD COLUMN more int",
                        "INSERT INTO item VALUES (2, 'b', 3)",
                        "TRUNCATE item RESTART IDENTITY"))
                .containsExactly("message hello true", "schema 2 to 3", "truncate false true null");
    }

    private static String truncate(TruncateEvent<Item> event) {
        return "truncate " + event.cascade() + " " + event.restartIdentity() + " " + event.key();
    }

    private static String schema(SchemaEvent event) {
        return "schema " + Objects.requireNonNull(event.before()).columns().size() + " to "
                + event.after().columns().size();
    }

    private static String message(MessageEvent event) {
        return "message " + event.message().text() + " " + (event.transaction() != null);
    }

    private static void none(GapEvent event) {
        throw new IllegalStateException(event.gap().reason());
    }
}
