package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Kind;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import io.walwire.watch.Subscription;
import io.walwire.watch.WatchEvent;
import io.walwire.watch.WatchEvent.Changed;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/** What subscribers on a live instance receive, wherever its changes come from. */
@ParameterizedClass
@CsvSource({"REPLICATION, 14", "REPLICATION, 18", "TRIGGERS, 14", "TRIGGERS, 18"})
class WatchTest {
    @Parameter(0)
    EitherSource source = EitherSource.REPLICATION;

    @Parameter(1)
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    private @Nullable Watching running;

    @BeforeEach
    void start() throws SQLException {
        Instances.prepare(
                database,
                "CREATE TABLE \"user\" (id bigint PRIMARY KEY, email text, plan text, role_id int, score numeric(9,2))",
                "ALTER TABLE \"user\" REPLICA IDENTITY FULL",
                "CREATE TABLE \"Member Of\" (\"Team\" int, \"user\" uuid, note text, PRIMARY KEY (\"Team\", \"user\"))");
        running = Watching.of(database, source.temporary(database));
    }

    @AfterEach
    void stop() {
        watching().close();
    }

    private Watching watching() {
        return Objects.requireNonNull(running);
    }

    @Test
    void kinds_noneNamed_all() throws Exception {
        Watching watching = watching();
        watching.add("all", watching.watch("user"));
        watching.add("ins", watching.watch("user").inserted());
        watching.add("both", watching.watch("public.user").updated().truncated());
        watching.add("del", watching.watch("user").deleted());
        watching.sql(
                "INSERT INTO \"user\" VALUES (1, 'a')",
                "UPDATE \"user\" SET email = 'b'",
                "DELETE FROM \"user\"",
                "TRUNCATE \"user\"");
        assertThat(watching.lines("all")).containsExactly("+1", "~1", "-1", "!");
        assertThat(watching.lines("ins")).containsExactly("+1");
        assertThat(watching.lines("both")).containsExactly("~1", "!");
        assertThat(watching.lines("del")).containsExactly("-1");
    }

    /** Also where a column is set to the value that it has, and where a trigger sets one that the statement does not. */
    @Test
    void columns_countOnlyWhereTheirValueChanged() throws Exception {
        Watching watching = watching()
                .sql(
                        "CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS"
                                + " 'BEGIN IF NEW.role_id = 99 THEN NEW.email := upper(NEW.email); END IF; RETURN NEW; END'",
                        "CREATE TRIGGER shout BEFORE UPDATE ON \"user\" FOR EACH ROW EXECUTE FUNCTION shout()",
                        "INSERT INTO \"user\" VALUES (1, 'a', NULL, 1)");
        watching.add("email", watching.watch("user").updated().columns("email"));
        watching.add("either", watching.watch("user").columns("plan").columns("score"));
        watching.sql("UPDATE \"user\" SET email = 'a'");
        assertThat(watching.lines("email")).isEmpty();
        watching.sql("UPDATE \"user\" SET role_id = 99");
        assertThat(watching.lines("email")).containsExactly("~1");
        assertThat(Objects.requireNonNull(watching.only("email").changed())).containsExactly("email", "role_id");
        watching.sql(
                "UPDATE \"user\" SET plan = NULL", "UPDATE \"user\" SET plan = 'x'", "UPDATE \"user\" SET plan = NULL");
        watching.sql("UPDATE \"user\" SET score = 1.5", "INSERT INTO \"user\" VALUES (2)");
        assertThat(watching.lines("either")).containsExactly("~1", "~1", "~1", "+2");
    }

    @Test
    void changed_fromAndTo() throws Exception {
        Watching watching = watching().sql("INSERT INTO \"user\" VALUES (1, 'a', NULL, 1, 1.50)");
        watching.add("any", watching.watch("user").changed("plan"));
        watching.add("pro", watching.watch("user").changed("plan").from("free").to("pro"));
        watching.add("to", watching.watch("user").changed("plan").to("pro"));
        watching.add("gone", watching.watch("user").changed("plan").to(null));
        watching.add("first", watching.watch("user").changed("plan").from(null));
        watching.add(
                "two",
                watching.watch("user")
                        .changed("plan")
                        .to("pro")
                        .changed("score")
                        .from(1.5));
        watching.add(
                "named",
                watching.watch("user").inserted().updated().changed("plan").to("pro"));
        watching.sql(
                "UPDATE \"user\" SET plan = 'free'",
                "UPDATE \"user\" SET plan = 'pro'",
                "UPDATE \"user\" SET plan = 'pro', email = 'b'",
                "UPDATE \"user\" SET plan = NULL",
                "UPDATE \"user\" SET plan = 'pro', score = 2",
                "INSERT INTO \"user\" VALUES (2, 'c', 'pro')",
                "DELETE FROM \"user\"");
        assertThat(watching.lines("any")).hasSize(4).containsOnly("~1");
        assertThat(watching.lines("pro")).hasSize(1);
        assertThat(watching.lines("to")).hasSize(2);
        assertThat(watching.lines("gone")).hasSize(1);
        assertThat(watching.lines("first")).hasSize(2);
        assertThat(watching.lines("two")).hasSize(1);
        assertThat(watching.lines("named")).containsExactly("~1", "~1", "+2");
    }

