package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Event;
import io.walwire.event.LogicalMessage;
import io.walwire.event.MessageEvent;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/** Transactions that the server sends while they are in progress: what comes is the same as under protocol 1. */
@ParameterizedClass
@CsvSource({"14, on", "15, on", "16, parallel", "17, on", "18, on", "18, parallel"})
class StreamedTransactionsTest {
    private final TestDatabase database;
    private final BothWays ways;

    StreamedTransactionsTest(int version, String streaming) throws SQLException {
        this.database = TestDatabase.create(PostgresServer.of(version));
        BothWays.prepare(database);
        this.ways = BothWays.streaming(database, streaming);
    }

    @AfterEach
    void end() throws SQLException {
        ways.close();
        database.close();
    }

    @Test
    void transaction_committed() throws Exception {
        ways.inFilledTransaction(
                "INSERT INTO item VALUES (1), (2)",
                "UPDATE item SET note = 'n' WHERE id = 2",
                "DELETE FROM item WHERE id = 1",
                "TRUNCATE item, other");
        assertThat(ways.nextLines()).containsExactly("item+1", "item+2", "item~2", "item-1", "item!", "other!");
        ways.requireStreamed(1);
    }

    @Test
    void savepoint_rolledBack() throws Exception {
        ways.inFilledTransaction(
                "INSERT INTO item VALUES (1)",
                "SAVEPOINT a",
                "INSERT INTO item VALUES (2)",
                "ROLLBACK TO a",
                "INSERT INTO item VALUES (3)");
        assertThat(ways.nextLines()).containsExactly("item+1", "item+3");
        ways.requireStreamed(1);
    }

    @Test
    void savepoints_nested() throws Exception {
        ways.inFilledTransaction(
                "SAVEPOINT a",
                "INSERT INTO item VALUES (1)",
                "SAVEPOINT b",
                "INSERT INTO item VALUES (2)",
                "SAVEPOINT c",
                "INSERT INTO item VALUES (3)",
                "RELEASE c",
                "ROLLBACK TO b",
                "INSERT INTO item VALUES (4)",
                "RELEASE b",
                "RELEASE a",
                "SAVEPOINT d",
                "INSERT INTO item VALUES (5)",
                "SAVEPOINT e",
                "INSERT INTO item VALUES (6)",
                "RELEASE e",
                "ROLLBACK TO d",
                "INSERT INTO item VALUES (7)");
        assertThat(ways.nextLines()).containsExactly("item+1", "item+4", "item+7");
        ways.requireStreamed(1);
    }

    @Test
    void transaction_rolledBack() throws Exception {
        try (Connection connection = database.connect()) {
            connection.setAutoCommit(false);
            BothWays.filled(connection, "INSERT INTO item VALUES (1)", "SAVEPOINT a", "INSERT INTO item VALUES (2)");
            ways.requireStreamed(1);
            connection.rollback();
        }
        database.sql("INSERT INTO item VALUES (3)");
        assertThat(ways.nextLines()).containsExactly("item+3");
    }

    @Test
    void transactions_interleavedWithSmallOnes_comeInTheOrderOfTheirCommits() throws Exception {
        try (Connection one = database.connect();
                Connection other = database.connect()) {
            one.setAutoCommit(false);
            other.setAutoCommit(false);
            BothWays.filled(one, "INSERT INTO item VALUES (1)");
            BothWays.filled(other, "INSERT INTO item VALUES (11)", "SAVEPOINT a", "INSERT INTO item VALUES (12)");
            database.sql("INSERT INTO item VALUES (21)");
            BothWays.filled(one, "INSERT INTO item VALUES (2)");
            database.sql("INSERT INTO other VALUES (22)");
            BothWays.filled(other, "ROLLBACK TO a", "INSERT INTO item VALUES (13)");
            BothWays.filled(one, "INSERT INTO other VALUES (3)");
            other.commit();
            database.sql("INSERT INTO item VALUES (23)");
            one.commit();
        }
        assertThat(ways.nextLines()).containsExactly("item+21");
        assertThat(ways.nextLines()).containsExactly("other+22");
        assertThat(ways.nextLines()).containsExactly("item+11", "item+13");
        assertThat(ways.nextLines()).containsExactly("item+23");
        assertThat(ways.nextLines()).containsExactly("item+1", "item+2", "other+3");
        ways.requireStreamed(2);
    }

