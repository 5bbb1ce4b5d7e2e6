package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.doctor.Severity;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.triggers.OutboxNames;
import io.walwire.internal.triggers.Pooler;
import io.walwire.internal.triggers.TriggerUpkeep;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** A role that may create objects prepares some for a superuser who installs or reads: nothing of hers is ever used. */
@ParameterizedClass
@ValueSource(ints = {14, 18})
class TriggerOwnersTest {
    private static final String TAG = "'Walwire trigger source, application walwire in schema walwire, version 3'";

    @Parameter
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    private String attacker = "";

    @BeforeEach
    void create() throws SQLException {
        attacker = database.role("LOGIN PASSWORD 'secret'");
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY)",
                "GRANT CREATE ON DATABASE \"" + database.name() + "\" TO " + attacker);
    }

    private void attack(String... statements) throws SQLException {
        try (Connection connection = database.server().connect(database.name(), attacker, "secret");
                Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        }
    }

    /** In a schema of the superuser's in which the attacker could once create objects. */
    private void attackInSchema(String... statements) throws SQLException {
        database.sql(
                "DROP SCHEMA IF EXISTS walwire CASCADE",
                "CREATE SCHEMA walwire",
                "GRANT CREATE, USAGE ON SCHEMA walwire TO " + attacker);
        attack(statements);
        database.sql("REVOKE CREATE ON SCHEMA walwire FROM " + attacker);
    }

    private void assertInstallRefuses(String object) {
        assertThatThrownBy(() -> Outboxes.temporary(database).start())
                .isInstanceOfSatisfying(WalwireException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.CONFIGURATION);
                    assertThat(e).hasMessageContaining(object).hasMessageContaining(attacker);
                });
        assertThat(database).satisfies(each -> assertThat(each.query("SELECT 1 FROM pg_trigger WHERE NOT tgisinternal"))
                .isEmpty());
    }

    @Test
    void schema_ofAnotherRole_isRefused() throws Exception {
        attack("CREATE SCHEMA walwire");
        assertInstallRefuses("Schema walwire belongs to role");
    }

    @Test
    void schema_inWhichOthersMayCreate_isRefused() throws Exception {
        database.sql("CREATE SCHEMA walwire", "GRANT CREATE ON SCHEMA walwire TO " + attacker);
        assertInstallRefuses("may create objects in schema walwire");
        database.sql("REVOKE CREATE ON SCHEMA walwire FROM " + attacker, "GRANT CREATE ON SCHEMA walwire TO PUBLIC");
        assertThatThrownBy(() -> Outboxes.temporary(database).start())
                .hasMessageContaining("Every role may create objects in schema walwire")
                .hasMessageContaining("REVOKE CREATE ON SCHEMA walwire FROM PUBLIC;");
        database.sql("REVOKE CREATE ON SCHEMA walwire FROM PUBLIC");
        Outboxes.temporary(database).start().close();
    }

    @Test
    void functions_ofAnotherRole_withTheRightComment_areRefused() throws Exception {
        for (String function : List.of(
                "capture() RETURNS trigger",
                "relieve() RETURNS void",
                "define(oid) RETURNS bigint",
                "observe(oid, oid) RETURNS bigint",
                "define(regclass) RETURNS bigint",
                "relieve(int = 1) RETURNS void",
                "capture(VARIADIC int[]) RETURNS void")) {
            String signature = function.replaceFirst("( = 1)?\\) RETURNS .*", ")");
            attackInSchema(
                    "CREATE FUNCTION walwire.walwire_" + function + " LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN END'",
                    "COMMENT ON FUNCTION walwire.walwire_" + signature + " IS " + TAG);
            assertInstallRefuses("Function walwire.walwire_" + signature.replaceFirst("\\(.*", ""));
        }
    }

    @Test
    void relations_ofAnotherRole_withTheRightComment_areRefused() throws Exception {
        for (String relation : List.of(
                "TABLE walwire.walwire_outbox (seq bigint, xid xid8)",
                "TABLE walwire.walwire_cursor (name text)",
                "VIEW walwire.walwire_definition AS SELECT 1",
                "MATERIALIZED VIEW walwire.walwire_outbox AS SELECT 1",
                "SEQUENCE walwire.walwire_cursor",
                "TYPE walwire.walwire_outbox AS (i int)",
                "DOMAIN walwire.walwire_cursor AS int")) {
            String named = relation.replaceFirst("(walwire\\.\\w+).*", "$1");
            attackInSchema("CREATE " + relation, "COMMENT ON " + named + " IS " + TAG);
            assertInstallRefuses(named.replaceFirst(".* ", "Relation "));
        }
    }

    /** As she has all of it right, only its owner distinguishes it from Walwire's own. */
    @Test
    void everything_ofAnotherRole_isNotReadBySuperusers() throws Exception {
        TriggerUpkeep upkeep = new TriggerUpkeep(
                new OutboxNames("walwire", "walwire"),
                new TriggerUpkeep.Options(false, true, Duration.ofSeconds(3)),
                new Pooler("here", false));
        try (Connection connection = database.server().connect(database.name(), attacker, "secret")) {
            upkeep.install(connection, List.of(), Set.of());
        }
        attack(
                "GRANT ALL ON SCHEMA walwire TO PUBLIC",
                "GRANT ALL ON ALL TABLES IN SCHEMA walwire TO PUBLIC",
                "GRANT ALL ON ALL FUNCTIONS IN SCHEMA walwire TO PUBLIC");
        assertInstallRefuses("Schema walwire belongs to role");
        assertThatThrownBy(() -> Outboxes.bare(database).start())
                .isInstanceOf(WalwireException.class)
                .hasMessageContaining("owns what is to be read");
        assertThat(Outboxes.bare(database).check())
                .anySatisfy(finding -> assertThat(finding.what()).contains("walwire_outbox", attacker))
                .anySatisfy(finding -> {
                    assertThat(finding.what()).contains("Every role has the rights EXECUTE. Walwire's functions");
                    assertThat(finding.sql()).contains("REVOKE ALL ON FUNCTION walwire.walwire_", ") FROM PUBLIC;");
                });
        String reader = database.role("LOGIN PASSWORD 'secret'");
        String url = database.url().replaceFirst("//[^@]*@", "//" + reader + ":secret@");
        assertThatThrownBy(() -> Walwire.builder()
                        .url(url)
                        .set("walwire.source", "triggers")
                        .start())
                .isInstanceOf(WalwireException.class)
                .hasMessageContaining(attacker);
    }

    /** Before PostgreSQL 18 the actions of the foreign key, and triggers on its table, run as whoever writes the cursor. */
    @Test
    void foreignKey_ofAnotherRole_toATableOfWalwires_isRefused() throws Exception {
        Outboxes.temporary(database).start().close();
        database.sql(
                "GRANT USAGE ON SCHEMA walwire TO " + attacker,
                "GRANT REFERENCES ON walwire.walwire_cursor TO " + attacker);
        assertThat(Outboxes.bare(database).check()).anySatisfy(finding -> {
            assertThat(finding.severity()).isEqualTo(Severity.ERROR);
            assertThat(finding.what()).contains("Role \"" + attacker + "\" has the rights REFERENCES");
            assertThat(finding.sql())
                    .isEqualTo("REVOKE REFERENCES, TRIGGER ON TABLE walwire.walwire_cursor FROM \"" + attacker + "\";");
        });
        attack(
                "CREATE SCHEMA hers",
                "CREATE TABLE hers.trap (name text REFERENCES walwire.walwire_cursor ON DELETE CASCADE)");
        assertThatThrownBy(() -> Outboxes.bare(database).start())
                .isInstanceOf(WalwireException.class)
                .hasMessageContaining("is referred to by the foreign key trap_name_fkey of hers.trap")
                .hasMessageContaining("Walwire's own tables have none");
    }

    /** The triggers of a table that its reader names were made by those who may do so on that table. */
    @Test
    void objects_ofARoleOfTheirOwn_areReadByOthers() throws Exception {
        String installer = database.role("LOGIN PASSWORD 'secret'");
        String reader = database.role("LOGIN PASSWORD 'secret'");
        database.sql("CREATE SCHEMA walwire AUTHORIZATION " + installer, "ALTER TABLE item OWNER TO " + installer);
        TriggerUpkeep upkeep = new TriggerUpkeep(
                new OutboxNames("walwire", "walwire"),
                new TriggerUpkeep.Options(false, true, Duration.ofSeconds(3)),
                new Pooler("here", false));
        try (Connection connection = database.server().connect(database.name(), installer, "secret")) {
            upkeep.install(connection, List.of(io.walwire.internal.text.TablePattern.parse("item")), Set.of());
        }
        database.sql(upkeep.grants(reader));
        String url = database.url().replaceFirst("//[^@]*@", "//" + reader + ":secret@");
        WalwireBuilder builder = Walwire.builder().url(url).set("walwire.source", "triggers");
        builder.subscriptions("item").start().close();
        assertThatThrownBy(() -> Outboxes.bare(database).subscriptions("item").start())
                .isInstanceOf(WalwireException.class)
                .hasMessageContaining("read as a role that is no superuser");
    }

    @Test
    void tables_withCodeOfOthers_areRefused() throws Exception {
        Outboxes.temporary(database).start().close();
        database.sql(
                "GRANT USAGE ON SCHEMA walwire TO " + attacker,
                "GRANT TRIGGER ON walwire.walwire_cursor TO " + attacker);
        attack(
                "CREATE SCHEMA hers",
                "CREATE FUNCTION hers.run() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'");
        attack("CREATE TRIGGER hers AFTER UPDATE ON walwire.walwire_cursor FOR EACH ROW EXECUTE FUNCTION hers.run()");
        assertRefused("walwire_cursor", "has the trigger hers", "DROP TRIGGER hers ON walwire.walwire_cursor");
        database.sql("REVOKE TRIGGER ON walwire.walwire_cursor FROM " + attacker);
        String outbox = "walwire.walwire_outbox";
        for (String[] each : new String[][] {
            {
                "CREATE RULE hers AS ON DELETE TO " + outbox + " DO ALSO NOTHING",
                "has the rule hers",
                "DROP RULE hers ON " + outbox
            },
            {"CREATE TABLE heir () INHERITS (" + outbox + ")", "is inherited", "DROP TABLE heir"},
            {
                "ALTER TABLE " + outbox + " ENABLE ROW LEVEL SECURITY",
                "has row security",
                "ALTER TABLE " + outbox + " DISABLE ROW LEVEL SECURITY"
            },
            {
                "ALTER TABLE " + outbox + " ALTER changed_at SET DEFAULT now()",
                "has a default",
                "ALTER TABLE " + outbox + " ALTER changed_at DROP DEFAULT"
            },
            {
                "ALTER TABLE " + outbox + " ADD CONSTRAINT hers CHECK (seq > 0)",
                "has the constraint hers",
                "ALTER TABLE " + outbox + " DROP CONSTRAINT hers"
            },
            {"CREATE INDEX hers ON " + outbox + " ((seq + 1))", "has an index of expressions", "DROP INDEX walwire.hers"
            },
            {
                "CREATE DOMAIN public.hers AS int; ALTER TABLE " + outbox + " ADD her public.hers",
                "a column her of a type",
                "ALTER TABLE " + outbox + " DROP her"
            }
        }) {
            database.sql(each[0]);
            assertRefused("walwire_outbox", each[1], each[2]);
        }
        Outboxes.bare(database).start().close();
    }

    private void assertRefused(String table, String oddity, String undo) throws SQLException {
        assertThatThrownBy(() -> Outboxes.bare(database).start())
                .isInstanceOf(WalwireException.class)
                .hasMessageContaining("Relation walwire." + table)
                .hasMessageContaining(oddity);
        database.sql(undo);
    }

    @Test
    void functions_withOtherSettings_areRepaired() throws Exception {
        Outboxes.temporary(database).start().close();
        for (String change : List.of(
                "ALTER FUNCTION walwire.walwire_capture() RESET search_path",
                "ALTER FUNCTION walwire.walwire_capture() SECURITY INVOKER",
                "ALTER FUNCTION walwire.walwire_relieve() SECURITY DEFINER",
                "ALTER FUNCTION walwire.walwire_define(oid) SET search_path = public",
                "DROP FUNCTION walwire.walwire_observe(oid, oid)")) {
            String before = functions();
            database.sql(change);
            assertThat(functions()).isNotEqualTo(before);
            Outboxes.temporary(database).start().close();
            assertThat(functions()).isEqualTo(before);
        }
    }

    private String functions() throws SQLException {
        return database.queryString("SELECT string_agg(concat(proname, prosecdef, proconfig), ' ' ORDER BY proname)"
                + " FROM pg_proc WHERE pronamespace = 'walwire'::regnamespace");
    }

    @Test
    void defaultPrivileges_giveNobodyRightsOnTheOutbox() throws Exception {
        database.sql(
                "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO " + attacker,
                "ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO PUBLIC",
                "ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO " + attacker);
        Outboxes.temporary(database).start().close();
        assertThat(database.query("SELECT relname FROM pg_class, aclexplode(relacl) WHERE grantee <> relowner"
                        + " AND relnamespace = 'walwire'::regnamespace"))
                .isEmpty();
        assertThat(database.query("SELECT proname FROM pg_proc, aclexplode(proacl) WHERE grantee <> proowner"
                        + " AND pronamespace = 'walwire'::regnamespace"))
                .isEmpty();
    }

    @Test
    void writer_cannotForgeChangesOrCursors() throws Exception {
        Outboxes.durable(database).start().close();
        database.sql("GRANT ALL ON item TO " + attacker, "GRANT USAGE ON SCHEMA walwire TO " + attacker);
        for (String forged : List.of(
                "INSERT INTO walwire.walwire_outbox (xid, definition, kind, changed_at, new_row)"
                        + " VALUES ('1', 1, 'I', now(), '(1)')",
                "UPDATE walwire.walwire_cursor SET position = '1'",
                "DELETE FROM walwire.walwire_cursor",
                "TRUNCATE walwire.walwire_outbox",
                "SELECT walwire.walwire_define('item'::regclass)",
                "SELECT walwire.walwire_observe('item'::regclass, 'item'::regclass)",
                "SELECT setval('walwire.walwire_outbox_seq_seq', 1)",
                "CREATE TEMP TABLE hers (LIKE item); CREATE TRIGGER hers AFTER INSERT ON hers FOR EACH ROW EXECUTE"
                        + " FUNCTION walwire.walwire_capture()")) {
            assertThatThrownBy(() -> attack(forged))
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            e -> assertThat(e.getSQLState()).as(forged).isEqualTo("42501"));
        }
        assertThatThrownBy(() -> attack("SELECT walwire.walwire_capture()"))
                .isInstanceOf(SQLException.class)
                .satisfies(e -> assertThat(((SQLException) e).getSQLState()).isIn("42501", "0A000"));
    }
}
