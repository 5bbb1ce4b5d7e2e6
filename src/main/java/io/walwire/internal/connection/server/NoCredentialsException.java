package io.walwire.internal.connection.server;

import java.sql.SQLException;

/** The user's supplier of credentials failed, which may heal: what it asks may be away for a while. */
final class NoCredentialsException extends SQLException {
    private static final long serialVersionUID = 1L;

    /** Only the cause's class is shown: its message may hold a secret. */
    NoCredentialsException(RuntimeException cause) {
        super("The supplier of credentials failed with a " + cause.getClass().getName(), "28000", cause);
    }
}