    @Test
    void alter_inASavepointThatIsRolledBack() throws Exception {
        ways.inFilledTransaction(
                "INSERT INTO item VALUES (1, 'a')",
                "SAVEPOINT a",
                "ALTER TABLE item ADD w int DEFAULT 5",
                "INSERT INTO item VALUES (2, 'b', 6)",
                "ROLLBACK TO a",
                "INSERT INTO item VALUES (3, 'c')");
        database.sql("INSERT INTO item VALUES (4, 'd')");
        List<Event> events = ways.next();
        assertThat(events).extracting(Trail::line).containsExactly("item+1", "item+3");
        assertThat(events)
                .allSatisfy(event -> assertThat(event.source().columns()).containsOnlyKeys("id", "note"));
        assertThat(ways.next().get(0).source().columns()).containsOnlyKeys("id", "note");
        ways.requireStreamed(1);
    }

    @Test
    void alter_inASavepointThatIsRolledBack_lastOfItsTransaction() throws Exception {
        database.sql("INSERT INTO item VALUES (1, 'a')");
        ways.inFilledTransaction(
                "SAVEPOINT a",
                "ALTER TABLE item ADD w int DEFAULT 5",
                "INSERT INTO item VALUES (2, 'b', 6)",
                "ROLLBACK TO a",
                "INSERT INTO other VALUES (1)");
        database.sql("INSERT INTO item VALUES (3, 'c')");
        assertThat(ways.nextLines()).containsExactly("item+1");
        assertThat(ways.nextLines()).containsExactly("other+1");
        assertThat(ways.nextLines()).containsExactly("item+3");
        ways.requireStreamed(1);
    }

    @Test
    void alter_ofACommittedTransaction_betweenItsChanges() throws Exception {
        ways.inFilledTransaction(
                "INSERT INTO item VALUES (1, 'a')",
                "ALTER TABLE item ADD w int DEFAULT 5",
                "INSERT INTO item VALUES (2, 'b', 6)",
                "ALTER TABLE item DROP note",
                "INSERT INTO item VALUES (3, 7)");
        database.sql("INSERT INTO item VALUES (4, 8)");
        assertThat(ways.next())
                .extracting(event ->
                        Trail.line(event) + " " + event.source().columns().keySet())
                .containsExactly(
                        "item+1 [id, note]",
                        "item^ [id, note, w]",
                        "item+2 [id, note, w]",
                        "item^ [id, w]",
                        "item+3 [id, w]");
        assertThat(ways.nextLines()).containsExactly("item+4");
        ways.requireStreamed(1);
    }

    @Test
    void relation_sentUnderARolledBackSavepointAlone() throws Exception {
        ways.inFilledTransaction(
                "SAVEPOINT a",
                "INSERT INTO item VALUES (1)",
                "ROLLBACK TO a",
                "INSERT INTO item VALUES (2)",
                "SAVEPOINT b",
                "INSERT INTO other VALUES (1)",
                "ROLLBACK TO b");
        database.sql("INSERT INTO other VALUES (2)");
        assertThat(ways.nextLines()).containsExactly("item+2");
        assertThat(ways.nextLines()).containsExactly("other+2");
        ways.requireStreamed(1);
    }

    @Test
    void truncate_thatIsRolledBack() throws Exception {
        ways.inFilledTransaction(
                "INSERT INTO item VALUES (1)",
                "SAVEPOINT a",
                "TRUNCATE item",
                "INSERT INTO item VALUES (2)",
                "ROLLBACK TO a",
                "INSERT INTO item VALUES (3)");
        assertThat(ways.nextLines()).containsExactly("item+1", "item+3");
        ways.requireStreamed(1);
    }

    @Test
    void exceptionBlocks_thousands() throws Exception {
        int blocks = 4_000;
        database.sql("""
                DO $$ BEGIN
                  FOR i IN 1..%d LOOP
                    BEGIN
                      INSERT INTO item VALUES (i, repeat('x', 300));
                      IF i %% 3 = 0 THEN
                        INSERT INTO filler SELECT repeat('x', 300) FROM generate_series(1, 100);
                        RAISE EXCEPTION 'no';
                      END IF;
                    EXCEPTION WHEN raise_exception THEN NULL;
                    END;
                  END LOOP;
                END $$""".formatted(blocks));
        assertThat(ways.nextLines())
                .isEqualTo(IntStream.rangeClosed(1, blocks)
                        .filter(i -> i % 3 != 0)
                        .mapToObj(i -> "item+" + i)
                        .toList());
        ways.requireStreamed(1);
    }

