package io.walwire.internal.triggers;

import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the tables before this connection writes to them. A trigger runs with the writer's rights, and a role that has got the right
 * may make one at any time. The whole look is made only when something has changed since the last one.
 */
final class WriteGuard {
    private final Connection connection;
    private final ObjectAudit audit;
    private final Look look;
    private @Nullable String safe;

    /** The whole look. */
    @FunctionalInterface
    interface Look {
        /**
         * Throws if the tables must not be used.
         *
         * @param connection a plain connection
         * @throws SQLException if they cannot be looked at
         */
        void at(Connection connection) throws SQLException;
    }

    WriteGuard(Connection connection, OutboxNames names, Look look) {
        this.connection = connection;
        this.audit = new ObjectAudit(names);
        this.look = look;
    }

    /** Called before each write. */
    void require() throws SQLException {
        String now = audit.state(connection);
        if (!now.equals(safe)) {
            look.at(connection);
            safe = now;
        }
    }
}
