package io.walwire.internal.backfill;

import io.walwire.internal.concurrent.TimedWait;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.connection.server.ServerProcess;
import io.walwire.internal.log.Logs;
import io.walwire.internal.socket.InputLimit;
import io.walwire.internal.text.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.postgresql.jdbc.PgConnection;
import org.postgresql.util.HostSpec;
import org.slf4j.Logger;

/**
 * Finds out why a reader gets nothing for long. The server may look for the first row of a condition, and sends nothing meanwhile. Or the
 * connection is lost without an error, because a firewall has forgotten it: then the table would stay locked, and the stream held, if it is.
 * One reader reports; the watch has a thread of its own until it is closed.
 */
final class ReadingWatch implements AutoCloseable {
    private static final Logger LOG = Logs.of(ReadingWatch.class);

    /** Once may be a moment between two things to do, or what was sent may be under way. */
    private static final int ENOUGH = 2;

    private final Watched watched;
    private final AtomicLong waits = new AtomicLong();

    /** What the reader waits for; null while it does something else. */
    private volatile @Nullable TableName table;

    private boolean closed;

    /**
     * What is watched.
     *
     * @param database where the server can be asked
     * @param input counts the bytes that come: a large row takes its time
     * @param process serves the reader
     * @param patience how long nothing may come before the server is asked
     * @param holdsStream whether the stream is held meanwhile
     * @param giveUp ends the reading
     */
    record Watched(
            Database database,
            InputLimit input,
            ServerProcess process,
            Duration patience,
            boolean holdsStream,
            Runnable giveUp) {}

    ReadingWatch(Watched watched) {
        this.watched = watched;
        Thread thread = new Thread(this::watch, Thread.currentThread().getName() + "-watch");
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * The server that a connection leads to.
     *
     * @param database what it was opened with, which may have several
     */
    static Database serverOf(Connection connection, Database database) throws SQLException {
        HostSpec host = connection.unwrap(PgConnection.class).getQueryExecutor().getHostSpec();
        return database.at(host.getHost(), host.getPort());
    }

    /** The reader waits for rows. */
    void reads(TableName of) {
        waits.incrementAndGet();
        table = of;
    }

    /** The reader does something else. */
    void rests() {
        waits.incrementAndGet();
        table = null;
    }

    private void watch() {
        long before = -1;
        int cutOff = 0;
        @Nullable TableName reported = null;
        try {
            while (!awaitClosed()) {
                long now = watched.input().received() + waits.get();
                TableName awaited = table;
                if (now != before || awaited == null) {
                    before = now;
                    cutOff = 0;
                    continue;
                }
                String why = whyAtWork();
                cutOff = why == null ? cutOff + 1 : 0;
                if (cutOff == ENOUGH) {
                    giveUp(awaited);
                    return;
                }
                if (why != null && !awaited.equals(reported)) {
                    reported = awaited;
                    report(awaited, why);
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("The watch of a reader ends");
        }
    }

    private synchronized boolean awaitClosed() throws InterruptedException {
        return TimedWait.until(this, () -> closed, watched.patience().toNanos());
    }

    /** What is known of the process, for the log; null if it is found to be cut off. */
    private @Nullable String whyAtWork() {
        try (Connection asking = watched.database().open()) {
            return watched.process().isCutOff(asking)
                    ? null
                    : "The server's process " + watched.process().pid() + " is at work.";
        } catch (SQLException e) {
            LOG.debug("The server could not be asked", e);
            return "The server cannot be asked what its process "
                    + watched.process().pid() + " does: " + ServerErrors.said(e);
        }
    }

    private void giveUp(TableName of) {
        LOG.warn(
                "Walwire closes the connection that reads the existing rows of {}: nothing came for more than {} s, and the"
                        + " server's process {} has ended, or waits for Walwire. Look for a firewall or proxy that drops connections. Until the"
                        + " server notices, the process keeps its lock; this ends it: SELECT pg_catalog.pg_terminate_backend({});",
                of,
                ENOUGH * watched.patience().toSeconds(),
                watched.process().pid(),
                watched.process().pid());
        watched.giveUp().run();
    }

    private void report(TableName of, String why) {
        LOG.warn(
                "The backfill of {} has got no rows for more than {} s. {} Until rows come, the table is locked in ACCESS SHARE mode{}.",
                of,
                watched.patience().toSeconds(),
                why,
                watched.holdsStream() ? ", and the stream is held" : "");
    }

    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
    }
}
