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

    static boolean hasPsql() throws InterruptedException {
        try {
            return new ProcessBuilder("psql", "--version").start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void scripts_callNoCodeOfAnotherRole() throws Exception {
        assumeTrue(hasPsql(), "there is no psql");
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