    /** An insert of the key is an event too, as is a change of it, under both. */
    @Test
    void key_oneRecord_byAnyFormOfItsValue() throws Exception {
        Watching watching = watching();
        watching.add("int", watching.watch("user").key(42));
        watching.add("long", watching.watch("user").key(42L));
        watching.add("text", watching.watch("user").key("42"));
        watching.add("map", watching.watch("user").key(Map.of("id", 42)));
        watching.add("other", watching.watch("user").key(43L));
        watching.sql(
                "INSERT INTO \"user\" VALUES (41), (42), (7)",
                "UPDATE \"user\" SET email = 'x'",
                "UPDATE \"user\" SET id = 43 WHERE id = 42",
                "DELETE FROM \"user\" WHERE id = 43",
                "TRUNCATE \"user\"");
        for (String name : List.of("int", "long", "text", "map")) {
            assertThat(watching.lines(name)).containsExactly("+42", "~42", "~42>43", "! uncertain");
        }
        assertThat(watching.lines("other")).containsExactly("~42>43", "-43", "! uncertain");
    }

    @Test
    void key_composite_quotedNames_defaultIdentity() throws Exception {
        UUID user = new UUID(1, 2);
        Watching watching = watching();
        watching.add("one", watching.watch("\"Member Of\"").key(Map.of("Team", 1, "user", user)));
        watching.add("two", watching.watch("\"Member Of\"").key(Map.of("user", user.toString(), "Team", "2")));
        watching.add("team", watching.watch("\"Member Of\"").where("Team", 2));
        watching.sql(
                "INSERT INTO \"Member Of\" VALUES (1, '" + user + "'), (3, '" + user + "')",
                "UPDATE \"Member Of\" SET note = 'x' WHERE \"Team\" = 1",
                "UPDATE \"Member Of\" SET \"Team\" = 2 WHERE \"Team\" = 1",
                "DELETE FROM \"Member Of\"");
        assertThat(watching.lines("one")).containsExactly("+1," + user, "~1," + user, "~1," + user + ">2," + user);
        assertThat(watching.lines("two")).containsExactly("~1," + user + ">2," + user, "-2," + user);
        assertThat(watching.lines("team")).isEqualTo(watching.lines("two"));
    }

    @Test
    void where_rowThatMovesFromOneParentToAnother_bothGetIt() throws Exception {
        Watching watching = watching();
        watching.add("a", watching.watch("user").where("role_id", 1));
        watching.add("b", watching.watch("user").where("role_id", 2L));
        watching.add("none", watching.watch("user").where("role_id", null));
        watching.add("both", watching.watch("user").where("role_id", 2).where("plan", "pro"));
        watching.sql(
                "INSERT INTO \"user\" VALUES (1, 'a', 'free', 1), (2, 'b', 'free', 3)",
                "UPDATE \"user\" SET role_id = 2 WHERE id = 1",
                "UPDATE \"user\" SET role_id = NULL, plan = 'pro' WHERE id = 1",
                "DELETE FROM \"user\"");
        assertThat(watching.lines("a")).containsExactly("+1", "~1");
        assertThat(watching.lines("b")).containsExactly("~1", "~1");
        assertThat(watching.lines("none")).containsExactly("~1", "-1");
        assertThat(watching.lines("both")).isEmpty();
    }

