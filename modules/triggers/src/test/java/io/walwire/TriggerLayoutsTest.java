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
            if (!event.source().table().equals("item")) {
                continue;
            }
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

    /** Limits, whichever triggers the tables have: all rows of a statement are there when its first AFTER trigger fires. */
    @Test
    void insert_whoseRowATriggerOfAnEarlierRowChanges_comesBehindThatChange() throws Exception {
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY, note text)",
                "CREATE TABLE line (id int PRIMARY KEY)",
                "CREATE TABLE parent (id int PRIMARY KEY)",
                "CREATE TABLE page (id int PRIMARY KEY, parent int REFERENCES parent ON UPDATE CASCADE)",
                "INSERT INTO parent VALUES (5)",
                "INSERT INTO page VALUES (5, 5)",
                "CREATE FUNCTION outdo() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE public.item SET note ="
                        + " ''old'' WHERE id >= NEW.id AND note = ''new''; RETURN NEW; END'",
                "CREATE TRIGGER outdo AFTER INSERT ON item FOR EACH ROW EXECUTE FUNCTION outdo()",
                "CREATE TRIGGER outdo AFTER INSERT ON line FOR EACH ROW EXECUTE FUNCTION outdo()",
                "CREATE TRIGGER outdo BEFORE INSERT OR UPDATE ON page FOR EACH ROW EXECUTE FUNCTION outdo()");
        try (Walwire walwire = recording()) {
            assertThat(gathering("item")).isZero();
            database.sql("INSERT INTO item VALUES (1, 'new'), (2, 'new')");
            settle(walwire);
            assertThat(lines()).containsExactly("item+1", "item~1", "item~2", "item+2");
            database.sql(
                    "WITH made AS (INSERT INTO line VALUES (3) RETURNING id) INSERT INTO item SELECT id, 'new' FROM made",
                    "WITH made AS (INSERT INTO item VALUES (4, 'new') RETURNING id) INSERT INTO page SELECT id FROM made",
                    "WITH moved AS (UPDATE parent SET id = 6 RETURNING 5 AS id) INSERT INTO item SELECT id, 'new' FROM moved");
            settle(walwire);
        }
        assertThat(lines().subList(4, lines().size()))
                .startsWith("line+3", "item~3", "item+3", "item~4", "item+4", "page+4")
                .endsWith("parent~6", "item~5", "item+5", "page~5");
    }

    /** PostgreSQL queues what an action of a foreign key does behind all that the statement did itself. */
    @Test
    void rowThatAForeignKeyOfTheSameStatementChangesOrDeletes_comesBeforeThat() throws Exception {
        database.sql(
                "CREATE TABLE parent (id int PRIMARY KEY)",
                "CREATE TABLE item (id int PRIMARY KEY, note int REFERENCES parent ON UPDATE CASCADE ON DELETE CASCADE)",
                "INSERT INTO parent VALUES (1), (2)");
        try (Walwire walwire = recording()) {
            assertThat(gathering("item")).isEqualTo(3);
            database.sql(
                    "WITH gone AS (DELETE FROM parent WHERE id = 1 RETURNING id) INSERT INTO item SELECT 5, id FROM gone",
                    "WITH moved AS (UPDATE parent SET id = 3 WHERE id = 2 RETURNING 2 AS id)"
                            + " INSERT INTO item SELECT 6, id FROM moved");
            settle(walwire);
        }
        assertThat(lines()).containsSubsequence("item+5", "item-5", "item+6", "item~6");
        assertThat(applied()).isEqualTo(table()).containsExactly(Map.entry("6", "3"));
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
                .anySatisfy(finding ->
                        assertThat(finding.what()).contains("Trigger \"drop_it\" on public.item may change"));
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

    /** They change no row between its insert and the end of a statement: see the limits for those that fire before. */
    @Test
    void triggersOfOtherTables_thatCannotComeBetween_changeNoLayout() throws Exception {
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY, note text)",
                "CREATE TABLE line (id int UNIQUE DEFERRABLE, item int REFERENCES item ON DELETE CASCADE)",
                "CREATE TABLE tree (id int) PARTITION BY RANGE (id)",
                "CREATE TABLE low PARTITION OF tree FOR VALUES FROM (0) TO (10)",
                "CREATE TABLE extended (id int)",
                "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
                "CREATE FUNCTION refresh() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
                "CREATE TRIGGER each BEFORE INSERT OR UPDATE OR DELETE ON line FOR EACH ROW EXECUTE FUNCTION nothing()",
                "CREATE TRIGGER every BEFORE UPDATE ON line FOR EACH STATEMENT EXECUTE FUNCTION nothing()",
                "CREATE TRIGGER emptied AFTER TRUNCATE ON line FOR EACH STATEMENT EXECUTE FUNCTION nothing()",
                "CREATE TRIGGER off AFTER INSERT ON line FOR EACH ROW EXECUTE FUNCTION nothing()",
                "ALTER TABLE line DISABLE TRIGGER off",
                "CREATE TRIGGER replica AFTER INSERT ON line FOR EACH ROW EXECUTE FUNCTION nothing()",
                "ALTER TABLE line ENABLE REPLICA TRIGGER replica",
                "CREATE TRIGGER own AFTER INSERT ON extended FOR EACH ROW EXECUTE FUNCTION refresh()",
                "ALTER EXTENSION plpgsql ADD TABLE extended",
                "ALTER EXTENSION plpgsql ADD FUNCTION refresh()");
        Outboxes.temporary(database).name("other").start().close();
        recording().close();
        assertThat(gathering("item")).isEqualTo(3);
        database.sql("CREATE TRIGGER users AFTER INSERT ON extended FOR EACH ROW EXECUTE FUNCTION nothing()");
        recording().close();
        assertThat(gathering("item")).isZero();
    }

    @Test
    void triggerOfAnotherTable_madeOrEnabledLater_isFound_andTheNextStartLooksRowByRow() throws Exception {
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY, note text)",
                "CREATE TABLE line (id int) PARTITION BY RANGE (id)",
                "CREATE TABLE low PARTITION OF line FOR VALUES FROM (0) TO (10)",
                "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'");
        WalwireBuilder watching = Outboxes.temporary(database).subscriptions("item");
        watching.start().close();
        assertThat(gathering("item")).isEqualTo(3);
        database.sql(
                "CREATE TRIGGER nothing AFTER UPDATE ON line FOR EACH ROW EXECUTE FUNCTION nothing()",
                // that of the partition still fires
                "ALTER TABLE ONLY line DISABLE TRIGGER nothing");
        WalwireBuilder bare = Outboxes.bare(database).subscriptions("item");
        String reason = "Another table's trigger \"nothing\" on public.line may change rows";
        assertThat(bare.check()).anySatisfy(finding -> {
            assertThat(finding.what()).startsWith(reason);
            assertThat(finding.sql()).contains("AFTER INSERT OR UPDATE OR DELETE ON \"public\".\"item\" FOR EACH ROW");
        });
        assertThat(TriggerDoctorTest.logged(bare)).contains(reason, "inserted into public.item:");
        watching.start().close();
        assertThat(gathering("item")).isZero();
        assertThat(bare.check())
                .noneSatisfy(finding -> assertThat(finding.where()).contains("item"));
        database.sql("DROP TABLE line");
        watching.start().close();
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
