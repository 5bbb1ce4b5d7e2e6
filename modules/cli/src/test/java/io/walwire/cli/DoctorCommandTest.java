package io.walwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.cli.signal.Signals;
import io.walwire.testing.LogWatch;
import io.walwire.testing.TestDatabase;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the doctor says at the command line, and with which exit code. */
class DoctorCommandTest {
    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.onSharedServer();

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int execute(String... arguments) {
        PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
        return Main.commandLine(out, errors, Map.of("PGPASSWORD", LogWatch.PASSWORD), new Signals(), verbose -> {})
                .execute(arguments);
    }

    private String printed() {
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void doctor_couldNotStream_printsTheSqlAndEndsWith1() {
        assertThat(execute("doctor", "--url", DATABASE.url(), "--publication", "nowhere", "--slot", "examined"))
                .isEqualTo(1);
        assertThat(printed())
                .startsWith("""
                        ERROR    publication "nowhere"
                                 It does not exist. FOR ALL TABLES also publishes tables that are created later. If one has no \
                        primary key, PostgreSQL refuses its updates and deletes.
                                 run: CREATE PUBLICATION "nowhere" FOR ALL TABLES;

                        """)
                .endsWith("Walwire cannot stream: 1 error to correct first.\n")
                .doesNotContain(LogWatch.PASSWORD);
        assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
    }

    @Test
    void doctor_couldStream_endsWith0() throws Exception {
        DATABASE.sql(
                "CREATE TABLE IF NOT EXISTS item (id int PRIMARY KEY)", "CREATE PUBLICATION events FOR TABLE item");
        assertThat(execute("doctor", "--url", DATABASE.url(), "--publication", "events", "--slot", "examined"))
                .isZero();
        assertThat(printed()).contains("NOTE     slot \"examined\"").contains("Walwire can stream: ");
    }

    @Test
    void doctor_withAUrlAlone_listsWhatCouldBeNamed() throws Exception {
        try (TestDatabase database = TestDatabase.create(DATABASE.server())) {
            assertThat(execute("doctor", "--url", database.url())).isEqualTo(1);
            assertThat(printed())
                    .startsWith("ERROR    publication\n         None is named, and the database has none.")
                    .contains("run: CREATE PUBLICATION \"events\" FOR ALL TABLES;");
            out.reset();
            database.sql(
                    "CREATE TABLE a (id int PRIMARY KEY)",
                    "CREATE TABLE b (id int PRIMARY KEY)",
                    "CREATE PUBLICATION few FOR TABLE a",
                    "CREATE PUBLICATION \"All, of them\" FOR ALL TABLES",
                    "CREATE PUBLICATION empty");
            database.createSlot(database.unique("listed"));
            assertThat(execute("doctor", "--url", database.url())).isEqualTo(1);
            assertThat(printed())
                    .contains(
                            "None is named. Name one or several in walwire.publication, or with --publication.",
                            "The database has: \"All, of them\" (all tables, now 2 tables), \"empty\" (0 tables), \"few\" (1 table).",
                            "NOTE     slot",
                            "The database has: " + database.unique("listed") + ".")
                    .endsWith("Walwire cannot stream: 1 error to correct first.\n");
        }
        assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
    }

    @Test
    void doctor_withoutAUrl_isBadUsage() {
        assertThat(execute("doctor", "--publication", "events")).isEqualTo(2);
        assertThat(printed()).isEmpty();
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("walwire.url");
    }
}
