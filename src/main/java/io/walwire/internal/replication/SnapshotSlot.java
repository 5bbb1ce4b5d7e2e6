package io.walwire.internal.replication;

import io.walwire.event.Lsn;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.log.Logs;
import io.walwire.internal.replication.StreamStart.History;
import io.walwire.internal.text.SqlIdentifiers;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;

/**
 * A temporary slot that is made for its snapshot: what was committed before the slot's position is visible in it, and nothing else.
 * PostgreSQL has no other way to know a snapshot's position in the log. Both end with {@link #close}; a
 * transaction that uses the snapshot by then keeps it.
 */
public final class SnapshotSlot implements AutoCloseable {
    private static final Logger LOG = Logs.of(SnapshotSlot.class);

    /** The first version whose options are in parentheses. */
    private static final int PARENTHESES_SINCE = 15;

    /** The server gave a statement up because it was asked to. */
    static final String CANCELLED = "57014";

    /** Within this time a server that gives up says so, unless the connection is lost without an error. */
    private static final int ANSWER_SECONDS = 20;

    private final Connection connection;

    /**
     * What was made.
     *
     * @param position where the slot stands
     * @param name the name of its snapshot
     */
    public record Made(Lsn position, String name) {}

    /** The running transactions have not ended in time. */
    public static final class TimeoutException extends Exception {
        private static final long serialVersionUID = 1;

        TimeoutException(SQLException cause) {
            super(ServerErrors.said(cause), cause);
        }
    }

    /**
     * Connects, and makes nothing yet.
     *
     * @param database where
     * @throws SQLException if the server cannot be reached, or has no free sender
     */
    public SnapshotSlot(Database database) throws SQLException {
        this.connection = connect(database);
    }

    /** A connection for replication commands, of which no stream comes. */
    static Connection connect(Database database) throws SQLException {
        Properties properties = database.properties();
        properties.setProperty("replication", "database");
        properties.setProperty("assumeMinServerVersion", "10");
        properties.setProperty("preferQueryMode", "simple");
        return database.openReplication(properties);
    }

    /**
     * Makes the slot. The server waits until all transactions have ended that have written something and run now.
     *
     * @param stream the server that the stream comes from
     * @param atMost for how long the server may wait
     * @return the snapshot, to be used before this is closed
     * @throws TimeoutException if it has waited so long
     * @throws SQLException if the server cannot be reached, is another one, or has no free slot
     */
    public Made make(History stream, Duration atMost) throws SQLException, TimeoutException {
        try (Statement statement = connection.createStatement()) {
            limit(statement, atMost);
            ReplicationOpener.checkClient(statement);
            requireSame(ServerHistory.read(statement, null), stream);
            try (ResultSet made = statement.executeQuery(createSql())) {
                made.next();
                return new Made(Lsn.parse(made.getString("consistent_point")), made.getString("snapshot_name"));
            }
        } catch (SQLException e) {
            if (CANCELLED.equals(e.getSQLState())) {
                throw new TimeoutException(e);
            }
            throw e;
        }
    }

    /** The server gives up what a statement waits for after a time in whole seconds, which is returned. */
    static int limit(Statement statement, Duration atMost) throws SQLException {
        int seconds = (int) Math.max(1, atMost.toSeconds());
        statement.setQueryTimeout(seconds);
        int millis = (int) Duration.ofSeconds(seconds + ANSWER_SECONDS).toMillis();
        statement.getConnection().setNetworkTimeout(Runnable::run, millis);
        return seconds;
    }

    private static void requireSame(History server, History stream) throws SQLException {
        if (server.standby()
                || server.timeline() != stream.timeline()
                || !server.systemId().equals(stream.systemId())) {
            throw new SQLException(
                    "The connection led to another server than the one that streams", ServerErrors.CANNOT_CONNECT_NOW);
        }
    }

    private String createSql() throws SQLException {
        long number = ThreadLocalRandom.current().nextLong(Long.MAX_VALUE);
        boolean parentheses = connection.getMetaData().getDatabaseMajorVersion() >= PARENTHESES_SINCE;
        return "CREATE_REPLICATION_SLOT "
                + SqlIdentifiers.quote("walwire_snapshot_" + Long.toString(number, Character.MAX_RADIX))
                + " TEMPORARY LOGICAL pgoutput " + (parentheses ? "(SNAPSHOT 'export')" : "EXPORT_SNAPSHOT");
    }

    /** Makes {@link #make} fail soon. Called by any thread. */
    public void abort() {
        try {
            connection.abort(Runnable::run);
        } catch (SQLException e) {
            LOG.debug("A connection that is given up complains", e);
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            LOG.debug("A connection that is closed complains", e);
        }
    }
}
