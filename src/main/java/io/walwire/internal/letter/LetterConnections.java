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
     * @throws SQLException if there is none to be had
     */
    Connection open() throws SQLException;
}
