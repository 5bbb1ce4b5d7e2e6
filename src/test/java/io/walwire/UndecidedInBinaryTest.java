package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Event;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Types that the catalog does not have yet, or never will, do not end a stream in binary. */
@ParameterizedClass
@ValueSource(ints = {15, 18})
class UndecidedInBinaryTest {
    @Parameter
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    private final Recorder<Event> events = new Recorder<>();

    @BeforeEach
    void create() throws SQLException {
        database.sql(
                "CREATE EXTENSION seg",
                "CREATE TABLE item (id int PRIMARY KEY, name text)",
                "CREATE TABLE filler (note text)",
                "CREATE PUBLICATION events FOR ALL TABLES",
                "ALTER DATABASE " + database.name() + " SET logical_decoding_work_mem = '64kB'");
    }

    @AfterEach
    void rollBack() throws SQLException {
        for (var left : database.query("SELECT gid FROM pg_prepared_xacts WHERE database = current_database()")) {
            database.sql("ROLLBACK PREPARED '" + left.get("gid") + "'");
        }
    }

    private Walwire start(WalwireBuilder builder) {
        return builder.set("walwire.binary", "true")
                .handler(on -> on.allTables().onChange(this::add))
                .start();
    }

    private void add(Event event) {
        if (!event.source().table().equals("filler")) {
            events.add(event);
        }
    }

    private String prepare(String... statements) throws SQLException {
        String gid = database.unique("g");
        try (Connection connection = database.connect()) {
            connection.setAutoCommit(false);
            BothWays.execute(connection, statements);
            BothWays.execute(connection, "PREPARE TRANSACTION '" + gid + "'");
        }
        return gid;
    }

    private static String row(Event event) {
        return Objects.requireNonNull(Typed.row(event).afterRow()).toJson();
    }

    private long binaryStreams() throws SQLException {
        return database.queryLong("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                + " AND backend_type = 'walsender' AND query LIKE '%binary%'");
    }

    @Test
    void prepared_typeOfItsOwn_isKnownWhenItCommits() throws Exception {
        try (Walwire walwire = start(Instances.durable(database).set("walwire.two-phase", "true"))) {
            database.sql("INSERT INTO item VALUES (1, 'a')");
            String gid = prepare(
                    "CREATE TYPE mood AS ENUM ('sad', 'glad')",
                    "CREATE TABLE person (id int PRIMARY KEY, moods mood[])",
                    "INSERT INTO person VALUES (1, '{glad}')");
            database.sql("INSERT INTO item VALUES (2, 'a')");
            events.await(2);
            database.sql("COMMIT PREPARED '" + gid + "'");
            Event person = events.await(3).get(2);
            assertThat(row(person)).isEqualTo("{\"id\":1,\"moods\":[\"glad\"]}");
            assertThat(person.source().columns()).containsEntry("moods", "mood[]");
            assertThat(binaryStreams()).isEqualTo(1);
            assertThat(walwire.status().reconnects()).isZero();
        }
    }

    /** The catalog has the old name until the transaction commits. */
    @Test
    void prepared_typeThatItRenames_hasItsNewName() throws Exception {
        database.sql(
                "CREATE TYPE mood AS ENUM ('sad', 'glad')", "CREATE TABLE person (id int PRIMARY KEY, moods mood[])");
        try (Walwire walwire = start(Instances.durable(database).set("walwire.two-phase", "true"))) {
            database.sql("INSERT INTO item VALUES (1, 'a')");
            String gid = prepare("ALTER TYPE mood RENAME TO humour", "INSERT INTO person VALUES (1, '{glad}')");
            database.sql("INSERT INTO person VALUES (2, '{sad}')", "COMMIT PREPARED '" + gid + "'");
            assertThat(events.await(3))
                    .last()
                    .satisfies(person -> assertThat(person.source().columns()).containsEntry("moods", "humour[]"));
            assertThat(walwire.status().reconnects()).isZero();
        }
    }

    /** The table and its type are gone, and the description of the table comes all the same. */
    @Test
    void rolledBackSavepoint_typeOfItsOwn_isAskedOfNobody() throws Exception {
        try (Walwire walwire = start(Instances.temporary(database).set("walwire.streaming", "on"))) {
            database.inTransaction(connection -> BothWays.filled(
                    connection,
                    "INSERT INTO item VALUES (1, 'a')",
                    "SAVEPOINT s",
                    "CREATE TYPE mood AS ENUM ('sad', 'glad')",
                    "CREATE TABLE person (id int PRIMARY KEY, moods mood[])",
                    "INSERT INTO person VALUES (1, '{glad}')",
                    "ROLLBACK TO s",
                    "INSERT INTO item VALUES (2, 'a')"));
            assertThat(events.await(2))
                    .extracting(UndecidedInBinaryTest::row)
                    .containsExactly("{\"id\":1,\"name\":\"a\"}", "{\"id\":2,\"name\":\"a\"}");
            assertThat(binaryStreams()).isEqualTo(1);
            assertThat(walwire.status().reconnects()).isZero();
        }
    }

    /** The server fails when it sends the prepared row. */
    @Test
    void prepared_rowThatCannotBeSent_comesAsText() throws Exception {
        database.sql("CREATE TABLE measured (id int PRIMARY KEY, s seg[])");
        try (Walwire walwire = start(Instances.durable(database).set("walwire.two-phase", "true"))) {
            database.sql("INSERT INTO item VALUES (1, 'a')");
            String gid = prepare("INSERT INTO measured VALUES (1, '{1.5 .. 2.5}')");
            database.sql("INSERT INTO item VALUES (2, 'a')");
            events.await(2);
            database.sql("COMMIT PREPARED '" + gid + "'");
            assertThat(row(events.await(3).get(2))).isEqualTo("{\"id\":1,\"s\":[\"1.5 .. 2.5\"]}");
            assertThat(binaryStreams()).isZero();
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }
}
