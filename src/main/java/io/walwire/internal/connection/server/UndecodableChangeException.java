package io.walwire.internal.connection.server;

import java.sql.SQLException;

/**
 * The server cannot decode a change in the log, now or ever, and the slot was temporary: it has ended, and the next one begins
 * behind that change.
 */
public final class UndecodableChangeException extends SQLException {
    private static final long serialVersionUID = 1L;

    /**
     * What the server said.
     *
     * @param cause the server's error
     */
    public UndecodableChangeException(SQLException cause) {
        super(ServerErrors.said(cause), cause.getSQLState(), cause);
    }

    /** Why changes are missing before the next slot's start. */
    public String reason() {
        return "PostgreSQL cannot decode its log, and a new temporary slot began: " + getMessage();
    }
}
