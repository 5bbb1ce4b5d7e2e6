package io.walwire.internal.engine;

import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.ServerRun;
import io.walwire.internal.log.Logs;
import io.walwire.internal.source.SourceLifecycle;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Names the cause of a lost connection by looking at the server afterwards: what the server said when it ended a stream may
 * be lost, with the driver. The slot is looked at by {@link SlotChoice}.
 */
final class Disconnect {
    private static final Logger LOG = Logs.of(Disconnect.class);

    private final Database database;
    private final SourceLifecycle lifecycle;
    private @Nullable ServerRun found;
    private @Nullable ServerRun streamedFrom;
    private boolean examined;

    Disconnect(Database database, SourceLifecycle lifecycle) {
        this.database = database;
        this.lifecycle = lifecycle;
    }

    /** A stream has begun on the server that was looked at last. */
    void streaming() {
        streamedFrom = found;
        examined = false;
    }

    /**
     * Looks at the server that answers now.
     *
     * @throws SQLException if it is a standby and the stream came from a primary: the new primary will answer soon
     */
    void examine(ServerRun now) throws SQLException {
        found = now;
        ServerRun before = streamedFrom;
        if (before == null) {
            return;
        }
        if (now.standby() && !before.standby()) {
            throw new SQLException("The server is a standby now; a primary is waited for", "57P03");
        }
        if (!examined) {
            examined = true;
            report(cause(before, now));
        }
    }

    private String cause(ServerRun before, ServerRun now) {
        if (!before.host().equals(now.host())) {
            return now.host() + " is read from now, in place of " + before.host() + ".";
        }
        if (before.standby() != now.standby()) {
            return "The server, a standby before, was promoted.";
        }
        return before.startedAt().equals(now.startedAt())
                ? "The server has been running all along: an administrator (pg_terminate_backend), wal_sender_timeout or"
                        + " the network ended the stream."
                : "The server was started again at " + now.startedAt() + ".";
    }

    private void report(String cause) {
        LOG.info("{} answers again. {}", database.display(), cause);
        lifecycle.noteCause(cause);
    }
}