    /** Null and false are values like others, never everything. */
    @Test
    void where_nullAndFalse_areValues() throws Exception {
        database.sql(
                "CREATE TABLE flag (id int PRIMARY KEY, is_on boolean, amount numeric, at timestamptz, code char(4))");
        Watching watching = watching();
        watching.add("off", watching.watch("flag").inserted().where("is_on", false));
        watching.add("null", watching.watch("flag").inserted().where("is_on", null));
        watching.add("amount", watching.watch("flag").inserted().where("amount", 1.5));
        watching.add(
                "at",
                watching.watch("flag")
                        .inserted()
                        .where("at", java.time.OffsetDateTime.parse("2024-02-29T13:00:00+01:00")));
        watching.add("code", watching.watch("flag").inserted().where("code", "ab"));
        watching.sql("INSERT INTO flag VALUES (1, false, 1.500, '2024-02-29 12:00:00+00', 'ab'),"
                + " (2, true, 1.51, NULL, NULL), (3, NULL, NULL, NULL, NULL),"
                + " (4, true, 'NaN', 'infinity', 'ab c')");
        assertThat(watching.lines("off")).containsExactly("+1");
        assertThat(watching.lines("null")).containsExactly("+3");
        assertThat(watching.lines("amount")).containsExactly("+1");
        assertThat(watching.lines("at")).containsExactly("+1");
        assertThat(watching.lines("code")).containsExactly("+1");
    }

    @Test
    void predicates_entersLeavesStaysIn() throws Exception {
        Watching watching = watching();
        watching.add("where", watching.watch("user").where(row -> "pro".equals(row.text("plan"))));
        watching.add("enters", watching.watch("user").enters(row -> "pro".equals(row.text("plan"))));
        watching.add("leaves", watching.watch("user").leaves(row -> "pro".equals(row.text("plan"))));
        watching.add("stays", watching.watch("user").staysIn(row -> "pro".equals(row.text("plan"))));
        watching.add(
                "either",
                watching.watch("user")
                        .enters(row -> "pro".equals(row.text("plan")))
                        .leaves(row -> "pro".equals(row.text("plan"))));
        watching.sql(
                "INSERT INTO \"user\" VALUES (1, 'a', 'free'), (2, 'b', 'pro')",
                "UPDATE \"user\" SET email = 'c'",
                "UPDATE \"user\" SET plan = 'pro' WHERE id = 1",
                "UPDATE \"user\" SET plan = 'free' WHERE id = 2",
                "DELETE FROM \"user\"",
                "TRUNCATE \"user\"");
        assertThat(watching.lines("where")).containsExactly("+2", "~2", "~1", "~2", "-1", "! uncertain");
        assertThat(watching.lines("enters")).containsExactly("+2 entered", "~1 entered");
        assertThat(watching.lines("leaves")).containsExactly("~2 left", "-1 left", "! uncertain");
        assertThat(watching.lines("stays")).containsExactly("~2 stayed");
        assertThat(watching.lines("either"))
                .containsExactly("+2 entered", "~1 entered", "~2 left", "-1 left", "! uncertain");
    }

    @Test
    void content_keys_columns_whole() throws Exception {
        Watching watching = watching();
        watching.add("keys", watching.watch("user").keysOnly());
        watching.add("some", watching.watch("user").select("plan", "id").label("plans"));
        watching.add("whole", watching.watch("user"));
        watching.sql("INSERT INTO \"user\" VALUES (1, 'a@b', 'free', 1, 1.50)");
        Changed keys = watching.only("keys");
        assertThat(keys.event()).isNull();
        assertThat(keys.oldRow()).isNull();
        assertThat(Objects.requireNonNull(keys.row()).toMap()).isEqualTo(Map.of("id", 1L));
        assertThat(keys.toJson())
                .contains("\"type\":\"insert\"", "\"key\":{\"id\":1}", "\"index\":0")
                .doesNotContain("a@b", "watch");
        Changed some = watching.only("some");
        assertThat(some.label()).isEqualTo("plans");
        assertThat(Objects.requireNonNull(some.row()).toMap()).isEqualTo(Map.of("id", 1L, "plan", "free"));
        assertThat(some.toJson())
                .contains("\"new_record\":{\"id\":1,\"plan\":\"free\"}", "\"watch\":{\"label\":\"plans\"}}")
                .doesNotContain("a@b");
        Changed whole = watching.only("whole");
        assertThat(whole.toJson())
                .isEqualTo(Objects.requireNonNull(whole.event()).toJson());
        assertThat(whole.kind()).isEqualTo(Kind.INSERT);
        assertThat(whole.schema() + "." + whole.table()).isEqualTo("public.user");
        assertThat(whole.id()).isEqualTo(keys.id()).isEqualTo(some.id());
        assertThat(Objects.requireNonNull(whole.row()).getBigDecimal("score")).isEqualByComparingTo("1.5");
    }

    @Test
    void content_oldRowAndOldKey() throws Exception {
        Watching watching = watching().sql("INSERT INTO \"user\" VALUES (1, 'a', 'free')");
        watching.add("some", watching.watch("user").select("plan"));
        watching.sql("UPDATE \"user\" SET id = 2, plan = NULL");
        Changed some = watching.only("some");
        Map<String, @Nullable Object> nothing = new HashMap<>();
        nothing.put("plan", null);
        assertThat(Objects.requireNonNull(some.row()).toMap()).isEqualTo(nothing);
        assertThat(Objects.requireNonNull(some.oldRow()).text("plan")).isEqualTo("free");
        assertThat(some.changed()).containsExactly("id", "plan");
        assertThat(some.toJson()).endsWith("\"watch\":{\"old_key\":{\"id\":1}}}");
    }

