package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.handler.FailurePolicy;
import io.walwire.testing.Eventually;
import io.walwire.testing.HostileContents;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;

/** What handlers may do with the checkpoint's connection, and what is left of calls that fail. */
class JdbcCheckpointTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @RegisterExtension
    final TestDatabase own = TestDatabase.onSharedServer();

    private final Trail trail = new Trail();

    @BeforeEach
    void tables() throws SQLException, IOException {
        Instances.prepare(database, "CREATE TABLE item (id int PRIMARY KEY, name text)");
        Ledger.create(own);
    }

    private JdbcCheckpoint checkpoint() {
        return JdbcCheckpoint.of(LetterBox.source(own), "shop");
    }

    private static FailurePolicy twoRetries() {
        return FailurePolicy.retry(2, Duration.ofMillis(5), Duration.ofMillis(20));
    }

    private Map<String, ?> row() throws SQLException {
        return own.query("SELECT * FROM walwire_checkpoint WHERE name = 'shop'").get(0);
    }

    @Test
    void statementOfTheUsersOwn_thatFailsAtTheCommit_isNotTheCheckpointsTable() throws Exception {
        own.sql(
                "CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS"
                        + " 'BEGIN INSERT INTO nowhere VALUES (1); RETURN NULL; END'",
                "CREATE CONSTRAINT TRIGGER audit AFTER INSERT ON ledger DEFERRABLE INITIALLY DEFERRED"
                        + " FOR EACH ROW EXECUTE FUNCTION audit()");
        JdbcCheckpoint checkpoint = checkpoint();
        try (Walwire walwire = Instances.durable(database)
                .checkpoint(checkpoint)
                .handler(on -> on.table("item").onInserts(Ledger.runs(checkpoint, "a")))
                .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            assertThatThrownBy(() -> walwire.awaitTermination(LONG))
                    .hasMessageContaining("nowhere")
                    .hasMessageNotContaining("Create the table");
        }
    }

    @Test
    void positionAndWrites_areCommittedTogether_beforeTheSlotMoves() throws Exception {
        JdbcCheckpoint checkpoint = checkpoint();
        Recorder<String> commits = new Recorder<>();
        try (Walwire walwire = Instances.durable(database)
                .checkpoint(checkpoint)
                .handler(on -> {
                    on.table("item").onInserts(Ledger.runs(checkpoint, "a"));
                    on.onTransaction(tx -> commits.add(tx.commitLsn() + " " + tx.endLsn()));
                })
                .start()) {
            database.sql("INSERT INTO item VALUES (1), (2)");
            database.sql("INSERT INTO item VALUES (3)");
            String last = commits.await(2).get(1);
            Eventually.until(LONG, () -> last.equals(row().get("commit_lsn") + " " + row().get("done_to")));
            assertThat(row().get("last_index")).isEqualTo(0L);
            assertThat(row().get("complete")).isEqualTo(1);
            assertThat(Ledger.entries(own)).containsExactly("a: item+1", "a: item+2", "a: item+3");
            Eventually.until(
                    LONG, () -> Instances.confirmed(database).toString().equals(row().get("done_to")));
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }

    @Test
    void retry_takesBackWhatTheFailedCallWrote_andNothingElse() throws Exception {
        JdbcCheckpoint checkpoint = checkpoint();
        Flaky flaky = new Flaky(trail, 2).at("item+2");
        try (Walwire walwire = Instances.durable(database)
                .checkpoint(checkpoint)
                .handler(on -> on.table("item").onInsert(Ledger.events(checkpoint, "before")))
                .handler(
                        on -> on.table("item").onInsert(event -> {
                            Ledger.enter(checkpoint, "flaky", Trail.line(event));
                            flaky.events("x").on(event);
                        }),
                        twoRetries())
                .handler(trail.marker())
                .start()) {
            database.sql("INSERT INTO item VALUES (1), (2), (3)");
            trail.upToMark(database);
            assertThat(walwire.status().retries()).isEqualTo(2);
        }
        assertThat(Ledger.entries(own))
                .containsExactly(
                        "before: item+1",
                        "before: item+2",
                        "before: item+3",
                        "flaky: item+1",
                        "flaky: item+2",
                        "flaky: item+3");
    }

    @Test
    void skip_takesBackWhatTheFailedCallWrote_andAnAbortedStatementHarmsNobody() throws Exception {
        JdbcCheckpoint checkpoint = checkpoint();
        try (Walwire walwire = Instances.durable(database)
                .checkpoint(checkpoint)
                .handler(
                        on -> on.table("item").onInsert(event -> {
                            Ledger.enter(checkpoint, "half", Trail.line(event));
                            checkpoint.connection().createStatement().execute("SELECT 1 / 0");
                        }),
                        FailurePolicy.skip())
                .handler(
                        on -> on.table("item").onInsert(event -> {
                            Ledger.enter(checkpoint, "swallows", Trail.line(event));
                            assertThatThrownBy(() -> checkpoint
                                            .connection()
                                            .createStatement()
                                            .execute("SELECT 1 / 0"))
                                    .isInstanceOf(SQLException.class);
                        }),
                        FailurePolicy.skip())
                .handler(on -> on.table("item").onInsert(Ledger.events(checkpoint, "whole")))
                .handler(trail.marker())
                .start()) {
            database.sql("INSERT INTO item VALUES (1), (2)");
            trail.upToMark(database);
            assertThat(walwire.status().setAside()).isEqualTo(4);
        }
        assertThat(Ledger.entries(own)).containsExactly("whole: item+1", "whole: item+2");
    }

    @Test
    void deadLetter_writesWithTheSameConnection_andStopTakesBackAll() throws Exception {
        JdbcCheckpoint checkpoint = checkpoint();
        FailurePolicy kept = FailurePolicy.deadLetter(
                letter -> Ledger.enter(checkpoint, "letter", letter.events().size() + " events"));
        FailurePolicy lost = FailurePolicy.deadLetter(letter -> {
            Ledger.enter(checkpoint, "lost", "letter");
            throw new IllegalStateException("the letter box is full");
        });
        Flaky always = new Flaky(trail, Flaky.ALWAYS);
        Flaky atNine = new Flaky(trail, Flaky.ALWAYS).at("item+9");
        try (Walwire walwire = Instances.durable(database)
                .checkpoint(checkpoint)
                .handler("kept", on -> on.table("item").onInserts(always.runs("run")), kept)
                .handler("lost", on -> on.table("item").onInserts(atNine.runs("run")), lost)
                .start()) {
            database.sql("INSERT INTO item VALUES (1), (2)");
            Eventually.until(LONG, () -> !Ledger.entries(own).isEmpty());
            database.sql("INSERT INTO item VALUES (9)");
            assertThatThrownBy(() -> walwire.awaitTermination(LONG)).hasMessageContaining("the letter box is full");
        }
        assertThat(Ledger.entries(own)).containsExactly("letter: 2 events");
    }

    @Test
    void connection_cannotBeEndedByAHandler_norUsedAfterwards() throws Exception {
        JdbcCheckpoint checkpoint = checkpoint();
        assertThatThrownBy(checkpoint::connection)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("only within the call of a handler");
        Recorder<Connection> seen = new Recorder<>();
        Recorder<Throwable> inFunction = new Recorder<>();
        try (Walwire walwire = Instances.durable(database)
                .checkpoint(checkpoint)
                .handler(on -> on.table("item")
                        .onInsert(event -> {
                            Connection connection = checkpoint.connection();
                            assertThatThrownBy(connection::commit).hasMessageContaining("does not take commit()");
                            assertThatThrownBy(connection::rollback).hasMessageContaining("does not take rollback()");
                            assertThatThrownBy(connection::close).hasMessageContaining("does not take close()");
                            assertThatThrownBy(() -> connection.setAutoCommit(true))
                                    .hasMessageContaining("does not take setAutoCommit()");
                            assertThat(connection.getAutoCommit()).isFalse();
                            connection.rollback(connection.setSavepoint());
                            seen.add(connection);
                        })
                        .parallel(event -> {
                            try {
                                checkpoint.connection();
                            } catch (IllegalStateException e) {
                                inFunction.add(e);
                            }
                        }))
                .handler(trail.marker())
                .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            trail.upToMark(database);
            Connection stale = seen.all().get(0);
            assertThat(stale.isClosed()).isTrue();
            assertThatThrownBy(stale::createStatement).hasMessageContaining("valid only within the call");
            assertThat(inFunction.all()).singleElement().satisfies(e -> assertThat(e)
                    .hasMessageContaining("parallel(...)"));
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }

    @Test
    void table_missing_isSaidAtTheStart() throws Exception {
        own.sql("DROP TABLE walwire_checkpoint");
        assertThatThrownBy(() ->
                        Instances.durable(database).checkpoint(checkpoint()).start())
                .isInstanceOfSatisfying(
                        WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CHECKPOINT))
                .hasMessageContainingAll("walwire_checkpoint", "sql/checkpoint.sql");
    }

    /** Whoever may create objects in a schema of the search path can make the table first. */
    @Test
    void tableOfAnotherRole_isRefusedAtTheStart() throws Exception {
        String other = own.role("NOLOGIN");
        own.sql("ALTER TABLE walwire_checkpoint OWNER TO " + other);
        assertThatThrownBy(() ->
                        Instances.durable(database).checkpoint(checkpoint()).start())
                .isInstanceOfSatisfying(
                        WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CHECKPOINT))
                .hasMessageContainingAll("walwire_checkpoint belongs to role", other);
    }

    /** Of another hand, or of a later version. */
    @Test
    void row_thatCannotBeRead_isSaidAtTheStart_andIsLeft() throws Exception {
        List<String> columns = List.of("commit_lsn", "last_message", "done_to");
        List<String> texts = HostileContents.texts().stream()
                .filter(text -> text.length() <= 17)
                .toList();
        for (int i = 0; i < texts.size(); i++) {
            String text = texts.get(i);
            String column = columns.get(i % columns.size());
            own.sql(
                    "DELETE FROM walwire_checkpoint",
                    "INSERT INTO walwire_checkpoint VALUES ('shop', '1', 1, '0/1', -1, '0/0', 1, '0/1', now())");
            try (Connection connection = own.connect();
                    PreparedStatement update =
                            connection.prepareStatement("UPDATE walwire_checkpoint SET " + column + " = ?")) {
                update.setString(1, text);
                update.executeUpdate();
            }
            assertThatThrownBy(() ->
                            Instances.durable(database).checkpoint(checkpoint()).start())
                    .as("%s '%s'", column, text)
                    .isInstanceOfSatisfying(
                            WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CHECKPOINT))
                    .hasMessageContainingAll("walwire_checkpoint", column, "\"shop\"");
            assertThat((Object) row().get(column)).isEqualTo(text);
        }
    }

    @Test
    void database_awayAtTheStart_isSaid() {
        PGSimpleDataSource nowhere = LetterBox.source(own);
        nowhere.setPassword("wrong");
        nowhere.setUser("nobody at all");
        assertThatThrownBy(() -> Instances.durable(database)
                        .checkpoint(JdbcCheckpoint.of(nowhere, "shop"))
                        .start())
                .isInstanceOf(WalwireException.class)
                .hasMessageContaining("The checkpoint \"shop\"");
    }

    @Test
    void constraint_thatTheCommitViolates_stopsUnconfirmed() throws Exception {
        own.sql(
                "CREATE TABLE parent (id int PRIMARY KEY)",
                "ALTER TABLE ledger ADD parent int REFERENCES parent DEFERRABLE INITIALLY DEFERRED");
        JdbcCheckpoint checkpoint = checkpoint();
        try (Walwire walwire = Instances.durable(database)
                .checkpoint(checkpoint)
                .handler(
                        on -> on.table("item").onInsert(event -> checkpoint
                                .connection()
                                .createStatement()
                                .execute("INSERT INTO ledger VALUES ('a', 'b', 17)")),
                        FailurePolicy.skip())
                .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            assertThatThrownBy(() -> walwire.awaitTermination(LONG))
                    .hasMessageContainingAll("The checkpoint \"shop\"", "violates foreign key", "[CHECKPOINT 23503]");
        }
        assertThat(row().get("commit_lsn")).isEqualTo("0/0");
        assertThat(Ledger.entries(own)).isEmpty();
    }

    @Test
    void process_messagesAndReplay_haveAConnection_andMoveNothing() throws Exception {
        JdbcCheckpoint checkpoint = checkpoint();
        LetterBox.createTable(own);
        DeadLetters letters = DeadLetters.table(LetterBox.source(own));
        Flaky flaky = new Flaky(trail, 1).at("item+2");
        Recorder<byte[]> stored = new Recorder<>();
        try (Walwire walwire = Instances.durable(database)
                .checkpoint(checkpoint)
                .interceptor((tx, next) -> {
                    stored.add(tx.toBytes());
                    next.proceed(tx);
                })
                .handler(
                        "a",
                        on -> {
                            on.table("item").onInsert(event -> {
                                Ledger.enter(checkpoint, "a", Trail.line(event));
                                flaky.events("a").on(event);
                            });
                            on.onMessage(message -> Ledger.enter(
                                    checkpoint, "message", message.message().prefix()));
                        },
                        FailurePolicy.deadLetter(letters))
                .handler(trail.marker())
                .start()) {
            database.sql("INSERT INTO item VALUES (1), (2)");
            trail.upToMark(database);
            Eventually.until(
                    LONG, () -> Instances.confirmed(database).toString().equals(row().get("done_to")));
            Object before = row();
            database.sql("SELECT pg_logical_emit_message(false, 'hello', '')");
            Eventually.until(LONG, () -> Ledger.entries(own).contains("message: hello"));
            walwire.process(Walwire.restore(stored.all().get(0)));
            assertThat(walwire.replay(letters).replayed()).isEqualTo(1);
            assertThat(row()).isEqualTo(before);
        }
        assertThat(Ledger.entries(own))
                .containsExactlyInAnyOrder("a: item+1", "message: hello", "a: item+1", "a: item+2", "a: item+2");
    }
}
