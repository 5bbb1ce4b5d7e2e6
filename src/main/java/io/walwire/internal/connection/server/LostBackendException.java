package io.walwire.internal.connection.server;

import java.sql.SQLException;

/** The server ended a connection, and said why. A new connection may well live longer, whatever the reason was. */
public final class LostBackendException extends SQLException {
    private static final long serialVersionUID = 1L;

    /**
     * What the server said last.
     *
     * @param said its message
     * @param state its SQLSTATE
     * @param cause what the driver made of it
     */
    public LostBackendException(String said, String state, SQLException cause) {
        super("the server ended the connection: " + said, state, cause);
    }
}
