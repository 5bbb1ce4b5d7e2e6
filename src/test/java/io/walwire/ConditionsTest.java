package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.walwire.error.ConfigurationException;
import io.walwire.event.Condition;
import io.walwire.event.Interval;
import io.walwire.event.Row;
import io.walwire.handler.Filter;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.watch.WatchEvent.Changed;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The same condition in a handler and in a watch. */
class ConditionsTest {
    private static final Condition PAID =
            Condition.column("status").from("open").to("paid");

    private static final String[] STATEMENTS = {
        "INSERT INTO orders VALUES (1, 'open'), (2, 'paid')",
        "UPDATE orders SET status = 'paid' WHERE id = 1",
        "UPDATE orders SET status = 'sent' WHERE id = 1",
        "DELETE FROM orders WHERE id = 2"
    };

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void table() throws Exception {
        Instances.prepare(database, "CREATE TABLE orders (id int PRIMARY KEY, status text)");
    }

    private List<String> seen(Condition condition) throws Exception {
        Recorder<String> handled = new Recorder<>();
        Recorder<String> watched = new Recorder<>();
        try (Walwire walwire = Instances.temporary(database)
                .handler(on -> on.table("orders").filter(condition).onChange(event -> handled.add(Trail.line(event))))
                .start()) {
            walwire.watch("orders").where(condition).subscribe(event -> {
                if (event instanceof Changed changed) {
                    watched.add(changed.kind().jsonName() + " " + changed.isCertain());
                } else {
                    watched.add(event.toString());
                }
            });
            database.inTransaction(STATEMENTS);
            database.inTransaction("TRUNCATE orders");
            assertThat(handled.await(1)).isNotEmpty();
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            watched.await(handled.all().size());
            assertThat(walwire.status().lastError()).isNull();
        }
        return Stream.concat(handled.all().stream(), watched.all().stream()).toList();
    }

    @Test
    void transition_ofATableWithWholeOldRows_isExact() throws Exception {
        database.sql("ALTER TABLE orders REPLICA IDENTITY FULL");
        assertThat(seen(PAID)).containsExactly("orders~1", "orders!", "update true", "truncate false");
    }

    @Test
    void transition_inDoubt_isKept_andDeliveredAsNotCertain() throws Exception {
        assertThat(seen(PAID)).containsExactly("orders~1", "orders!", "update false", "truncate false");
    }

    @Test
    void combination_ofValues_ofADeleteTheKeyAloneIsKnown() throws Exception {
        assertThat(seen(Condition.column("status")
                        .is("paid")
                        .and(Condition.column("id").is(2))))
                .containsExactly("orders+2", "orders-2", "orders!", "insert true", "delete false", "truncate false");
    }

    @Test
    void certain_leavesOutWhatIsInDoubt() throws Exception {
        assertThat(seen(PAID.certain())).containsExactly("orders!", "truncate false");
    }

    /** A value that a watch accepts, the column that has it, and what rows have. */
    private static Stream<Arguments> values() throws Exception {
        OffsetDateTime at = OffsetDateTime.parse("2026-01-01T01:00:00+01:00");
        JsonNode doc = new ObjectMapper().readTree("{\"bb\":[1],\"a\":2}");
        return Stream.of(
                Arguments.of("timestamptz", at, "2026-01-01 00:00:00+00"),
                Arguments.of("timestamptz", at.toZonedDateTime(), "2026-01-01 00:00:00+00"),
                Arguments.of("timestamptz", at.toInstant(), "2026-01-01 00:00:00+00"),
                Arguments.of("char(5)", "ab", "ab"),
                Arguments.of("text", 'x', "x"),
                Arguments.of("text", 7, "7"),
                Arguments.of("numeric", "1.50", "1.5"),
                Arguments.of("boolean", "true", "t"),
                Arguments.of("interval", new Interval(0, 1, 0), "1 day"),
                Arguments.of("jsonb", doc, "{\"a\": 2, \"bb\": [1]}"),
                Arguments.of("json_document", doc, "{\"a\": 2, \"bb\": [1]}"),
                Arguments.of("document", doc, "{\"a\": 2, \"bb\": [1]}"),
                Arguments.of("jsonb", doc.toString(), "{\"a\": 2, \"bb\": [1]}"));
    }

