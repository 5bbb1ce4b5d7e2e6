package io.walwire.internal.checkpoint;

import io.walwire.checkpoint.TransactionRunner;
import io.walwire.internal.log.Logs;
import java.sql.Connection;
import java.sql.SQLException;
import org.slf4j.Logger;

/** Each transaction on a connection of its own, where the application has no manager for that. */
final class OwnTransactions implements TransactionRunner {
    private static final Logger LOG = Logs.of(OwnTransactions.class);

    private final CheckpointConnections connections;

    OwnTransactions(CheckpointConnections connections) {
        this.connections = connections;
    }

    @Override
    public void run(Body body) throws SQLException {
        Connection connection = connections.open();
        boolean wasAutoCommit;
        try {
            wasAutoCommit = connection.getAutoCommit();
            connection.setAutoCommit(false);
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
        try {
            body.run(connection);
            connection.commit();
        } finally {
            close(connection, wasAutoCommit);
        }
    }

    /** Whatever was not committed is rolled back. A pool gets the connection as it was. */
    private static void close(Connection connection, boolean wasAutoCommit) {
        try (Connection closing = connection) {
            closing.rollback();
            closing.setAutoCommit(wasAutoCommit);
        } catch (SQLException e) {
            // the server rolls back what its client has left
            LOG.debug("The checkpoint's connection was lost", e);
        }
    }
}
