package io.walwire.internal.backfill.run;

import java.sql.Connection;
import java.sql.SQLException;

/** Transactions in a database of the application, which has the progress of runs there. Thread-safe. */
@FunctionalInterface
public interface ProgressTransactions {
    /**
     * Does something in a transaction, and commits it.
     *
     * @param work to be done
     * @return what it gave
     * @throws SQLException if the database failed
     */
    <T> T run(Work<T> work) throws SQLException;

    /** What is done in one transaction. */
    @FunctionalInterface
    interface Work<T> {
        /** Does it. */
        T in(Connection connection) throws SQLException;
    }
}
