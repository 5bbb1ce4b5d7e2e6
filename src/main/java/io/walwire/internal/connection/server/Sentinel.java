package io.walwire.internal.connection.server;

import io.walwire.internal.log.Logs;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;

/**
 * Looks by a plain connection whether the server shuts down: it ends plain connections at once and refuses new ones, whereas it
 * lets a stream live until everything is confirmed. Not thread-safe.
 */
public final class Sentinel {
    private static final Logger LOG = Logs.of(Sentinel.class);
    private static final int ANSWER_SECONDS = 2;

    /** A server that is to stop smartly waits for plain connections, and refuses new ones alone. */
    private static final long RENEW_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final SharedConnection connection;
    private boolean posted;

    /**
     * A sentinel.
     *
     * @param connection to the very host that streams
     */
    public Sentinel(SharedConnection connection) {
        this.connection = connection;
    }

    /**
     * Looks at the server.
     *
     * @return true if it refuses a new connection because it shuts down. Any other refusal, such as that of too many
     *     connections, says nothing about the stream
     */
    public boolean seesShutdown() {
        try {
            connection.check(ANSWER_SECONDS, RENEW_NANOS);
            posted = true;
            return false;
        } catch (SQLException e) {
            LOG.debug("The server takes no new connection", e);
            posted = false;
            return ServerErrors.CANNOT_CONNECT_NOW.equals(e.getSQLState());
        }
    }

    /** Whether the last look found a connection. */
    public boolean isPosted() {
        return posted;
    }
}
