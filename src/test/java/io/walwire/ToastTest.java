package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ValueException;
import io.walwire.event.ColumnState;
import io.walwire.event.Condition;
import io.walwire.event.Event;
import io.walwire.event.Row;
import io.walwire.event.Transaction;
import io.walwire.handler.Filter;
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

/** A value stored out of line that an update does not change is not sent. */
@ParameterizedClass
@ValueSource(ints = {14, 15, 16, 17, 18})
class ToastTest {
    private static final String BODY = "x".repeat(5_000);

    @Parameter
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    @BeforeEach
    void tables() throws SQLException {
        Instances.prepare(
                database,
                "CREATE TABLE doc (id int PRIMARY KEY, body text, title text)",
                "ALTER TABLE doc ALTER body SET STORAGE EXTERNAL",
                "INSERT INTO doc VALUES (1, repeat('x', 5000), 'a')");
    }

    private Event update(boolean oldRecord, String... statements) throws Exception {
        Recorder<Transaction> transactions = new Recorder<>();
        try (Walwire walwire = Instances.temporary(database)
                .oldRecord(oldRecord)
                .handler(on -> on.onTransaction(transactions::add))
                .start()) {
            database.inTransaction(statements);
            List<Event> events = transactions.await(1).get(0).events();
            return events.get(events.size() - 1);
        }
    }

    private static String title(Event event) {
        return Objects.requireNonNull(after(event).getString("title"));
    }

    private static Row after(Event event) {
        return Objects.requireNonNull(Typed.row(event).afterRow());
    }

    @Test
    void unchanged_underDefault_isUnavailableAndNeverNull() throws Exception {
        Event event = update(false, "UPDATE doc SET title = 'b'");
        assertThat(Typed.row(event).unavailable()).containsExactly("body");
        assertThat(after(event).state("body")).isEqualTo(ColumnState.UNCHANGED_TOAST);
        assertThat(after(event).isKnown("body")).isFalse();
        assertThat(after(event).toMap()).isEqualTo(Map.of("id", 1, "title", "b"));
        assertThat(event.toJson())
                .contains(
                        "\"new_record\":{\"id\":1,\"title\":\"b\"}",
                        "\"changes\":null",
                        "\"unavailable\":[\"body\"]",
                        "\"body\":\"text\"");
        assertThatThrownBy(() -> after(event).getString("body"))
                .isInstanceOfSatisfying(ValueException.class, e -> {
                    assertThat(e.reason()).isEqualTo(ValueException.Reason.NOT_SENT);
                    assertThat(e.column()).isEqualTo("body");
                    assertThat(e.type()).isEqualTo("text");
                    assertThat(e.text()).isNull();
                })
                .hasMessageContainingAll(
                        "public.doc.body", "TOAST", "ALTER TABLE \"public\".\"doc\" REPLICA IDENTITY FULL");
    }

    @Test
    void unchanged_underDefaultWithAKeyChange_isStillUnavailable() throws Exception {
        Event event = update(true, "UPDATE doc SET id = 2");
        assertThat(Typed.row(event).unavailable()).containsExactly("body");
        assertThat(event.toJson())
                .contains(
                        "\"new_record\":{\"id\":2,\"title\":\"a\"}",
                        "\"old_record\":{\"id\":1}",
                        "\"changes\":{\"id\":{\"old_value\":1,\"new_value\":2}}");
    }

    @Test
    void unchanged_underFull_isTakenFromTheOldRow_andIsNoChange() throws Exception {
        database.sql("ALTER TABLE doc REPLICA IDENTITY FULL");
        Event event = update(false, "UPDATE doc SET title = 'b'");
        assertThat(Typed.row(event).unavailable()).isEmpty();
        assertThat(after(event).getString("body")).isEqualTo(BODY);
        assertThat(after(event).get("body", String.class)).isEqualTo(BODY);
        assertThat(after(event).state("body")).isEqualTo(ColumnState.VALUE);
        assertThat(Objects.requireNonNull(Typed.row(event).changes()).complete())
                .isTrue();
        assertThat(Objects.requireNonNull(Typed.row(event).changes()).list())
                .extracting("column")
                .containsExactly("title");
        assertThat(event.toJson())
                .contains(
                        "\"new_record\":{\"id\":1,\"body\":\"" + BODY + "\",\"title\":\"b\"}",
                        "\"changes\":{\"title\":{\"old_value\":\"a\",\"new_value\":\"b\"}}",
                        "\"unavailable\":[]");
    }

