package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ValueException;
import io.walwire.event.Changes;
import io.walwire.event.ColumnState;
import io.walwire.event.Event;
import io.walwire.event.Row;
import io.walwire.event.Transaction;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is known of keys and old rows, by replica identity. */
@ParameterizedClass
@ValueSource(ints = {14, 15, 16, 17, 18})
class ReplicaIdentityTest {
    @Parameter
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    private boolean oldRecord;

    @BeforeEach
    void publication() throws SQLException {
        Instances.prepare(database);
    }

    private List<Event> events(String... statements) throws Exception {
        Recorder<Transaction> transactions = new Recorder<>();
        try (Walwire walwire = Instances.temporary(database)
                .oldRecord(oldRecord)
                .handler(on -> on.onTransaction(transactions::add))
                .start()) {
            database.inTransaction(statements);
            return transactions.await(1).get(0).events();
        }
    }

    private void table(String columns, String... identity) throws SQLException {
        database.sql("CREATE TABLE item (" + columns + ")");
        for (String clause : identity) {
            database.sql(clause);
        }
    }

    private static @Nullable Map<String, @Nullable Object> map(@Nullable Row row) {
        return row == null ? null : row.toMap();
    }

    private static Changes changes(Event event) {
        return Objects.requireNonNull(Typed.row(event).changes());
    }

    @Test
    void default_keyIsThePrimaryKey_oldRowIsKnownByItsKey() throws Exception {
        table("name text, id int PRIMARY KEY");
        List<Event> events =
                events("INSERT INTO item VALUES ('a', 1)", "UPDATE item SET name = 'b'", "DELETE FROM item");
        Event insert = events.get(0);
        assertThat(map(Typed.row(insert).key())).isEqualTo(Map.of("id", 1));
        assertThat(map(Typed.row(insert).afterRow())).isEqualTo(Map.of("name", "a", "id", 1));
        assertThat(Typed.row(insert).beforeRow()).isNull();
        assertThat(Typed.row(insert).changes()).isNull();
        Event update = events.get(1);
        assertThat(map(Typed.row(update).key())).isEqualTo(Map.of("id", 1));
        assertThat(map(Typed.row(update).afterRow())).isEqualTo(Map.of("name", "b", "id", 1));
        assertThat(Typed.row(update).beforeRow()).isNull();
        assertThat(Typed.row(update).changes()).isNull();
        assertThat(update.toJson()).contains("\"changes\":null");
        Event delete = events.get(2);
        assertThat(map(Typed.row(delete).key())).isEqualTo(Map.of("id", 1));
        assertThat(Typed.row(delete).afterRow()).isNull();
        assertThat(map(Typed.row(delete).beforeRow())).isEqualTo(Map.of("id", 1));
        assertThat(delete.toJson()).contains("\"new_record\":null,\"old_record\":{\"id\":1},\"changes\":null");
    }

    @Test
    void default_notSent_isNeverNull() throws Exception {
        table("id int PRIMARY KEY, name text");
        Row old = Objects.requireNonNull(Typed.row(events("INSERT INTO item VALUES (1, NULL)", "DELETE FROM item")
                        .get(1))
                .beforeRow());
        assertThat(old.state("name")).isEqualTo(ColumnState.NOT_SENT);
        assertThat(old.isKnown("name")).isFalse();
        assertThat(old.columns()).hasSize(2);
        assertThatThrownBy(() -> old.get("name"))
                .isInstanceOfSatisfying(
                        ValueException.class, e -> assertThat(e.reason()).isEqualTo(ValueException.Reason.NOT_SENT))
                .hasMessageContainingAll("public.item.name", "ALTER TABLE", "REPLICA IDENTITY FULL");
        assertThatThrownBy(() -> old.text("no_such"))
                .isInstanceOfSatisfying(ValueException.class, e -> assertThat(e.reason())
                        .isEqualTo(ValueException.Reason.UNKNOWN_COLUMN))
                .hasMessageContainingAll("no_such", "id, name");
    }

