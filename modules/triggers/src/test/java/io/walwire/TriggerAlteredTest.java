package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Event;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

/** A statement waits for another session's ALTER TABLE, and its snapshot is older: its rows come with the columns that they have. */
@ParameterizedClass
@ValueSource(ints = {14, 18})
class TriggerAlteredTest {
    private static final String WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'relation'"
            + " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

    @Parameter
    int version;

    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(version));

    private final Recorder<String> events = new Recorder<>();

    private Walwire recording() {
        return Outboxes.temporary(database)
                .handler(on -> on.onTransaction(each -> each.events().forEach(this::record)))
                .start();
    }

    private void record(Event event) {
        if (event instanceof RowEvent<?> row) {
            events.add(event.source().table() + " " + event.kind() + " " + ((Row) row.row()).toJson());
        }
    }

    private interface Work {
        void in(Connection connection) throws Exception;
    }

    private static void run(Connection connection, String... statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        }
    }

    private static Work copy(String into, String lines) {
        return connection -> connection
                .unwrap(PGConnection.class)
                .getCopyAPI()
                .copyIn("COPY " + into + " FROM STDIN", new StringReader(lines));
    }

    /** Has a session of its own begin the work while the table is altered, and lets the ALTER commit when the work waits. */
    private void behind(String alteration, Work prepared, Work work) throws Exception {
        try (Connection altering = database.connect();
                Connection writer = database.connect()) {
            prepared.in(writer);
            run(altering, "BEGIN", alteration);
            CompletableFuture<Void> writes = CompletableFuture.runAsync(() -> {
                try {
                    work.in(writer);
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            Eventually.until(Items.LONG, () -> database.queryOne(Long.class, WAITING) == 1);
            run(altering, "COMMIT");
            writes.get(Items.LONG.toSeconds(), TimeUnit.SECONDS);
        }
    }

    private void copied(String alteration, Work copy) throws Exception {
        database.sql("CREATE TABLE item (id int PRIMARY KEY, a int, b text)");
        try (Walwire walwire = recording()) {
            database.sql("INSERT INTO item VALUES (1)");
            behind(alteration, connection -> {}, copy);
            database.sql("UPDATE item SET id = 4 WHERE id = 3");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
    }

    @Test
    void copy_behindAnAddedColumn_hasIt() throws Exception {
        copied("ALTER TABLE item ADD c int", copy("item", "2\t5\tx\t7\n3\t6\ty\t8\n"));
        assertThat(events.all())
                .containsExactly(
                        "item INSERT {\"id\":1,\"a\":null,\"b\":null}",
                        "item INSERT {\"id\":2,\"a\":5,\"b\":\"x\",\"c\":7}",
                        "item INSERT {\"id\":3,\"a\":6,\"b\":\"y\",\"c\":8}",
                        "item UPDATE {\"id\":4,\"a\":6,\"b\":\"y\",\"c\":8}");
    }

    @Test
    void copy_behindARenamedColumn_hasItsNewName() throws Exception {
        copied("ALTER TABLE item RENAME a TO z", copy("item", "2\t5\tx\n3\t6\ty\n"));
        assertThat(events.all())
                .containsExactly(
                        "item INSERT {\"id\":1,\"a\":null,\"b\":null}",
                        "item INSERT {\"id\":2,\"z\":5,\"b\":\"x\"}",
                        "item INSERT {\"id\":3,\"z\":6,\"b\":\"y\"}",
                        "item UPDATE {\"id\":4,\"z\":6,\"b\":\"y\"}");
    }

    @Test
    void copy_behindADroppedColumn_lacksIt() throws Exception {
        copied("ALTER TABLE item DROP a", copy("item (id, b)", "2\tx\n3\ty\n"));
        assertThat(events.all())
                .containsExactly(
                        "item INSERT {\"id\":1,\"a\":null,\"b\":null}",
                        "item INSERT {\"id\":2,\"b\":\"x\"}",
                        "item INSERT {\"id\":3,\"b\":\"y\"}",
                        "item UPDATE {\"id\":4,\"b\":\"y\"}");
    }

    @Test
    void copy_behindTwoAlterations_hasEachColumn() throws Exception {
        database.sql("CREATE TABLE item (id int PRIMARY KEY)");
        try (Walwire walwire = recording()) {
            database.sql("INSERT INTO item VALUES (1)");
            behind("ALTER TABLE item ADD a int", connection -> {}, copy("item", "2\t5\n"));
            behind("ALTER TABLE item ALTER a TYPE text", connection -> {}, copy("item", "3\tx\n"));
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(events.all())
                .containsExactly(
                        "item INSERT {\"id\":1}",
                        "item INSERT {\"id\":2,\"a\":5}",
                        "item INSERT {\"id\":3,\"a\":\"x\"}");
    }

    @Test
    void prepared_behindAnAddedColumn_hasIt() throws Exception {
        database.sql("CREATE TABLE item (id int PRIMARY KEY)");
        try (Walwire walwire = recording()) {
            database.sql("INSERT INTO item VALUES (1)");
            behind(
                    "ALTER TABLE item ADD a int DEFAULT 5",
                    connection -> run(connection, "PREPARE made (int) AS INSERT INTO item (id) VALUES ($1)"),
                    connection -> run(connection, "EXECUTE made (2)", "EXECUTE made (3)"));
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(events.all())
                .containsExactly(
                        "item INSERT {\"id\":1}", "item INSERT {\"id\":2,\"a\":5}", "item INSERT {\"id\":3,\"a\":5}");
    }

    @Test
    void cascade_toAChildThatIsAltered_hasItsColumns() throws Exception {
        database.sql(
                "CREATE TABLE parent (id int PRIMARY KEY)",
                "CREATE TABLE child (id int PRIMARY KEY, gone int REFERENCES parent ON DELETE CASCADE,"
                        + " kept int REFERENCES parent ON DELETE SET NULL)",
                "INSERT INTO parent VALUES (1), (2)",
                "INSERT INTO child VALUES (1, 1, NULL), (2, NULL, 2)");
        try (Walwire walwire = recording()) {
            database.sql("UPDATE child SET id = 3 WHERE id = 2");
            behind(
                    "ALTER TABLE child RENAME id TO number",
                    connection -> {},
                    connection -> run(connection, "DELETE FROM parent"));
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(events.all())
                .containsExactlyInAnyOrder(
                        "child UPDATE {\"id\":3,\"gone\":null,\"kept\":2}",
                        "parent DELETE {\"id\":1}",
                        "parent DELETE {\"id\":2}",
                        "child DELETE {\"number\":1,\"gone\":1,\"kept\":null}",
                        "child UPDATE {\"number\":3,\"gone\":null,\"kept\":null}");
    }
}
