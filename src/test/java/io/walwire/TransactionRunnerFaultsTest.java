package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.checkpoint.TransactionRunner;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.handler.Callback;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;

/** Runners that do not do as they must: each ends the instance with an error that names what it did, and nothing is confirmed. */
class TransactionRunnerFaultsTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @RegisterExtension
    final TestDatabase own = TestDatabase.onSharedServer();

    @RegisterExtension
    final TestDatabase other = TestDatabase.onSharedServer();

    private final Trail trail = new Trail();

    @BeforeEach
    void tables() throws SQLException, IOException {
        Instances.prepare(database, "CREATE TABLE item (id int PRIMARY KEY, name text)");
        Ledger.create(own);
        Ledger.create(other);
    }

    /** Does as it must until it is {@link #wrong}. */
    private final class Wrong extends ThreadTransactions {
        private final Fault fault;
        private volatile boolean wrong;

        Wrong(Fault fault) {
            super(LetterBox.source(own));
            this.fault = fault;
        }

        @Override
        public void run(Body body) throws Exception {
            if (wrong) {
                fault.run(body, this);
            } else {
                super.run(body);
            }
        }
    }

    private interface Fault {
        void run(TransactionRunner.Body body, ThreadTransactions right) throws Exception;
    }

    private WalwireBuilder calling(Wrong runner, Callback<RowEvent<Row>> callback) {
        return Instances.durable(database)
                .checkpoint(JdbcCheckpoint.of(runner, "shop"))
                .handler(on -> on.table("item").onInsert(callback))
                .handler(trail.marker());
    }

    /** The instance ends at the next transaction, unconfirmed. */
    private void assertNamed(String what, Callback<RowEvent<Row>> callback, Wrong runner) throws Exception {
        try (Walwire walwire = calling(runner, callback).start()) {
            String before = Instances.confirmed(database).toString();
            runner.wrong = true;
            database.sql("INSERT INTO item VALUES (1)");
            assertThatThrownBy(() -> walwire.awaitTermination(LONG))
                    .isInstanceOfSatisfying(
                            WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CHECKPOINT))
                    .hasMessageContainingAll("The TransactionRunner of the checkpoint \"shop\" " + what, "confirmed");
            assertThat(Instances.confirmed(database)).hasToString(before);
        }
    }

    private static Callback<RowEvent<Row>> failing() {
        return event -> {
            throw new IllegalStateException("out of paper");
        };
    }

    private Connection connect() throws SQLException {
        return LetterBox.source(own).getConnection();
    }

    private Connection begin() throws SQLException {
        Connection connection = connect();
        connection.setAutoCommit(false);
        return connection;
    }

    @Test
    void bodyNotRun_andRunLater() throws Exception {
        Recorder<TransactionRunner.Body> kept = new Recorder<>();
        assertNamed("returned without having called the body", event -> {}, new Wrong((body, right) -> kept.add(body)));
        try (Connection connection = begin()) {
            assertThatThrownBy(() -> kept.all().get(0).run(connection))
                    .hasMessageContaining("called the body after its run had ended");
        }
    }

    @Test
    @SuppressWarnings({"NullAway", "DataFlowIssue"})
    void bodyRunWithoutAConnection_alsoAtTheStart() throws Exception {
        assertNamed("called the body without a connection", event -> {}, new Wrong((body, right) -> body.run(null)));
        Wrong atOnce = new Wrong((body, right) -> body.run(null));
        atOnce.wrong = true;
        assertThatThrownBy(() -> calling(atOnce, event -> {}).start())
                .hasMessageContaining("called the body without a connection");
    }

    @Test
    void bodyRunTwice() throws Exception {
        Recorder<Long> calls = new Recorder<>();
        assertNamed("called the body a second time", event -> calls.add(1L), new Wrong((body, right) -> {
            right.inTransaction(body);
            right.inTransaction(body);
        }));
        assertThat(calls.all()).hasSize(1);
    }

    @Test
    void bodyRunAgain_afterItHasThrown() throws Exception {
        assertNamed("called the body a second time", failing(), new Wrong((body, right) -> {
            try {
                right.inTransaction(body);
            } catch (RuntimeException e) {
                right.inTransaction(body);
            }
        }));
    }

    @Test
    void bodyRunOnAnotherThread() throws Exception {
        assertNamed("called the body on another thread", event -> {}, new Wrong((body, right) -> {
            Thread thread = new Thread(() -> {
                try {
                    right.inTransaction(body);
                } catch (SQLException | RuntimeException e) {
                    trail.add(String.valueOf(e.getMessage()));
                }
            });
            thread.start();
            thread.join();
        }));
        assertThat(trail.await(1).get(0)).contains("another thread");
    }

    @Test
    void connectionInAutoCommit() throws Exception {
        assertNamed("gave the body a connection in autocommit mode", event -> {}, new Wrong((body, right) -> {
            try (Connection connection = connect()) {
                body.run(connection);
            }
        }));
    }

    @Test
    void handlerThatEndsTheTransaction() throws Exception {
        List<Callback<Connection>> ends =
                List.of(Connection::commit, Connection::rollback, connection -> connection.setAutoCommit(true));
        for (Callback<Connection> end : ends) {
            Recorder<Connection> current = new Recorder<>();
            assertNamed(
                    "gave the body a transaction that ended while a handler was called",
                    event -> end.on(current.all().get(current.all().size() - 1)),
                    new Wrong((body, right) -> right.inTransaction(connection -> {
                        current.add(connection);
                        body.run(connection);
                    })));
            database.sql("DELETE FROM item");
            // the insert was not confirmed, and would come again before the next runner is wrong
            try (Walwire walwire =
                    calling(new Wrong((body, right) -> {}), event -> {}).start()) {
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
            }
        }
    }

    @Test
    void anotherDatabase() throws Exception {
        assertNamed(
                "gave the body a connection of another database",
                event -> {},
                new Wrong((body, right) -> new ThreadTransactions(LetterBox.source(other)).inTransaction(body)));
    }

    /** The name is the same, the address is not: that shows only when the row is not as it was left. */
    @Test
    void anotherDatabase_ofTheSameName() throws Exception {
        PGSimpleDataSource elsewhere = LetterBox.source(own);
        elsewhere.setApplicationName("elsewhere");
        assertNamed("gave the body a connection of another database", event -> {}, new Wrong((body, right) -> {
            own.sql("UPDATE walwire_checkpoint SET done_to = '0/1'");
            new ThreadTransactions(elsewhere).inTransaction(body);
        }));
    }

    @Test
    void exceptionSwallowed() throws Exception {
        assertNamed("returned normally although the body threw", failing(), new Wrong((body, right) -> {
            try {
                right.inTransaction(body);
            } catch (IllegalStateException | WalwireException e) {
                trail.add("swallowed");
            }
        }));
    }

    @Test
    void committed_althoughTheBodyThrew() throws Exception {
        assertNamed("committed although the body threw", failing(), new Wrong((body, right) -> {
            try (Connection connection = begin()) {
                try {
                    body.run(connection);
                } finally {
                    connection.commit();
                }
            }
        }));
    }

    @Test
    void rolledBack_withoutAnException() throws Exception {
        assertNamed(
                "returned normally although its transaction is rolled back",
                event -> {},
                new Wrong((body, right) -> right.inTransaction(connection -> {
                    body.run(connection);
                    Sql.rollBack(connection);
                })));
    }

    /** After the first transaction of a stream the database is not asked any more. */
    @Test
    void rolledBackLater_isFoundAtTheNextTransaction() throws Exception {
        Wrong runner = new Wrong((body, right) -> right.inTransaction(connection -> {
            body.run(connection);
            Sql.rollBack(connection);
        }));
        try (Walwire walwire = calling(runner, event -> {}).start()) {
            trail.upToMark(database);
            runner.wrong = true;
            database.sql("INSERT INTO item VALUES (1)", "INSERT INTO item VALUES (2)");
            assertThatThrownBy(() -> walwire.awaitTermination(LONG))
                    .hasMessageContaining("returned normally although its transaction is rolled back");
        }
    }

    @Test
    void joinedAnOuterTransaction() throws Exception {
        try (Connection outer = begin()) {
            assertNamed(
                    "returned before its transaction was committed",
                    event -> {},
                    new Wrong((body, right) -> body.run(outer)));
            outer.rollback();
        }
    }

    /** As the propagation REQUIRED does. */
    private final class Joining extends ThreadTransactions {
        Joining() {
            super(LetterBox.source(own));
        }

        @Override
        public void run(Body body) throws Exception {
            if (isInTransaction()) {
                body.run(current());
            } else {
                super.run(body);
            }
        }
    }

    @Test
    void process_joinedATransactionOfTheCaller() throws Exception {
        Joining joining = new Joining();
        Recorder<byte[]> stored = new Recorder<>();
        try (Walwire walwire = Instances.durable(database)
                .checkpoint(JdbcCheckpoint.of(joining, "shop"))
                .interceptor((tx, next) -> {
                    stored.add(tx.toBytes());
                    next.proceed(tx);
                })
                .handler(on -> on.table("item").onInsert(event -> joining.enter("a", Trail.line(event))))
                .handler(trail.marker())
                .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            byte[] first = stored.await(1).get(0);
            trail.upToMark(database);
            assertThatThrownBy(() -> joining.inTransaction(
                            connection -> Sql.unchecked(() -> walwire.process(Walwire.restore(first)))))
                    .isInstanceOf(WalwireException.class)
                    .hasMessageContainingAll("it joined an outer transaction", "REQUIRES_NEW");
            assertThat(walwire.state().isFinal()).isFalse();
        }
        assertThat(Ledger.entries(own)).containsExactly("a: item+1");
    }
}