    @Test
    void messages_transactionalAndNot() throws Exception {
        ways.inFilledTransaction(
                "SELECT pg_logical_emit_message(true, 'walwire.context', '{\"who\": 1}')",
                "INSERT INTO item VALUES (1)",
                "SELECT pg_logical_emit_message(false, 'p', 'at once')",
                "SAVEPOINT a",
                "INSERT INTO item VALUES (9)",
                "SELECT pg_logical_emit_message(true, 'p', 'rolled back')",
                "SELECT pg_logical_emit_message(true, 'walwire.context', '{\"who\": 2}')",
                "ROLLBACK TO a",
                "SELECT pg_logical_emit_message(true, 'p', 'kept')",
                "INSERT INTO item VALUES (2)");
        List<Event> events = ways.next();
        assertThat(events)
                .extracting(event -> event instanceof MessageEvent message
                        ? text(message.message())
                        : Trail.line(event) + " " + event.id().index())
                .containsExactly("{\"who\": 1}", "item+1 0", "kept", "item+2 1");
        assertThat(Objects.requireNonNull(Typed.transaction(events.get(3)).context()))
                .isEqualTo("{\"who\": 1}");
        ways.requireStreamed(1);
    }

    /** PostgreSQL does not send which savepoint a message belongs to; under protocol 1 it would not come. */
    @Test
    void message_beforeTheFirstChangeOfARolledBackSavepoint_comesAllTheSame() throws Exception {
        Recorder<String> messages = new Recorder<>();
        try (Walwire walwire = Instances.durable(database)
                .set("walwire.streaming", "on")
                .handler(on -> on.onMessage("p", event -> messages.add(text(event.message()))))
                .start()) {
            database.inTransaction(connection -> {
                BothWays.execute(connection, "SAVEPOINT a");
                BothWays.filled(connection, "SELECT pg_logical_emit_message(true, 'p', 'first')");
                BothWays.awaitStreamed(database, Instances.slot(database), 1);
                BothWays.filled(
                        connection,
                        "INSERT INTO item VALUES (1)",
                        "SELECT pg_logical_emit_message(true, 'p', 'second')",
                        "ROLLBACK TO a",
                        "SELECT pg_logical_emit_message(true, 'p', 'third')");
            });
            assertThat(messages.await(2)).containsExactly("first", "third");
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }

    /** For the same reason: a context belongs before any savepoint. */
    @Test
    void context_beforeTheFirstChangeOfARolledBackSavepoint_isTheTransactionsAllTheSame() throws Exception {
        Recorder<Event> inserts = new Recorder<>();
        try (Walwire walwire = Instances.durable(database)
                .set("walwire.streaming", "on")
                .handler(on -> on.table("item").onInsert(inserts::add))
                .start()) {
            database.inTransaction(connection -> {
                BothWays.execute(connection, "SAVEPOINT a");
                BothWays.filled(
                        connection, "SELECT pg_logical_emit_message(true, 'walwire.context', '{\"who\":\"nobody\"}')");
                BothWays.awaitStreamed(database, Instances.slot(database), 1);
                BothWays.filled(
                        connection, "INSERT INTO item VALUES (1)", "ROLLBACK TO a", "INSERT INTO item VALUES (2)");
            });
            Event insert = inserts.await(1).get(0);
            assertThat(Objects.requireNonNull(Typed.row(insert).afterRow()).getInt("id"))
                    .isEqualTo(2);
            assertThat(Typed.transaction(insert).context()).hasToString("{\"who\":\"nobody\"}");
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }

    private static String text(LogicalMessage message) {
        return new String(message.content(), StandardCharsets.UTF_8);
    }

    @Test
    void origin_ofATransaction() throws Exception {
        String origin = database.unique("origin");
        database.sql("SELECT pg_replication_origin_create('" + origin + "')");
        try (Connection connection = database.connect()) {
            BothWays.execute(connection, "SELECT pg_replication_origin_session_setup('" + origin + "')");
            connection.setAutoCommit(false);
            BothWays.filled(connection, "INSERT INTO item VALUES (1)", "INSERT INTO item VALUES (2)");
            connection.commit();
            connection.setAutoCommit(true);
            BothWays.execute(connection, "SELECT pg_replication_origin_session_reset()");
            assertThat(ways.next())
                    .extracting(event -> Typed.transaction(event).origin())
                    .containsOnly(origin);
        } finally {
            database.sql("SELECT pg_replication_origin_drop('" + origin + "')");
        }
        ways.requireStreamed(1);
    }

    @Test
    void typesOfTheUsersOwn() throws Exception {
        database.sql("CREATE TYPE mood AS ENUM ('sad', 'ok')", "ALTER TABLE item ADD m mood");
        ways.inFilledTransaction(
                "INSERT INTO item VALUES (1, 'a', 'sad')",
                "SAVEPOINT a",
                "CREATE TYPE colour AS ENUM ('red')",
                "ALTER TABLE item ADD c colour DEFAULT 'red'",
                "INSERT INTO item VALUES (2, 'a', 'ok')",
                "ROLLBACK TO a",
                "INSERT INTO item VALUES (3, 'a', 'ok')");
        assertThat(ways.nextLines()).containsExactly("item+1", "item+3");
        ways.requireStreamed(1);
    }
}
