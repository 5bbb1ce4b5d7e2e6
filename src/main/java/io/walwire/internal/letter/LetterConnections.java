package io.walwire.internal.letter;

import java.sql.Connection;
import java.sql.SQLException;

/** How to reach the database that holds the letters. */
@FunctionalInterface
public interface LetterConnections {
    /**
     * A connection.
     *
     * @return to be closed
     * @throws SQLException if none can be opened
     */
    Connection open() throws SQLException;
}