    @Test
    void default_keyChange_oldKeyIsInChanges() throws Exception {
        table("id int PRIMARY KEY, name text");
        oldRecord = true;
        Event update = events("INSERT INTO item VALUES (1, 'a')", "UPDATE item SET id = 2, name = 'b'")
                .get(1);
        assertThat(map(Typed.row(update).key())).isEqualTo(Map.of("id", 2));
        assertThat(changes(update).complete()).isFalse();
        assertThat(changes(update).list()).singleElement().satisfies(change -> {
            assertThat(change.column()).isEqualTo("id");
            assertThat(change.oldValue()).isEqualTo(1);
            assertThat(change.newValue()).isEqualTo(2);
        });
        assertThat(Typed.row(update).changed("id")).isTrue();
        assertThat(Typed.row(update).changed("name")).isFalse();
        assertThat(map(Typed.row(update).beforeRow())).isEqualTo(Map.of("id", 1));
        assertThat(update.toJson())
                .contains(
                        "\"key\":{\"id\":2}",
                        "\"old_record\":{\"id\":1}",
                        "\"changes\":{\"id\":{\"old_value\":1,\"new_value\":2}}");
    }

    @Test
    void default_compositeKey_onlyTheColumnsThatDifferAreListed() throws Exception {
        table("b int, name text, a int, PRIMARY KEY (a, b)");
        List<Event> events = events("INSERT INTO item VALUES (1, 'n', 2)", "UPDATE item SET a = 3", "DELETE FROM item");
        assertThat(map(Typed.row(events.get(0)).key())).isEqualTo(Map.of("a", 2, "b", 1));
        assertThat(events.get(0).toJson()).contains("\"key\":{\"b\":1,\"a\":2}");
        assertThat(changes(events.get(1)).list()).singleElement().satisfies(change -> {
            assertThat(change.column()).isEqualTo("a");
            assertThat(change.oldValue()).isEqualTo(2);
        });
        assertThat(map(Typed.row(events.get(1)).beforeRow())).isEqualTo(Map.of("a", 2, "b", 1));
        assertThat(map(Typed.row(events.get(2)).key())).isEqualTo(Map.of("a", 3, "b", 1));
        Row key = Objects.requireNonNull(Typed.row(events.get(2)).key());
        assertThat(key.columns()).extracting("name").containsExactly("b", "a");
        assertThat(key.isKnown("name")).isFalse();
        assertThatThrownBy(() -> key.get("name"))
                .isInstanceOf(ValueException.class)
                .hasMessageContaining("key of");
    }

    @Test
    void index_keyIsTheIndexsColumns() throws Exception {
        table(
                "id int PRIMARY KEY, code text NOT NULL, name text",
                "CREATE UNIQUE INDEX item_code ON item (code)",
                "ALTER TABLE item REPLICA IDENTITY USING INDEX item_code");
        List<Event> events = events(
                "INSERT INTO item VALUES (1, 'x', 'a')",
                "UPDATE item SET id = 2, name = 'b'",
                "UPDATE item SET code = 'y'",
                "DELETE FROM item");
        assertThat(map(Typed.row(events.get(0)).key())).isEqualTo(Map.of("code", "x"));
        assertThat(Typed.row(events.get(1)).changes()).isNull();
        assertThat(changes(events.get(2)).list()).singleElement().satisfies(change -> {
            assertThat(change.column()).isEqualTo("code");
            assertThat(change.oldValue()).isEqualTo("x");
            assertThat(change.newValue()).isEqualTo("y");
        });
        assertThat(map(Typed.row(events.get(3)).key())).isEqualTo(Map.of("code", "y"));
        assertThat(map(Typed.row(events.get(3)).beforeRow())).isEqualTo(Map.of("code", "y"));
    }

    @Test
    void full_wholeOldRowIsKnown_keyIsThePrimaryKey() throws Exception {
        table("id int PRIMARY KEY, name text, n int", "ALTER TABLE item REPLICA IDENTITY FULL");
        List<Event> events = events(
                "INSERT INTO item VALUES (1, 'a', NULL)",
                "UPDATE item SET n = 5",
                "UPDATE item SET n = 5",
                "UPDATE item SET n = NULL, id = 2",
                "DELETE FROM item");
        assertThat(map(Typed.row(events.get(0)).key())).isEqualTo(Map.of("id", 1));
        Event update = events.get(1);
        assertThat(changes(update).complete()).isTrue();
        assertThat(update.toJson())
                .contains("\"old_record\":null,\"changes\":{\"n\":{\"old_value\":null,\"new_value\":5}}");
        Event unchanged = events.get(2);
        assertThat(changes(unchanged).complete()).isTrue();
        assertThat(changes(unchanged).list()).isEmpty();
        assertThat(unchanged.toJson()).contains("\"changes\":{}");
        assertThat(changes(events.get(3)).list()).extracting("column").containsExactly("id", "n");
        assertThat(map(Typed.row(events.get(3)).key())).isEqualTo(Map.of("id", 2));
        assertThat(map(Typed.row(events.get(4)).key())).isEqualTo(Map.of("id", 2));
        assertThat(events.get(4).toJson()).contains("\"old_record\":{\"id\":2,\"name\":\"a\",\"n\":null}");
    }

