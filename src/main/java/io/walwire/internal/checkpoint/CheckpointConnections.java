package io.walwire.internal.checkpoint;

import java.sql.Connection;
import java.sql.SQLException;

/** How to reach the user's own database. */
@FunctionalInterface
public interface CheckpointConnections {
    /**
     * A connection.
     *
     * @return to be closed
     * @throws SQLException if there is none to be had
     */
    Connection open() throws SQLException;
}