    @Test
    void unchanged_underIndex_isUnavailable() throws Exception {
        database.sql(
                "ALTER TABLE doc ADD code int NOT NULL DEFAULT 7",
                "CREATE UNIQUE INDEX doc_code ON doc (code)",
                "ALTER TABLE doc REPLICA IDENTITY USING INDEX doc_code");
        Event event = update(true, "UPDATE doc SET title = 'b', code = 8");
        assertThat(Typed.row(event).unavailable()).containsExactly("body");
        assertThat(event.toJson())
                .contains(
                        "\"key\":{\"code\":8}",
                        "\"new_record\":{\"id\":1,\"title\":\"b\",\"code\":8}",
                        "\"old_record\":{\"code\":7}");
    }

    @Test
    void keyItself_unchanged_isTakenFromTheOldKey() throws Exception {
        database.sql(
                "CREATE TABLE big (id text PRIMARY KEY, n int)",
                "INSERT INTO big SELECT string_agg(md5(i::text), ''), 1 FROM generate_series(1, 80) i");
        String key = database.queryString("SELECT id FROM big");
        Event event = update(true, "UPDATE big SET n = 2");
        assertThat(Objects.requireNonNull(Typed.row(event).key()).toMap()).isEqualTo(Map.of("id", key));
        assertThat(after(event).toMap()).isEqualTo(Map.of("id", key, "n", 2));
        assertThat(Typed.row(event).unavailable()).isEmpty();
        assertThat(Typed.row(event).changes())
                .as("nothing is known but that the key is the same")
                .isNull();
        assertThat(event.toJson()).contains("\"old_record\":{\"id\":\"" + key + "\"}");
    }

    @Test
    void changedInPart_orReplacedByAShortValue_isSent() throws Exception {
        database.sql(
                "CREATE TABLE json (id int PRIMARY KEY, doc jsonb)",
                "ALTER TABLE json ALTER doc SET STORAGE EXTERNAL",
                "INSERT INTO json VALUES (1, jsonb_build_object('a', 1, 'long', repeat('x', 5000)))");
        Event inPart = update(false, "UPDATE json SET doc = jsonb_set(doc, '{a}', '2')");
        assertThat(Typed.row(inPart).unavailable()).isEmpty();
        assertThat(after(inPart).toJson()).isEqualTo("{\"id\":1,\"doc\":{\"a\":2,\"long\":\"" + BODY + "\"}}");
        Event shortened = update(false, "UPDATE json SET doc = '{}'");
        assertThat(Typed.row(shortened).unavailable()).isEmpty();
        assertThat(after(shortened).toJson()).isEqualTo("{\"id\":1,\"doc\":{}}");
    }

    @Test
    void nullAndUnchangedAndNotSent_areThreeStates() throws Exception {
        Event event = update(true, "UPDATE doc SET id = 2, title = NULL");
        Row before = Objects.requireNonNull(Typed.row(event).beforeRow());
        assertThat(after(event).state("id")).isEqualTo(ColumnState.VALUE);
        assertThat(after(event).state("title")).isEqualTo(ColumnState.NULL);
        assertThat(after(event).state("body")).isEqualTo(ColumnState.UNCHANGED_TOAST);
        assertThat(before.state("id")).isEqualTo(ColumnState.VALUE);
        assertThat(before.state("title")).isEqualTo(ColumnState.NOT_SENT);
        assertThat(before.state("body")).isEqualTo(ColumnState.NOT_SENT);
    }

    @Test
    void insertedAndUpdatedInOneTransaction_theInsertAloneHasTheValue() throws Exception {
        Recorder<Transaction> transactions = new Recorder<>();
        try (Walwire walwire = Instances.temporary(database)
                .handler(on -> on.onTransaction(transactions::add))
                .start()) {
            database.inTransaction(
                    "INSERT INTO doc VALUES (2, repeat('x', 5000), 'a')", "UPDATE doc SET title = 'b' WHERE id = 2");
            List<Event> events = transactions.await(1).get(0).events();
            assertThat(after(events.get(0)).text("body")).isEqualTo(BODY);
            assertThat(Typed.row(events.get(1)).unavailable()).containsExactly("body");
            assertThat(walwire.status().lastError()).isNull();
        }
    }

