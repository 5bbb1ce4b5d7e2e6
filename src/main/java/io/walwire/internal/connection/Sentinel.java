package io.walwire.internal.connection;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A plain connection that a server which shuts down ends at once, whereas it lets a stream live until everything is
 * confirmed. So it tells of a shutdown without a new connection each time. Not thread-safe.
 */
public final class Sentinel implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Sentinel.class);
    private static final int ANSWER_SECONDS = 2;

    /** A server that is to stop smartly waits for plain connections, and refuses new ones alone. */
    private static final long RENEW_NANOS = TimeUnit.SECONDS.toNanos(5);

    private @Nullable Connection connection;
    private long opened;

    /**
     * Looks whether the server shuts down, posting the sentinel where there is none.
     *
     * @param server the very host that streams, since of several the driver tells of the last one that it tried
     * @return true if it refuses a new connection for that reason, or for any after it has ended the old one
     */
    public boolean seesShutdown(Database server) {
        Connection open = connection;
        boolean ended = false;
        try {
            if (open != null) {
                boolean renew = System.nanoTime() - opened > RENEW_NANOS;
                ended = !open.isValid(ANSWER_SECONDS);
                if (!ended && !renew) {
                    return false;
                }
                close();
            }
            connection = server.open();
            opened = System.nanoTime();
            return false;
        } catch (SQLException e) {
            LOG.debug("The server takes no new connection", e);
            return ServerErrors.CANNOT_CONNECT_NOW.equals(e.getSQLState()) || (ended && ServerErrors.heals(e));
        }
    }

    /** Whether there is a connection. */
    public boolean isPosted() {
        return connection != null;
    }

    @Override
    public void close() {
        Connection open = connection;
        connection = null;
        try {
            if (open != null) {
                open.close();
            }
        } catch (SQLException e) {
            LOG.debug("A connection that is given up complains", e);
        }
    }
}
