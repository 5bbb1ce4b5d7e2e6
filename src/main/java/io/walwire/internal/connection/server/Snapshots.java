package io.walwire.internal.connection.server;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Which transactions other sessions see, as the server's snapshots say. One snapshot answers for every transaction that it
 * sees, so that a backlog costs few round trips. Not thread-safe.
 */
public final class Snapshots {
    /** Not for longer, since a failover may use the same numbers again. */
    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final SharedConnection connection;
    private @Nullable Snapshot last;
    private long taken;

    /**
     * Snapshots of a database.
     *
     * @param connection to it
     */
    public Snapshots(SharedConnection connection) {
        this.connection = connection;
    }

    /**
     * Whether a new snapshot would see a transaction that has committed.
     *
     * @param xid its number as it is sent, without the epoch
     * @return false if it still counts as running
     * @throws SQLException if the server cannot be asked
     */
    public boolean isVisible(int xid) throws SQLException {
        Snapshot known = last;
        if (known != null && System.nanoTime() - taken < FRESH_NANOS && known.sees(xid)) {
            return true;
        }
        last = null;
        Snapshot now = take();
        last = now;
        taken = System.nanoTime();
        return now.sees(xid);
    }

    private Snapshot take() throws SQLException {
        return connection.ask(Snapshots::read);
    }

    private static Snapshot read(Connection open) throws SQLException {
        try (Statement statement = open.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_catalog.pg_current_snapshot()::text")) {
            row.next();
            return Snapshot.parse(row.getString(1));
        }
    }
}
