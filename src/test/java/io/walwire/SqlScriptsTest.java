package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The scripts of {@code sql}, as a superuser runs them. */
class SqlScriptsTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(14));

    /** What psql says, which must succeed. */
    static String psql(TestDatabase database, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                "psql",
                "-X",
                "-h",
                database.server().host(),
                "-p",
                String.valueOf(database.server().port()),
                "-U",
                database.user(),
                "-d",
                database.name()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("PGPASSWORD", database.password());
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    /** Skips the test where there is no psql, unless {@code -Dwalwire.test.psql=required}. */
    static void requirePsql() throws InterruptedException {
        try {
            assertThat(new ProcessBuilder("psql", "--version").start().waitFor())
                    .isZero();
        } catch (IOException e) {
            assumeTrue("required".equals(System.getProperty("walwire.test.psql")), "there is no psql");
            throw new AssertionError("There is no psql, which -Dwalwire.test.psql=required asks for", e);
        }
    }

    /** A schema is published with all its tables, as of PostgreSQL 15. */
    @ParameterizedTest
    @CsvSource({
        "14, keyed, true",
        "14, 'keyed, sub.keyless', false",
        "18, 'keyed, TABLES IN SCHEMA sub', false",
        "18, 'keyed, TABLES IN SCHEMA other', true",
        "18, 'keyed, TABLES IN SCHEMA parted', false"
    })
    void setup_publishesNoTable_whoseUpdatesPostgresWouldThenRefuse(int version, String tables, boolean isMade)
            throws Exception {
        requirePsql();
        try (TestDatabase own = TestDatabase.create(PostgresServer.of(version))) {
            own.sql(
                    "CREATE SCHEMA sub",
                    "CREATE SCHEMA other",
                    "CREATE SCHEMA parted",
                    "CREATE TABLE keyed (id int PRIMARY KEY)",
                    "CREATE TABLE other.keyed (id int PRIMARY KEY)",
                    "CREATE TABLE sub.keyless (id int)",
                    "CREATE TABLE parted.root (id int) PARTITION BY LIST (id)",
                    "CREATE TABLE parted.leaf PARTITION OF parted.root DEFAULT");
            String said =
                    psql(own, "-v", "role=" + own.unique("made"), "-v", "tables=" + tables, "-f", "sql/setup.sql");
            assertThat(own.queryLong("SELECT count(*) FROM pg_publication"))
                    .as(said)
                    .isEqualTo(isMade ? 1 : 0);
            assertThat(said.contains("No publication was made")).as(said).isEqualTo(!isMade);
        }
    }

    @Test
    void setup_ofAllTables_saysWhatNewTablesNeed() throws Exception {
        requirePsql();
        database.sql("CREATE TABLE users (id int PRIMARY KEY)");
        assertThat(psql(database, "-v", "role=" + database.unique("made"), "-f", "sql/setup.sql"))
                .contains("Give each new table a primary key");
    }

    @Test
    void scripts_callNoCodeOfAnotherRole() throws Exception {
        requirePsql();
        String role = database.unique("made");
        String slot = database.unique("slot");
        database.sql(
                "CREATE TABLE users (id int PRIMARY KEY)",
                "CREATE TABLE keyless (id int)",
                "SELECT pg_create_logical_replication_slot('" + slot + "', 'pgoutput')");
        ForeignCode foreign = ForeignCode.in(database);
        for (String[] script : new String[][] {
            {"-v", "role=" + role, "-v", "publication=some", "-v", "tables=users", "-f", "sql/setup.sql"},
            {"-v", "role=" + role, "-f", "sql/setup.sql"},
            {"-v", "role=" + role, "-f", "sql/setup.sql", "-f", "sql/dead-letters.sql"},
            {"-v", "full=users, keyless", "-f", "sql/replica-identity.sql"},
            {"-v", "default=users", "-f", "sql/replica-identity.sql"},
            {"-f", "sql/checkpoint.sql"},
            {"-f", "sql/inspect.sql"},
        }) {
            foreign.reset();
            String said = psql(database, script);
            assertThat(foreign.hasRun())
                    .as(String.join(" ", script) + '\n' + said)
                    .isFalse();
        }
        assertThat(database.query("SELECT pubname, tablename FROM pg_publication_tables ORDER BY 1, 2"))
                .extracting(row -> row.get("pubname") + " " + row.get("tablename"))
                .containsExactly("events users", "some users");
        assertThat(database.queryString("SELECT string_agg(relname || relreplident, ' ' ORDER BY relname) FROM pg_class"
                        + " WHERE relname IN ('users', 'keyless')"))
                .isEqualTo("keylessf usersd");
        database.sql("REVOKE ALL ON walwire_dead_letter FROM " + role);
        foreign.reset();
        String said = psql(
                database,
                "-v",
                "role=" + role,
                "-v",
                "slot=" + slot,
                "-v",
                "publication=some",
                "-f",
                "sql/teardown.sql");
        assertThat(foreign.hasRun()).as(said).isFalse();
        assertThat(database.slot(slot)).isEmpty();
        assertThat(database.query("SELECT 1 FROM pg_roles WHERE rolname = '" + role + "'"))
                .isEmpty();
    }
}
