package io.walwire.testkit;

import java.sql.Connection;
import java.sql.SQLException;

/** What a test does in one transaction. */
@FunctionalInterface
public interface SqlWork {
    /**
     * Does the work, on the thread of the test.
     *
     * @param connection in a transaction, which the caller commits, or rolls back if this throws
     * @throws SQLException if the database refuses
     */
    void with(Connection connection) throws SQLException;
}
