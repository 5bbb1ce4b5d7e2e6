package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.doctor.Severity;
import io.walwire.event.Event;
import io.walwire.event.Lsn;
import io.walwire.internal.connection.slot.GapNote;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.LogWatch;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Everything that an instance does, as the role that {@code sql/least-privilege.sql} makes, and as nothing more. */
class LeastPrivilegeTest {
    private static final int MANY = 2_000;

    private final Recorder<String> events = new Recorder<>();

    private static void createRole(TestDatabase database, String role) throws IOException, SQLException {
        String script = Files.readString(Path.of("sql/least-privilege.sql")).replaceAll("(?m)^--.*$", "");
        for (String statement : script.split(";", -1)) {
            if (!statement.isBlank()) {
                database.sql(statement.replaceAll("\\bwalwire\\b", role).replaceAll("\\bshop\\b", database.name()));
            }
        }
        database.sql("ALTER ROLE " + role + " PASSWORD '" + LogWatch.PASSWORD + "'");
        database.server().requirePassword(role);
    }

    private static void createTables(TestDatabase database) throws SQLException {
        Items.create(database);
        database.sql(
                "REVOKE ALL ON DATABASE " + database.name() + " FROM PUBLIC",
                "REVOKE ALL ON SCHEMA public FROM PUBLIC",
                "CREATE SCHEMA hidden",
                "CREATE TYPE hidden.mood AS ENUM ('sad', 'glad')",
                "CREATE DOMAIN hidden.mail AS text",
                "CREATE TABLE hidden.person (id int PRIMARY KEY, moods hidden.mood[], mail hidden.mail, at timestamptz)",
                "ALTER TABLE hidden.person REPLICA IDENTITY FULL",
                "ALTER PUBLICATION events ADD TABLE hidden.person");
    }

    private WalwireBuilder reader(TestDatabase database, String role) {
        return Items.reader(database)
                .user(role)
                .password(LogWatch.PASSWORD)
                .slotName(database.unique("least"))
                .set("walwire.visible", "true")
                .set("walwire.buffer", "64KiB")
                .handler(on -> {
                    on.onTransaction(transaction -> transaction.events().forEach(event -> events.add(line(event))));
                    on.onMessage(message -> events.add("message"));
                });
    }

    private static String line(Event event) {
        return event.kind().jsonName() + " " + event.source().table() + " "
                + event.source().columns().values();
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void mainPath(int version) throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            String role = database.unique("least_role");
            createTables(database);
            createRole(database, role);
            try {
                assertNothingElseIsAllowed(database, role);
                stream(database, role);
                noteAGap(database, role);
            } finally {
                database.sql("DROP OWNED BY " + role, "DROP ROLE " + role);
            }
        }
    }

    private static void assertNothingElseIsAllowed(TestDatabase database, String role) throws SQLException {
        try (Connection connection = database.server().connect(database.name(), role, LogWatch.PASSWORD);
                Statement statement = connection.createStatement()) {
            for (String forbidden : List.of(
                    "SELECT * FROM public.item",
                    "SELECT * FROM hidden.person",
                    "CREATE TABLE public.mine (id int)",
                    "CREATE TEMPORARY TABLE mine (id int)",
                    "CREATE SCHEMA mine",
                    "CREATE PUBLICATION mine",
                    "CREATE ROLE mine")) {
                assertThatThrownBy(() -> statement.execute(forbidden))
                        .as(forbidden)
                        .isInstanceOfSatisfying(SQLException.class, refusal -> assertThat(refusal.getSQLState())
                                .isEqualTo("42501"));
            }
        }
    }

    private static void noteAGap(TestDatabase database, String role) throws SQLException {
        String slot = database.unique("lost");
        Lsn from = Lsn.parse("A/B0C");
        try (Connection connection = database.server().connect(database.name(), role, LogWatch.PASSWORD)) {
            GapNote.write(connection, slot, from);
            GapNote.write(connection, slot, Lsn.parse("B/0"));
            assertThat(GapNote.find(connection, slot)).map(GapNote::from).contains(from);
            assertThat(GapNote.find(connection, slot + "_of_another")).isEmpty();
            GapNote.erase(connection, slot);
            assertThat(GapNote.find(connection, slot)).isEmpty();
            GapNote.erase(connection, slot);
        }
    }

    private void stream(TestDatabase database, String role) throws Exception {
        assertThat(reader(database, role).check()).noneMatch(finding -> finding.severity() == Severity.ERROR);
        try (Walwire walwire = reader(database, role).start();
                Walwire standby = reader(database, role).start()) {
            assertThat(standby.state()).isEqualTo(State.STANDBY);
            database.sql(
                    "INSERT INTO hidden.person VALUES (1, '{glad,NULL}', 'a@b', now())",
                    "UPDATE hidden.person SET mail = 'c@d'",
                    "DELETE FROM hidden.person",
                    "TRUNCATE hidden.person",
                    "SELECT pg_logical_emit_message(true, 'least', 'x')");
            String columns = " person [int4, mood[], mail, timestamptz]";
            assertThat(events.await(6))
                    .containsOnlyOnce("insert" + columns, "update" + columns, "delete" + columns, "truncate" + columns);
            database.terminateWalsenders();
            database.sql("INSERT INTO item SELECT g, repeat('x', 500) FROM generate_series(1, " + MANY + ") g");
            // the first six come again if their confirmation was not with the server yet
            assertThat(events.await(6 + MANY)).hasSizeBetween(6 + MANY, 12 + MANY);
            Eventually.until(
                    Items.LONG, () -> walwire.state() == State.STREAMING || standby.state() == State.STREAMING);
            Walwire streaming = walwire.state() == State.STREAMING ? walwire : standby;
            assertThat(streaming.awaitCurrent(Items.LONG)).isTrue();
            assertThat(streaming.check()).noneMatch(finding -> finding.severity() == Severity.ERROR);
            assertThat(streaming.drain(Items.LONG)).isTrue();
        }
    }
}