    @ParameterizedTest
    @MethodSource("values")
    void value_thatAWatchAccepts_isTheSameToConditionsAndFilters(String type, Object value, String text)
            throws Exception {
        database.sql(
                "CREATE DOMAIN document AS jsonb",
                "CREATE DOMAIN json_document AS jsonb",
                "ALTER TABLE orders ADD COLUMN sought " + type,
                "ALTER TABLE orders REPLICA IDENTITY FULL");
        Condition is = Condition.column("sought").is(value);
        Condition to = Condition.column("sought").to(value);
        Recorder<String> seen = new Recorder<>();
        try (Walwire walwire = Instances.temporary(database)
                .handler(on -> {
                    on.table("orders").filter(is).onInsert(event -> seen.add("handler"));
                    on.table("orders").filter(to).onUpdate(event -> seen.add("handler to"));
                    on.table("orders")
                            .filter(Filter.unwatchedRecords(Map.of("sought", value)))
                            .onInsert(event -> seen.add("unwatched"));
                })
                .start()) {
            walwire.watch("orders").inserted().where("sought", value).subscribe(Runnable::run, e -> seen.add("watch"));
            walwire.watch("orders").inserted().where(is).subscribe(Runnable::run, e -> seen.add("watch is"));
            database.sql(
                    "INSERT INTO orders VALUES (1, 'a', '" + text + "')",
                    "INSERT INTO orders VALUES (2, 'a', NULL)",
                    "UPDATE orders SET sought = '" + text + "' WHERE id = 2");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(seen.all()).containsExactlyInAnyOrder("handler", "watch", "watch is", "unwatched", "handler to");
    }

    @Test
    void arrays_areComparedElementByElement() throws Exception {
        OffsetDateTime at = OffsetDateTime.parse("2026-01-01T01:00:00+01:00");
        database.sql("CREATE TABLE lists (id int PRIMARY KEY, i int[], t timestamptz[], n numeric[], s text[])");
        Recorder<Boolean> same = new Recorder<>();
        Recorder<Boolean> other = new Recorder<>();
        try (Walwire walwire = Instances.temporary(database)
                .handler(on -> on.table("lists").onInsert(event -> {
                    Row row = event.row();
                    same.add(row.hasValue("i", List.of(1L, (short) 2, "3")));
                    same.add(row.hasValue("t", Arrays.asList(at, null)));
                    same.add(row.hasValue("n", List.of(List.of(1), List.of(2.0))));
                    same.add(row.hasValue("s", List.of("a\"b", "NULL")));
                    other.add(row.hasValue("i", List.of(1, 2)));
                    other.add(row.hasValue("i", List.of(1, 2, 3, 4)));
                    other.add(row.hasValue("i", List.of(List.of(1, 2, 3))));
                    other.add(row.hasValue("t", Arrays.asList(null, at)));
                    other.add(row.hasValue("n", List.of(1, 2)));
                    other.add(row.hasValue("s", Arrays.asList("a\"b", null)));
                    assertThatThrownBy(() -> row.hasValue("i", List.of("x")))
                            .isInstanceOf(IllegalArgumentException.class);
                }))
                .start()) {
            database.sql("INSERT INTO lists VALUES (1, '{1,2,3}', '{2026-01-01 00:00:00+00,NULL}',"
                    + " '[0:1][1:1]={{1.00},{2}}', ARRAY['a\"b', 'NULL'])");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(same.all()).hasSize(4).containsOnly(true);
        assertThat(other.all()).hasSize(6).containsOnly(false);
    }

    @Test
    void keyChanged_isKnownWithoutAnOldRow() throws Exception {
        Condition changed = Condition.column("id").changed();
        Recorder<String> seen = new Recorder<>();
        try (Walwire walwire = Instances.temporary(database)
                .handler(on -> on.table("orders").filter(changed).onUpdate(event -> seen.add("handler")))
                .start()) {
            walwire.watch("orders").changed("id").subscribe(Runnable::run, event -> seen.add("watch"));
            walwire.watch("orders").where(changed).subscribe(Runnable::run, event -> seen.add("watch condition"));
            database.sql("INSERT INTO orders VALUES (1, 'a')", "UPDATE orders SET status = 'b'");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            assertThat(seen.all()).isEmpty();
            database.sql("UPDATE orders SET id = 2");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(seen.all()).containsExactlyInAnyOrder("handler", "watch", "watch condition");
    }

    @Test
    void handler_ofWhatTheTableCannotAnswer_getsEveryEvent_andAWarningIsLoggedOnce() throws Exception {
        Recorder<String> seen = new Recorder<>();
        try (LogLines log = new LogLines();
                Walwire walwire = Instances.temporary(database)
                        .handler("mails", on -> {
                            on.table("orders")
                                    .filter(Condition.column("statsu").is("paid"))
                                    .onInsert(event -> seen.add("misspelled"));
                            on.table("orders")
                                    .filter(Filter.of(Condition.column("id").is("secret"))
                                            .and(Filter.changed("id")))
                                    .onInsert(event -> seen.add("incomparable"));
                        })
                        .start()) {
            database.sql("INSERT INTO orders VALUES (1, 'a')", "INSERT INTO orders VALUES (2, 'a')");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            assertThat(log.with("condition on table public.orders"))
                    .satisfiesExactly(
                            line -> assertThat(line)
                                    .startsWith("WARN Handler mails")
                                    .contains("no published column statsu; did you mean status?"),
                            line -> assertThat(line)
                                    .contains("for column id a value is given that int4 cannot hold")
                                    .doesNotContain("secret"));
        }
        assertThat(seen.all()).containsExactly("misspelled", "incomparable", "misspelled", "incomparable");
    }

    @Test
    void watch_ofAValueThatTheColumnCannotHold_isRefused() throws Exception {
        try (Walwire walwire = Instances.temporary(database).start()) {
            assertThatThrownBy(() -> walwire.watch("orders")
                            .where(Condition.column("id").is("secret"))
                            .subscribe(event -> {}))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("For column id a value is given that int4 cannot hold")
                    .hasMessageNotContaining("secret");
        }
    }

    @Test
    void watch_ofAColumnThatTheTableDoesNotHave_isRefused() throws Exception {
        try (Walwire walwire = Instances.temporary(database).start()) {
            assertThatThrownBy(() -> walwire.watch("orders")
                            .where(Condition.column("statsu").is("paid"))
                            .subscribe(event -> {}))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("no column statsu; did you mean status?");
        }
    }
}
