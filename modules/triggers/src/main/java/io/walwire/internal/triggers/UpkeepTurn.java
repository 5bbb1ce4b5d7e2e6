package io.walwire.internal.triggers;

import io.walwire.internal.log.Logs;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;

/** Work on one application's objects, by one process at a time, in transactions that wait for no lock too long. */
final class UpkeepTurn {
    private static final Logger LOG = Logs.of(UpkeepTurn.class);

    /** The longest time that another process may hold the turn. */
    private static final Duration OTHERS = Duration.ofSeconds(60);

    private final OutboxNames names;
    private final Duration lockTimeout;
    private final Pooler pooler;

    UpkeepTurn(OutboxNames names, Duration lockTimeout, Pooler pooler) {
        this.names = names;
        this.lockTimeout = lockTimeout;
        this.pooler = pooler;
    }

    interface Work {
        List<String> run() throws SQLException;
    }

    List<String> take(Connection connection, Work work) throws SQLException {
        pooler.requireOwnSession(connection);
        int before = connection.getNetworkTimeout();
        try (Statement statement = connection.createStatement()) {
            if (before > 0) {
                // a session that waits for a lock receives nothing, and must not consider the server dead
                Duration longest = OTHERS.compareTo(lockTimeout) > 0 ? OTHERS : lockTimeout;
                int atLeast = (int) Math.min(Integer.MAX_VALUE, longest.toMillis() + before);
                connection.setNetworkTimeout(Runnable::run, atLeast);
                // the server still gives up first
                statement.execute("SET statement_timeout = " + (atLeast - before / 6));
            }
            setLockTimeout(statement, OTHERS);
            String key = "(" + names.lock("upkeep") + ")";
            statement.execute("SELECT pg_catalog.pg_advisory_lock" + key);
            try {
                setLockTimeout(statement, lockTimeout);
                return work.run();
            } finally {
                statement.execute("SELECT pg_catalog.pg_advisory_unlock" + key);
                statement.execute("RESET lock_timeout");
                statement.execute("RESET statement_timeout");
            }
        } finally {
            if (!connection.isClosed()) {
                connection.setNetworkTimeout(Runnable::run, before);
            }
        }
    }

    private static void setLockTimeout(Statement statement, Duration timeout) throws SQLException {
        statement.execute("SET lock_timeout = " + timeout.toMillis());
    }

    interface Check {
        void run() throws SQLException;
    }

    /** What the check finds is what will be committed, whatever others did meanwhile. */
    static void run(Connection connection, List<String> together, Check check) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            for (String each : together) {
                LOG.info("Running: {}", each.lines().findFirst().orElse(each));
                statement.execute(each);
            }
            check.run();
            connection.commit();
        } catch (SQLException | RuntimeException e) {
            connection.rollback();
            throw e;
        } finally {
            connection.setAutoCommit(true);
        }
    }
}
