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
     * @throws SQLException if none can be opened
     */
    Connection open() throws SQLException;
}
