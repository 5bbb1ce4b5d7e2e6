package io.walwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.cli.signal.Signals;
import io.walwire.testing.TestDatabase;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Triggers printed, made, shown and removed at the command line. */
class TriggersCommandTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeEach
    void create() throws SQLException {
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY)",
                "CREATE TABLE \"user\" (id int)",
                // what EctoWatch's cleanup would have dropped
                "CREATE TABLE ewallet (id int)",
                "CREATE FUNCTION ewallet_charge() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
                "CREATE TRIGGER \"!walwire_like\" AFTER INSERT ON item FOR EACH ROW EXECUTE FUNCTION ewallet_charge()");
    }

    private String execute(String... arguments) {
        out.reset();
        err.reset();
        String[] all = Stream.concat(
                        Stream.of("triggers"), Stream.concat(Stream.of(arguments), Stream.of("--url", database.url())))
                .toArray(String[]::new);
        int code = Main.commandLine(
                        out, new PrintStream(err, true, StandardCharsets.UTF_8), Map.of(), new Signals(), verbose -> {})
                .execute(all);
        return code + "\n" + out.toString(StandardCharsets.UTF_8) + err.toString(StandardCharsets.UTF_8);
    }

    private long triggers() throws SQLException {
        return database.queryOne(Long.class, "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal");
    }

    @Test
    void install_listAndClean_touchNothingElse() throws Exception {
        assertThat(execute("install", "--subscriptions", "item, user"))
                .startsWith("0\n")
                .contains("CREATE TRIGGER")
                .endsWith("done\n");
        assertThat(triggers()).isEqualTo(5);
        assertThat(execute("install", "--subscriptions", "item, user")).isEqualTo("0\nnothing to do\n");
        assertThat(execute("install", "--subscriptions", "item", "--set", "walwire.name=other"))
                .startsWith("0\n");
        assertThat(execute("list")).isEqualTo("0\npublic.item\tenabled\npublic.user\tenabled\n");

        assertThat(execute("clean", "--subscriptions", "item"))
                .contains("DROP TRIGGER")
                .contains("ON \"public\".\"user\"")
                .doesNotContain("item")
                .endsWith("nothing was changed; --apply runs these statements\n");
        assertThat(triggers()).isEqualTo(7);
        assertThat(execute("clean", "--subscriptions", "item", "--apply")).endsWith("done\n");
        assertThat(execute("list")).isEqualTo("0\npublic.item\tenabled\n");

        assertThat(execute("clean", "--all")).contains("DROP TABLE").endsWith("--apply runs these statements\n");
        assertThat(execute("clean", "--all", "--apply")).endsWith("done\n");
        assertThat(execute("clean", "--all", "--apply")).isEqualTo("0\nnothing to do\n");
        assertThat(triggers()).isEqualTo(3);
        assertThat(execute("list", "--set", "walwire.name=other")).isEqualTo("0\npublic.item\tenabled\n");
        assertThat(database.queryOne(Long.class, "SELECT count(*) FROM pg_proc WHERE proname LIKE 'other\\_%'"))
                .isEqualTo(7);
    }

    @Test
    void install_withNothingToDo_saysWhoElseMayMakeObjects_andFails() throws Exception {
        execute("install", "--subscriptions", "item");
        database.sql("GRANT CREATE ON SCHEMA walwire TO PUBLIC");
        assertThat(execute("install", "--subscriptions", "item"))
                .startsWith("1\n")
                .contains(
                        "Every role may create objects in schema walwire",
                        "REVOKE CREATE ON SCHEMA walwire FROM PUBLIC;")
                .endsWith("nothing was changed\n");
    }

    @Test
    void install_roleWithLineBreakAndControlSequence_isOnOneLine() throws Exception {
        execute("install", "--subscriptions", "item");
        String role = "\"" + database.unique("x\ndone \u001b[2J") + "\"";
        database.sql("CREATE ROLE " + role, "GRANT CREATE ON SCHEMA walwire TO " + role);
        try {
            assertThat(execute("install", "--subscriptions", "item").lines())
                    .hasSize(3)
                    .element(1)
                    .asString()
                    .contains("x\\ndone \\u001b[2J");
        } finally {
            database.sql("DROP OWNED BY " + role, "DROP ROLE " + role);
        }
    }

    @Test
    void sql_printedForAMigrationTool_runs() throws Exception {
        String printed = execute("sql", "--subscriptions", "item", "--set", "walwire.triggers.always=true")
                .replaceFirst("^0\n", "");
        assertThat(triggers()).isEqualTo(1);
        database.sql(printed);
        assertThat(execute("list")).isEqualTo("0\npublic.item\talways\n");
        assertThat(execute("sql", "--subscriptions", "item", "--grant", "some role"))
                .contains("TO \"some role\"");
    }

    /** Their triggers are PostgreSQL's copies of the root's, of those that come later too. */
    @Test
    void clean_partitionsAreNoLeftovers() throws Exception {
        database.sql(
                "CREATE TABLE tree (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                "CREATE TABLE low PARTITION OF tree FOR VALUES FROM (0) TO (10)");
        assertThat(execute("install", "--subscriptions", "tree, item")).endsWith("done\n");
        database.sql("CREATE TABLE high PARTITION OF tree FOR VALUES FROM (10) TO (20)");
        assertThat(execute("list")).isEqualTo("0\npublic.item\tenabled\npublic.tree\tenabled\n");
        assertThat(execute("clean", "--subscriptions", "tree, item")).startsWith("0\nnothing to do\n");
        assertThat(execute("install", "--subscriptions", "tree, item")).isEqualTo("0\nnothing to do\n");
        assertThat(execute("clean", "--subscriptions", "item", "--apply"))
                .contains("ON \"public\".\"tree\"")
                .doesNotContain("\"low\"", "\"high\"")
                .endsWith("done\n");
        assertThat(triggers()).isEqualTo(3);
    }

    @Test
    void clean_withoutAll_saysWhatAllWouldRemove() throws Exception {
        assertThat(execute("clean")).isEqualTo("0\nnothing to do\n");
        assertThat(execute("list")).isEqualTo("0\nno table has triggers of application walwire\n");
        execute("install", "--subscriptions", "item, user");
        assertThat(execute("clean"))
                .startsWith("0\nnothing to do\n")
                .contains("--all would run:", "ON \"public\".\"item\"", "DROP TABLE walwire.walwire_outbox");
        assertThat(triggers()).isEqualTo(5);
    }

    /** Neither a name nor a comment makes an object Walwire's. */
    @Test
    void clean_all_leavesWhatIsNotMarkedOrAnothersAlone() throws Exception {
        execute("install", "--subscriptions", "item");
        String other = database.role("NOLOGIN");
        database.sql(
                "DROP FUNCTION walwire.walwire_relieve()",
                "CREATE FUNCTION walwire.walwire_relieve() RETURNS int LANGUAGE sql AS 'SELECT 7'",
                "COMMENT ON TABLE walwire.walwire_cursor IS NULL",
                "ALTER TABLE walwire.walwire_definition OWNER TO " + other,
                "ALTER FUNCTION walwire.walwire_define(oid) OWNER TO " + other);
        assertThat(execute("clean", "--all", "--apply"))
                .contains("DROP FUNCTION walwire.walwire_capture()", "DROP TABLE walwire.walwire_outbox")
                .doesNotContain("relieve", "cursor", "definition", "define")
                .endsWith("done\n");
        assertThat(database.queryLong("SELECT walwire.walwire_relieve()")).isEqualTo(7);
        assertThat(database.query("SELECT FROM walwire.walwire_cursor, walwire.walwire_definition"))
                .isEmpty();
        assertThat(triggers()).isEqualTo(1);
    }

    /** As a role that may create operators would have a superuser run them. */
    @Test
    void install_operatorsOfAnotherRole_areNotUsed() throws Exception {
        database.sql(
                "CREATE SCHEMA evil",
                "CREATE FUNCTION evil.run(name, text) RETURNS boolean LANGUAGE plpgsql AS"
                        + " 'BEGIN RAISE ''the operator of another role ran''; END'",
                "CREATE FUNCTION evil.run(name, varchar) RETURNS boolean LANGUAGE plpgsql AS"
                        + " 'BEGIN RAISE ''the operator of another role ran''; END'",
                "CREATE OPERATOR evil.= (LEFTARG = name, RIGHTARG = text, FUNCTION = evil.run)",
                "CREATE OPERATOR evil.= (LEFTARG = name, RIGHTARG = varchar, FUNCTION = evil.run)",
                "CREATE DOMAIN evil.xid8 AS text",
                "CREATE DOMAIN evil.timestamptz AS text",
                "ALTER DATABASE \"" + database.name() + "\" SET search_path = evil, pg_catalog, public");
        assertThat(execute("install", "--subscriptions", "item")).endsWith("done\n");
        assertThat(execute("list")).isEqualTo("0\npublic.item\tenabled\n");
        assertThat(database.queryString(
                        "SELECT atttypid::regtype::text FROM pg_catalog.pg_attribute WHERE attname = 'xid'"
                                + " AND attrelid = 'walwire.walwire_outbox'::regclass"))
                .endsWith("xid8")
                .doesNotContain("evil");
        assertThat(execute("clean", "--all", "--apply")).endsWith("done\n");
    }

    /** What is in use is never taken for a leftover, and what is one can be removed, whatever it is called. */
    @Test
    void clean_namesThatNeedQuotes() throws Exception {
        String table = "\"camelCase, \"\"it's\"";
        String name = "walwire.name=Shop-Two.X";
        database.sql("CREATE TABLE " + table + " (id int)");
        assertThat(execute("install", "--subscriptions", "user," + table, "--set", name))
                .endsWith("done\n");
        database.sql("CREATE FUNCTION walwire.\"Shop-Two.X_capture\"(int) RETURNS int LANGUAGE sql AS 'SELECT 1'");
        assertThat(execute("clean", "--subscriptions", "user," + table, "--set", name))
                .startsWith("0\nnothing to do\n");
        assertThat(execute("clean", "--subscriptions", "user", "--apply", "--set", name))
                .contains("ON \"public\"." + table)
                .endsWith("done\n");
        assertThat(execute("list", "--set", name)).isEqualTo("0\npublic.user\tenabled\n");
        assertThat(execute("clean", "--all", "--apply", "--set", name)).endsWith("done\n");
        assertThat(triggers()).isEqualTo(1);
        assertThat(database.queryLong("SELECT walwire.\"Shop-Two.X_capture\"(0)"))
                .as("a function of somebody else's, by the same name")
                .isEqualTo(1);
    }

    @Test
    void clean_whileSomebodyWrites_saysSo_andCanBeRepeated() throws Exception {
        execute("install", "--subscriptions", "item, user");
        try (Connection writer = database.connect();
                Statement statement = writer.createStatement()) {
            writer.setAutoCommit(false);
            statement.execute("INSERT INTO \"user\" VALUES (1)");
            assertThat(execute("clean", "--all", "--apply", "--set", "walwire.triggers.lock-timeout=50ms"))
                    .startsWith("1\n")
                    .contains("walwire.triggers.lock-timeout");
            statement.execute("INSERT INTO \"user\" VALUES (2)");
            writer.commit();
        }
        assertThat(execute("clean", "--all", "--apply")).endsWith("done\n");
        assertThat(triggers()).isEqualTo(1);
        assertThat(database.queryLong("SELECT count(*) FROM \"user\"")).isEqualTo(2);
    }

    @Test
    void install_ofANameThatIsNotThere_makesNothingOfIt() {
        assertThat(execute("install", "--subscriptions", "nowhere"))
                .startsWith("1\n")
                .contains("No such table");
        assertThat(execute("install", "--set", "walwire.binary=true"))
                .startsWith("2\n")
                .contains("walwire.binary");
        assertThat(execute("nothing")).startsWith("2\n");
    }
}
