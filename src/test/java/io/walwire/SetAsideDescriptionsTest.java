package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.ColumnState;
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

/** Tables that are described for changes which are set aside or rolled back are described for no other change. */
@ParameterizedClass
@ValueSource(ints = {15, 16, 17, 18})
class SetAsideDescriptionsTest {
    @Parameter
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    private final Recorder<Event> events = new Recorder<>();

    @BeforeEach
    void create() throws SQLException {
        database.sql(
                "CREATE TABLE a (id int PRIMARY KEY, note text)",
                "ALTER TABLE a REPLICA IDENTITY FULL",
                "CREATE TABLE b (name int PRIMARY KEY)",
                "CREATE TABLE root (id int PRIMARY KEY, note text) PARTITION BY RANGE (id)",
                "CREATE TABLE one PARTITION OF root FOR VALUES FROM (0) TO (10)",
                "ALTER TABLE root REPLICA IDENTITY FULL",
                "CREATE TABLE filler (note text)",
                "INSERT INTO root VALUES (1, 'old'), (2, 'old')",
                "CREATE PUBLICATION events FOR TABLE a, b, root WITH (publish_via_partition_root = true)",
                "ALTER DATABASE " + database.name() + " SET logical_decoding_work_mem = '64kB'");
    }

    @AfterEach
    void rollBack() throws SQLException {
        for (var left : database.query("SELECT gid FROM pg_prepared_xacts WHERE database = current_database()")) {
            database.sql("ROLLBACK PREPARED '" + left.get("gid") + "'");
        }
    }

    private Walwire start(WalwireBuilder builder) {
        return builder.handler(on -> on.onTransaction(t -> t.events().forEach(events::add)))
                .start();
    }

    private void prepare(String... statements) throws SQLException {
        try (Connection connection = database.connect()) {
            connection.setAutoCommit(false);
            BothWays.execute(connection, statements);
            BothWays.execute(connection, "PREPARE TRANSACTION '" + database.unique("g") + "'");
        }
    }

    private static ColumnState oldNote(Event event) {
        return Objects.requireNonNull(Typed.row(event).beforeRow()).state("note");
    }

    @Test
    void prepared_twoTables_nullOfTheFirstIsNull() throws Exception {
        try (Walwire walwire = start(Instances.durable(database).set("walwire.two-phase", "true"))) {
            database.sql("INSERT INTO b VALUES (7)");
            events.await(1);
            prepare("INSERT INTO a VALUES (1)", "ALTER TABLE b ADD x int", "INSERT INTO b VALUES (1)");
            database.sql("INSERT INTO a VALUES (2)", "DELETE FROM a WHERE id = 2");
            assertThat(oldNote(events.await(3).get(2))).isEqualTo(ColumnState.NULL);
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }

    /** The server does not describe the partition again for those that change it meanwhile. */
    @Test
    void prepared_partition_isKnownToLaterChanges() throws Exception {
        try (Walwire walwire = start(Instances.durable(database).set("walwire.two-phase", "true"))) {
            prepare("UPDATE root SET note = 'new' WHERE id = 1");
            database.sql("DELETE FROM root WHERE id = 2");
            Event delete = events.await(1).get(0);
            assertThat(delete.toJson()).contains("\"old_record\":{\"id\":2}");
            assertThat(oldNote(delete)).isEqualTo(ColumnState.NOT_SENT);
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }

    @Test
    void rolledBackSavepoint_twoTables_nullOfTheFirstIsNull() throws Exception {
        try (Walwire walwire = start(Instances.temporary(database).set("walwire.streaming", "on"))) {
            database.sql("INSERT INTO a VALUES (2)");
            database.inTransaction(connection -> BothWays.filled(
                    connection,
                    "SELECT 1",
                    "SAVEPOINT s",
                    "INSERT INTO a VALUES (1)",
                    "INSERT INTO b VALUES (1)",
                    "ROLLBACK TO s",
                    "DELETE FROM a WHERE id = 2"));
            assertThat(oldNote(events.await(2).get(1))).isEqualTo(ColumnState.NULL);
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }
}
