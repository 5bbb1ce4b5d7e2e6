package io.walwire.internal.backfill;

import io.walwire.internal.backfill.ReadingWatch.Watched;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.ServerProcess;
import io.walwire.internal.log.Logs;
import io.walwire.internal.socket.InputLimit;
import io.walwire.internal.text.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;
import org.slf4j.Logger;

/**
 * The connection on which a reader reads one chunk after another: opened when it is needed, and replaced when it was given up. One thread
 * uses it; any thread may {@link #reconnect} and {@link #close}.
 */
final class RowConnection implements AutoCloseable {
    private static final Logger LOG = Logs.of(RowConnection.class);

    private final Supplier<Database> database;
    private final Duration patience;
    private volatile boolean closed;
    private volatile boolean stale;
    private volatile @Nullable Connection connection;
    private volatile @Nullable ReadingWatch watch;
    private InputLimit input = new InputLimit(Long.MAX_VALUE);

    /**
     * Not connected yet.
     *
     * @param database where to connect to, as of now
     * @param patience how long no row may come before the server is asked for the reason
     */
    RowConnection(Supplier<Database> database, Duration patience) {
        this.database = database;
        this.patience = patience;
    }

    /** The connection, which is another one after {@link #disconnect} and {@link #reconnect}. */
    Connection open() throws SQLException {
        if (stale) {
            stale = false;
            disconnect();
        }
        Connection open = connection;
        if (open == null) {
            input = new InputLimit(Long.MAX_VALUE);
            open = database.get().open(input);
            input.begin();
            connection = open;
        }
        if (closed) {
            disconnect();
            throw new SQLException("The reader is closed", "08003");
        }
        return open;
    }

    /**
     * Reads rows.
     *
     * @param table for the log
     * @param sql COPY
     * @param rows gets them
     * @param maxBytes the most memory that they may take
     * @return false if there are more; the connection is then of no use any more
     */
    boolean copy(TableName table, String sql, CopiedRows rows, long maxBytes) throws SQLException {
        Connection open = open();
        int usual = open.getNetworkTimeout();
        // the server may look for a long time for the first row of a condition
        open.setNetworkTimeout(Runnable::run, 0);
        ReadingWatch watching = watch(open);
        watching.reads(table);
        try {
            CopyOut copy = open.unwrap(PGConnection.class).getCopyAPI().copyOut(sql);
            for (byte[] message = copy.readFromCopy(); message != null; message = copy.readFromCopy()) {
                rows.accept(message);
                if (rows.areTooLarge(maxBytes)) {
                    return false;
                }
            }
        } finally {
            watching.rests();
        }
        open.setNetworkTimeout(Runnable::run, usual);
        return true;
    }

    private ReadingWatch watch(Connection open) throws SQLException {
        ReadingWatch known = watch;
        if (known == null) {
            Database server = ReadingWatch.serverOf(open, database.get());
            ServerProcess process = ServerProcess.of(open);
            known = new ReadingWatch(new Watched(server, input, process, patience, false, () -> abort(open)));
            watch = known;
        }
        return known;
    }

    /** The rest of what is being read is not waited for. By the thread that uses it. */
    void disconnect() {
        Connection open = connection;
        connection = null;
        endWatch();
        watch = null;
        abort(open);
    }

    private void endWatch() {
        ReadingWatch watching = watch;
        if (watching != null) {
            watching.close();
        }
    }

    /** The next chunk comes by a new connection. Ends what is being read, with an error. */
    void reconnect() {
        stale = true;
        abort(connection);
    }

    private static void abort(@Nullable Connection open) {
        try {
            if (open != null) {
                open.abort(Runnable::run);
            }
        } catch (SQLException e) {
            LOG.debug("A connection that is given up complains", e);
        }
    }

    /** Ends what is being read, with an error. The thread that uses it closes it, too. */
    @Override
    public void close() {
        closed = true;
        endWatch();
        abort(connection);
    }
}
