package io.walwire.internal.connection;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which transactions other sessions see, as the server's snapshots say. One snapshot answers for every transaction that it
 * sees, so that a backlog costs few round trips. Not thread-safe.
 */
public final class Snapshots implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Snapshots.class);

    /** Not for longer, since a failover may use the same numbers again. */
    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** A server that is to stop smartly waits for plain connections. */
    private static final long UNUSED_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Database database;
    private final ReentrantLock use = new ReentrantLock();
    private @Nullable Connection connection;
    private @Nullable Snapshot last;
    private long taken;

    /**
     * Snapshots of a database.
     *
     * @param database where
     */
    public Snapshots(Database database) {
        this.database = database;
    }

    /**
     * Whether a new snapshot would see a transaction that has committed.
     *
     * @param xid its number as it is sent, without the epoch
     * @return false if it still counts as running
     * @throws SQLException if the server cannot be asked
     */
    public boolean isVisible(int xid) throws SQLException {
        use.lock();
        try {
            Snapshot known = last;
            if (known != null && System.nanoTime() - taken < FRESH_NANOS && known.sees(xid)) {
                return true;
            }
            Snapshot now = take();
            last = now;
            taken = System.nanoTime();
            return now.sees(xid);
        } finally {
            use.unlock();
        }
    }

    /** Gives the connection back if it was not used of late; the next question opens another. From any thread. */
    public void release() {
        if (use.tryLock()) {
            try {
                if (connection != null && System.nanoTime() - taken > UNUSED_NANOS) {
                    giveBack();
                }
            } finally {
                use.unlock();
            }
        }
    }

    private Snapshot take() throws SQLException {
        Connection open = connection;
        if (open == null) {
            open = database.open();
            connection = open;
        }
        try (Statement statement = open.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_catalog.pg_current_snapshot()::text")) {
            row.next();
            return Snapshot.parse(row.getString(1));
        } catch (SQLException e) {
            giveBack();
            throw e;
        }
    }

    @Override
    public void close() {
        use.lock();
        try {
            giveBack();
        } finally {
            use.unlock();
        }
    }

    private void giveBack() {
        Connection open = connection;
        connection = null;
        last = null;
        try {
            if (open != null) {
                open.close();
            }
        } catch (SQLException e) {
            LOG.debug("A connection that is given up complains", e);
        }
    }
}
