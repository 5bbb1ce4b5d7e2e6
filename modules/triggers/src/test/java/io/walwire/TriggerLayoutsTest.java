package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.event.Event;
import io.walwire.event.Row;
import io.walwire.internal.text.TablePattern;
import io.walwire.internal.triggers.OutboxNames;
import io.walwire.internal.triggers.Pooler;
import io.walwire.internal.triggers.TriggerUpkeep;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Which tables have what they insert captured at once, and which row by row; and what others make of a table later. */
@ParameterizedClass
@ValueSource(ints = {14, 18})
class TriggerLayoutsTest {
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

    private List<String> lines() {
        return events.all().stream().map(Trail::line).toList();
    }

    /** The last note of each row, as the events have it. */
    private Map<String, String> applied() {
        Map<String, String> rows = new TreeMap<>();
        for (Event event : events.all()) {
            Row after = Typed.row(event).afterRow();
            if (after == null) {
                rows.remove(String.valueOf(
                        Objects.requireNonNull(Typed.row(event).beforeRow()).text("id")));
            } else {
                rows.put(String.valueOf(after.text("id")), String.valueOf(after.text("note")));
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

    /** What it does to a row that was just inserted comes behind the insert. */
    @Test
    void triggersOfOthers_thatChangeTheSameRows_areLookedAtRowByRow() throws Exception {
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY, note text)",
                "CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE public.item SET note ="
                        + " upper(note) || ''!'' WHERE id = NEW.id; RETURN NULL; END'",
                "CREATE TRIGGER shout AFTER INSERT ON item FOR EACH ROW EXECUTE FUNCTION shout()");
        try (Walwire walwire = recording()) {
            assertThat(gathering("item")).isZero();
            database.sql("INSERT INTO item VALUES (1, 'a'), (2, 'b')");
            settle(walwire);
        }
        assertThat(lines()).containsExactly("item+1", "item~1", "item+2", "item~2");
        assertThat(applied()).isEqualTo(table());
    }

    /** A limit, whichever triggers the table has: rows are captured after the statement that inserts them, and the change before. */
    @Test
    void insert_whoseBeforeTriggerChangesItsEarlierRows_comesBehindThatChange() throws Exception {
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY, note text)",
                "CREATE FUNCTION outdo() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE public.item SET note ="
                        + " ''old'' WHERE id < NEW.id AND note = ''new''; RETURN NEW; END'",
                "CREATE TRIGGER outdo BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION outdo()",
                "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'");
        try (Walwire walwire = recording()) {
            assertThat(gathering("item")).isEqualTo(3);
            database.sql("INSERT INTO item VALUES (1, 'new'), (2, 'new')");
            settle(walwire);
        }
        database.sql("CREATE TRIGGER nothing AFTER INSERT ON item FOR EACH ROW EXECUTE FUNCTION nothing()");
        try (Walwire walwire = recording()) {
            assertThat(gathering("item")).isZero();
            database.sql("INSERT INTO item VALUES (3, 'new'), (4, 'new')");
            settle(walwire);
        }
        assertThat(lines()).containsExactly("item~1", "item+1", "item+2", "item~2", "item~3", "item+3", "item+4");
    }

    @Test
    void triggerOfOthers_madeLater_isFoundByTheDoctor_andTheNextStartLooksRowByRow() throws Exception {
        database.sql("CREATE TABLE item (id int PRIMARY KEY, note text)");
        recording().close();
        assertThat(gathering("item")).isEqualTo(3);
        database.sql(
                "CREATE FUNCTION drop_it() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN DELETE FROM public.item WHERE id ="
                        + " NEW.id AND NEW.note = ''bad''; RETURN NULL; END'",
                "CREATE TRIGGER drop_it AFTER INSERT ON item FOR EACH ROW EXECUTE FUNCTION drop_it()");
        assertThat(Outboxes.bare(database).subscriptions("item").check())
                .anySatisfy(finding -> assertThat(finding.what()).contains("another trigger since"));
        try (Walwire walwire = recording()) {
            assertThat(gathering("item")).isZero();
            database.sql("INSERT INTO item VALUES (1, 'a'), (2, 'bad')");
            settle(walwire);
        }
        assertThat(lines()).containsExactly("item+1", "item+2", "item-2");
        database.sql("DROP TRIGGER drop_it ON item");
        recording().close();
        assertThat(gathering("item")).isEqualTo(3);
    }

    @Test
    void tablesOfAHierarchy_areLookedAtRowByRow_andNoOtherBecomesAPart() throws Exception {
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY, note text)",
                "CREATE TABLE child () INHERITS (item)",
                "CREATE TABLE alone (id int, note text)",
                "CREATE TABLE parent (id int, note text)",
                "CREATE TABLE tree (id int, note text) PARTITION BY RANGE (id)",
                "CREATE TABLE low PARTITION OF tree FOR VALUES FROM (0) TO (10)");
        try (Walwire walwire = recording()) {
            assertThat(gathering("child")).isZero();
            assertThat(gathering("tree")).isZero();
            assertThat(gathering("alone")).isEqualTo(3);
            database.sql(
                    "INSERT INTO item VALUES (1, 'a')",
                    "INSERT INTO child VALUES (2, 'b')",
                    "UPDATE item SET note = 'c'",
                    "DELETE FROM item",
                    "INSERT INTO low VALUES (3)",
                    "INSERT INTO tree VALUES (4), (5)");
            settle(walwire);
        }
        assertThat(lines())
                .containsExactlyInAnyOrder(
                        "item+1", "child+2", "item~1", "child~2", "item-1", "child-2", "tree+3", "tree+4", "tree+5");
        assertThatThrownBy(() -> database.sql("ALTER TABLE alone INHERIT parent"))
                .hasMessageContaining("prevents table \"alone\" from becoming an inheritance child");
        assertThatThrownBy(() -> database.sql("ALTER TABLE tree ATTACH PARTITION alone FOR VALUES FROM (10) TO (20)"))
                .hasMessageContaining("prevents table \"alone\" from becoming a partition");
    }

    /** Gives the table item the triggers that the version before made; the name of the one for rows. */
    private String withTheTriggersOfBefore() throws SQLException {
        recording().close();
        String name = database.queryString("SELECT left(tgname, -2) FROM pg_trigger WHERE tgrelid ="
                + " 'item'::regclass AND tgname ~ '^!walwire.*_t$'");
        String comment =
                database.queryString("SELECT obj_description('walwire.walwire_gather()'::regprocedure, 'pg_proc')");
        for (String kind : List.of("_i", "_u", "_d")) {
            database.sql("DROP TRIGGER \"" + name + kind + "\" ON item");
        }
        database.sql(
                "CREATE TRIGGER \"" + name + "\" AFTER INSERT OR UPDATE OR DELETE ON item FOR EACH ROW EXECUTE FUNCTION"
                        + " walwire.walwire_capture()",
                "COMMENT ON TRIGGER \"" + name + "\" ON item IS '" + comment.replace("version 4", "version 3") + "'");
        return name;
    }

    @Test
    void triggersOfAnOlderVersion_onATableThatIsBusy_stay() throws Exception {
        database.sql("CREATE TABLE item (id int PRIMARY KEY, note text)", "CREATE TABLE other (id int PRIMARY KEY)");
        withTheTriggersOfBefore();
        database.sql("DROP TRIGGER \""
                + database.queryString(
                        "SELECT tgname FROM pg_trigger WHERE tgrelid =" + " 'other'::regclass AND tgname ~ '_i$'")
                + "\" ON other");
        WalwireBuilder builder = Outboxes.temporary(database)
                .set("walwire.triggers.lock-timeout", "50ms")
                .handler(on -> on.onTransaction(each -> events.addAll(each.events())));
        try (Connection reading = database.connect();
                Statement statement = reading.createStatement()) {
            statement.execute("BEGIN; SELECT FROM item");
            assertThatThrownBy(() -> installed(Duration.ofMillis(50)))
                    .hasMessageContaining("Table public.item is locked by PID")
                    .hasMessageContaining("AccessShareLock");
            try (Walwire walwire = builder.start()) {
                database.sql("INSERT INTO item VALUES (1)", "INSERT INTO other VALUES (2)");
                settle(walwire);
            }
            assertThat(gathering("item")).isZero();
            assertThat(gathering("other")).isEqualTo(3);
            statement.execute("COMMIT");
        }
        assertThat(lines()).containsExactly("item+1", "other+2");
        builder.start().close();
        assertThat(gathering("item")).isEqualTo(3);
    }

    private void installed(Duration lockTimeout) throws SQLException {
        try (Connection connection = database.connect()) {
            upkeep(lockTimeout).install(connection, List.of(TablePattern.parse("item")), Set.of());
        }
    }

    private static TriggerUpkeep upkeep(Duration lockTimeout) {
        return new TriggerUpkeep(
                new OutboxNames("walwire", "walwire"),
                new TriggerUpkeep.Options(false, true, lockTimeout),
                new Pooler("here", false));
    }

    /** Those that an older version made are replaced, and all are removed. */
    @Test
    void triggersOfAnOlderVersion_areReplaced_andAllAreRemoved() throws Exception {
        database.sql("CREATE TABLE item (id int PRIMARY KEY, note text)");
        String name = withTheTriggersOfBefore();
        // they work, and whoever does not manage triggers need not replace them
        try (Walwire walwire = Outboxes.bare(database)
                .subscriptions("item")
                .handler(on -> on.onTransaction(each -> events.addAll(each.events())))
                .start()) {
            database.sql("INSERT INTO item VALUES (1), (2)");
            settle(walwire);
        }
        assertThat(lines()).containsExactly("item+1", "item+2");
        recording().close();
        assertThat(gathering("item")).isEqualTo(3);
        assertThat(database.query("SELECT tgname FROM pg_trigger WHERE tgname = ?", name))
                .isEmpty();
        try (Connection connection = database.connect()) {
            upkeep(Duration.ofSeconds(3)).clean(connection, List.of(), Set.of(), true);
        }
        assertThat(database.query("SELECT tgname FROM pg_trigger WHERE tgname ~ 'walwire'"))
                .isEmpty();
        assertThat(database.query("SELECT proname FROM pg_proc WHERE proname ~ '^walwire_'"))
                .isEmpty();
    }
}