    @Test
    void full_oldRecordShown_holdsTheWholeRow() throws Exception {
        table("id int PRIMARY KEY, name text", "ALTER TABLE item REPLICA IDENTITY FULL");
        oldRecord = true;
        List<Event> events = events("INSERT INTO item VALUES (1, 'a')", "UPDATE item SET name = NULL");
        assertThat(events.get(0).toJson()).contains("\"old_record\":null");
        assertThat(events.get(1).toJson()).contains("\"old_record\":{\"id\":1,\"name\":\"a\"}");
    }

    @Test
    void full_withoutPrimaryKey_keyIsNull() throws Exception {
        table("id int, name text", "ALTER TABLE item REPLICA IDENTITY FULL");
        for (Event event :
                events("INSERT INTO item VALUES (1, 'a')", "UPDATE item SET name = 'b'", "DELETE FROM item")) {
            assertThat(Typed.row(event).key()).isNull();
            assertThat(event.toJson()).contains("\"key\":null");
        }
    }

    @Test
    void nothing_insertIsSentWithItsPrimaryKey() throws Exception {
        table("id int PRIMARY KEY, name text", "ALTER TABLE item REPLICA IDENTITY NOTHING");
        Event insert = events("INSERT INTO item VALUES (1, 'a')").get(0);
        assertThat(map(Typed.row(insert).key())).isEqualTo(Map.of("id", 1));
        assertThat(Typed.row(insert).changes()).isNull();
        assertThatThrownBy(() -> database.sql("UPDATE item SET name = 'b'"))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("replica identity");
    }

    /** Which breaks the application and not the stream, and is warned of when an instance starts. */
    @Test
    void noKeyAtAll_updateAndDeleteAreRefusedByTheServer() throws Exception {
        table("id int, name text");
        database.sql("INSERT INTO item VALUES (1, 'a')");
        for (String refused : List.of("UPDATE item SET name = 'b'", "DELETE FROM item")) {
            assertThatThrownBy(() -> database.sql(refused))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("replica identity");
        }
        database.sql("ALTER TABLE item REPLICA IDENTITY FULL");
        assertThat(events("DELETE FROM item")).hasSize(1);
    }

    /** What is in the slot has the key of its time, which the catalog does not know any more. */
    @ParameterizedTest
    @ValueSource(strings = {"false", "true"})
    void keyWidenedWhileStopped_backlogHasTheKeyOfItsTime(String binary) throws Exception {
        table("id bigint PRIMARY KEY, name text");
        Recorder<Map<String, @Nullable Object>> keys = new Recorder<>();
        WalwireBuilder reader = Instances.durable(database)
                .set("walwire.binary", binary)
                .handler(on -> on.table("item")
                        .onChange(event -> keys.add(Map.copyOf(
                                Objects.requireNonNull(map(Typed.row(event).key()))))));
        reader.start().close();
        database.sql(
                "INSERT INTO item VALUES (7, 'old')",
                "DELETE FROM item",
                "ALTER TABLE item DROP CONSTRAINT item_pkey, ADD tenant bigint NOT NULL, ADD PRIMARY KEY (id, tenant)",
                "INSERT INTO item VALUES (8, 'new', 5)");
        try (Walwire walwire = reader.start()) {
            assertThat(keys.await(3))
                    .containsExactly(Map.of("id", 7L), Map.of("id", 7L), Map.of("id", 8L, "tenant", 5L));
            assertThat(walwire.status().reconnects()).isZero();
        }
    }

    @Test
    void noKeyAtAll_insertHasNone() throws Exception {
        table("id int, name text");
        assertThat(Typed.row(events("INSERT INTO item VALUES (1, 'a')").get(0)).key())
                .isNull();
    }
}