    @Test
    void changed_isSentAndAChange() throws Exception {
        database.sql("ALTER TABLE doc REPLICA IDENTITY FULL");
        Event event = update(false, "UPDATE doc SET body = repeat('y', 5000)");
        assertThat(after(event).getString("body")).isEqualTo("y".repeat(5_000));
        assertThat(Typed.row(event).changed("body")).isTrue();
        assertThat(Typed.row(event).changed("title")).isFalse();
    }

    @Test
    void setToNull_isNullAndAChange() throws Exception {
        database.sql("ALTER TABLE doc REPLICA IDENTITY FULL");
        Event event = update(false, "UPDATE doc SET body = NULL");
        assertThat(after(event).state("body")).isEqualTo(ColumnState.NULL);
        assertThat(Typed.row(event).changed("body")).isTrue();
    }

    @Test
    void delete_underFull_holdsTheValue() throws Exception {
        database.sql("ALTER TABLE doc REPLICA IDENTITY FULL");
        Event event = update(false, "DELETE FROM doc");
        assertThat(Objects.requireNonNull(Typed.row(event).beforeRow()).text("body"))
                .isEqualTo(BODY);
    }

    @Test
    void filtersOnAnUnavailableColumn_keepTheEvent_unlessTheyAskWhetherItChanged() throws Exception {
        Event event = update(false, "UPDATE doc SET title = 'b'");
        assertThat(Filter.unwatchedRecords(Map.of("body", BODY))).accepts(event);
        assertThat(Filter.unwatchedFields("body")).accepts(event);
        assertThat(Filter.changed("title")).as("its old value is not known").accepts(event);
        assertThat(Filter.changed("body"))
                .as("it was not sent because it did not change")
                .rejects(event);
    }

    /** PostgreSQL leaves a value out only where the row keeps the very same one; whatever is written again is sent. */
    @Test
    void filterOfAnUnavailableColumn_losesNoChangeOfIt() throws Exception {
        database.sql(
                "ALTER TABLE doc ADD spare text",
                "ALTER TABLE doc ALTER spare SET STORAGE EXTERNAL",
                "UPDATE doc SET spare = repeat('s', 5000)");
        Recorder<String> changed = new Recorder<>();
        Recorder<String> others = new Recorder<>();
        try (Walwire walwire = Instances.temporary(database)
                .handler(on ->
                        on.table("doc").filter(Filter.changed("body")).onUpdate(event -> changed.add(title(event))))
                .handler(on -> on.table("doc")
                        .filter(Condition.column("body").changed().negate())
                        .onUpdate(event -> others.add(title(event))))
                .start()) {
            database.sql(
                    "UPDATE doc SET title = 'not it'",
                    "UPDATE doc SET title = 'new', body = repeat('y', 5000)",
                    "UPDATE doc SET title = 'swapped', body = spare, spare = body",
                    "UPDATE doc SET title = 'copied', body = spare",
                    "UPDATE doc SET title = 'written again', body = body || ''",
                    "INSERT INTO doc VALUES (1, repeat('z', 5000), 'conflict')"
                            + " ON CONFLICT (id) DO UPDATE SET title = excluded.title, body = excluded.body",
                    "UPDATE doc SET title = 'nor this', spare = NULL, id = 2");
            database.inTransaction(
                    "UPDATE doc SET title = 'first', body = repeat('f', 5000)",
                    "UPDATE doc SET title = 'nor the second'",
                    "UPDATE doc SET title = 'short', body = 'f'",
                    "UPDATE doc SET title = 'long', body = repeat('l', 5000)",
                    "UPDATE doc SET title = 'null', body = NULL");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(changed.all())
                .containsExactly(
                        "new", "swapped", "copied", "written again", "conflict", "first", "short", "long", "null");
        assertThat(others.all())
                .as("what is known not to have changed, and what is not known")
                .containsExactly(
                        "not it",
                        "new",
                        "swapped",
                        "copied",
                        "written again",
                        "conflict",
                        "nor this",
                        "first",
                        "nor the second",
                        "short",
                        "long",
                        "null");
    }

    @Test
    void filtersUnderFull_knowThatItDidNotChange() throws Exception {
        database.sql("ALTER TABLE doc REPLICA IDENTITY FULL");
        Event event = update(false, "UPDATE doc SET title = 'b'");
        assertThat(Filter.unwatchedRecords(Map.of("body", BODY))).rejects(event);
        assertThat(Filter.unwatchedFields("title")).rejects(event);
        assertThat(Filter.changed("body")).rejects(event);
    }
}
