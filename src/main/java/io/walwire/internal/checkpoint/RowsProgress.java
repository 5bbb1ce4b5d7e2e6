package io.walwire.internal.checkpoint;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * The progress that belongs to rows which handlers get, to be kept in the handlers' transaction; or with the group in which a sink stores the
 * rows. Called by the handler thread.
 */
public interface RowsProgress {
    /**
     * An attempt begins. Called before its transaction, so that no connection is held while this waits.
     *
     * @throws InterruptedException if the thread is interrupted while it waits
     */
    void begin() throws InterruptedException;

    /**
     * Whether it is kept already: by an attempt before, of which nobody knew whether it was committed. Then handlers have written what
     * they write, too.
     *
     * @param connection in a transaction
     * @throws SQLException if the database failed
     */
    boolean isKept(Connection connection) throws SQLException;

    /**
     * Keeps it. What does not heal fails the run, and leaves the transaction as it was.
     *
     * @param connection in the transaction in which handlers have got the rows
     * @throws SQLException if the database failed: the transaction is to be done again
     */
    void keep(Connection connection) throws SQLException;

    /** The rows are in the group that a sink gathers. */
    void gathered();
}
