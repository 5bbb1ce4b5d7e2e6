package io.walwire.testing;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/** A lock that queries wait for at their first row, if they have the condition {@link #WAITS}. */
public final class RowLock implements AutoCloseable {
    /** Holds for each row, as soon as the lock is free. The query waits for as long as that takes, without a lock_timeout. */
    public static final String WAITS = "CASE WHEN pg_catalog.set_config('lock_timeout', '0', true) IS NOT NULL"
            + " THEN pg_catalog.pg_advisory_lock_shared(7) IS NOT NULL END";

    private static final Duration LONG = Duration.ofMinutes(3);

    private final TestDatabase database;
    private final Connection holder;

    private RowLock(TestDatabase database, Connection holder) {
        this.database = database;
        this.holder = holder;
    }

    /** The lock of this database, which is held until {@link #release} or {@link #close}. */
    public static RowLock hold(TestDatabase database) throws SQLException {
        RowLock lock = new RowLock(database, database.connect());
        lock.execute("SELECT pg_advisory_lock(7)");
        return lock;
    }

    /** Returns as soon as a query waits. */
    public void awaitReader() {
        Eventually.until(
                LONG,
                () -> database.queryLong("SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
                                + " WHERE l.locktype = 'advisory' AND NOT l.granted AND d.datname = current_database()")
                        > 0);
    }

    /** Lets the queries go on. */
    public void release() throws SQLException {
        execute("SELECT pg_advisory_unlock(7)");
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = holder.createStatement()) {
            statement.execute(sql);
        }
    }

    @Override
    public void close() throws SQLException {
        holder.close();
    }
}
