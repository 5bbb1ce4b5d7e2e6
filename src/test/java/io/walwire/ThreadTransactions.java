package io.walwire;

import io.walwire.checkpoint.TransactionRunner;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import javax.sql.DataSource;

/**
 * A transaction manager of the kind that frameworks have: the connection of a transaction is bound to the thread, and code
 * within finds it there. A transaction within another suspends that.
 */
class ThreadTransactions implements TransactionRunner {
    private final ThreadLocal<Deque<Connection>> bound = ThreadLocal.withInitial(ArrayDeque::new);
    private final DataSource source;

    ThreadTransactions(DataSource source) {
        this.source = source;
    }

    @Override
    public void run(Body body) throws Exception {
        inTransaction(body);
    }

    /** For the code of an application, too. */
    final void inTransaction(Body body) throws SQLException {
        try (Connection connection = source.getConnection()) {
            connection.setAutoCommit(false);
            Deque<Connection> ofThread = bound.get();
            ofThread.push(connection);
            try {
                body.run(connection);
                connection.commit();
            } catch (RuntimeException | Error e) {
                rollBack(connection, e);
                throw e;
            } finally {
                ofThread.pop();
            }
        }
    }

    private static void rollBack(Connection connection, Throwable why) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            why.addSuppressed(e);
        }
    }

    final boolean isInTransaction() {
        return !bound.get().isEmpty();
    }

    /** Of the transaction that this thread is in. */
    final Connection current() {
        return Objects.requireNonNull(bound.get().peek(), "this thread is in no transaction");
    }

    /** What a repository does: it has never heard of a checkpoint. */
    final void enter(String handler, String entry) throws SQLException {
        try (PreparedStatement insert = current().prepareStatement("INSERT INTO ledger VALUES (?, ?)")) {
            insert.setString(1, handler);
            insert.setString(2, entry);
            insert.executeUpdate();
        }
    }
}