    @Test
    void manyUpdatesOfOneRowInOneTransaction_eachIsDelivered_inOrder() throws Exception {
        Watching watching = watching();
        watching.add("all", watching.watch("user").keysOnly());
        database.inTransaction(
                "INSERT INTO \"user\" VALUES (1)",
                "UPDATE \"user\" SET email = 'a'",
                "UPDATE \"user\" SET email = 'b'",
                "DELETE FROM \"user\"");
        watching.sql();
        assertThat(watching.lines("all")).containsExactly("+1", "~1", "~1", "-1");
    }

    /** NOTIFY would fail the writer's transaction. */
    @Test
    void largeValues_arriveWhole() throws Exception {
        Watching watching = watching();
        watching.add("whole", watching.watch("user").select("email"));
        watching.sql("INSERT INTO \"user\" VALUES (1, repeat('x', 100000))");
        assertThat(Objects.requireNonNull(watching.only("whole").row()).text("email"))
                .hasSize(100_000);
    }

    @Test
    void severalWatchesWithOneLabelOnOneTable_areNoConflict_anyLabelIsGood() throws Exception {
        Watching watching = watching();
        watching.add("a", watching.watch("user").label("Mixed-Case label"));
        watching.add("b", watching.watch("user").label("Mixed-Case label"));
        watching.add("c", watching.watch("user").label("mixed-case label").inserted());
        watching.sql("INSERT INTO \"user\" VALUES (1)");
        for (String name : List.of("a", "b", "c")) {
            assertThat(watching.lines(name)).containsExactly("+1");
        }
        assertThat(watching.only("a").label()).isEqualTo("Mixed-Case label");
    }

    @Test
    void subscription_lateAndClosed() throws Exception {
        Watching watching = watching();
        watching.sql("INSERT INTO \"user\" VALUES (1)");
        Subscription late = watching.add("late", watching.watch("user"));
        watching.sql("INSERT INTO \"user\" VALUES (2)");
        assertThat(watching.walwire().watchStatus().subscriptions()).isEqualTo(2);
        assertThat(late.table()).isEqualTo("public.user");
        late.close();
        late.close();
        assertThat(late.isActive()).isFalse();
        assertThat(late.completion().toCompletableFuture()).isCompletedWithValue(null);
        watching.sql("INSERT INTO \"user\" VALUES (3)");
        assertThat(watching.lines("late")).containsExactly("+2");
        assertThat(late.delivered()).isEqualTo(1);
        assertThat(watching.walwire().watchStatus().subscriptions()).isEqualTo(1);
    }

    @Test
    void alteredTable_watchesGoOn_newColumnCanBeWatched() throws Exception {
        Watching watching = watching();
        watching.add("email", watching.watch("user").columns("email"));
        watching.sql(
                "INSERT INTO \"user\" VALUES (1)",
                "ALTER TABLE \"user\" ADD nick text",
                "UPDATE \"user\" SET nick = 'n'",
                "UPDATE \"user\" SET email = 'e'");
        watching.add("nick", watching.watch("user").where("nick", "m"));
        watching.sql("UPDATE \"user\" SET nick = 'm'");
        assertThat(watching.lines("email")).containsExactly("+1", "~1");
        assertThat(watching.lines("nick")).containsExactly("~1");
    }

    @Test
    void droppedColumn_watchesOfItDoNotKnow() throws Exception {
        Watching watching = watching();
        watching.add("plan", watching.watch("user").columns("plan"));
        watching.add("free", watching.watch("user").where("plan", "free"));
        watching.sql(
                "INSERT INTO \"user\" VALUES (1, 'a', 'pro')",
                "ALTER TABLE \"user\" DROP plan",
                "UPDATE \"user\" SET email = 'b'");
        assertThat(watching.lines("plan")).containsExactly("+1", "~1 uncertain");
        assertThat(watching.lines("free")).containsExactly("~1 uncertain");
    }

    @Test
    void toString_showsNoValues() {
        Watching watching = watching();
        Subscription subscription =
                watching.add("a", watching.watch("user").key(4711).label("x"));
        assertThat(subscription.toString()).contains("\"x\"", "user").doesNotContain("4711");
        List<WatchEvent> none = watching.events("a");
        assertThat(none).isEmpty();
    }
}
