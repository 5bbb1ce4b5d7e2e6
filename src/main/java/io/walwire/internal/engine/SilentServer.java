package io.walwire.internal.engine;

import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.connection.server.SharedConnection;
import io.walwire.internal.connection.server.Walsender;
import io.walwire.internal.log.Logs;
import io.walwire.internal.source.BackgroundQueries;
import java.sql.SQLException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Decides what the long silence of a server means: it may decode a large transaction without sending
 * anything, and does not answer meanwhile. Asks beside the stream, and does not wait for the answer. Used only by the reader thread.
 */
final class SilentServer {
    private static final Logger LOG = Logs.of(SilentServer.class);

    /** Once may be a moment between two things to do. */
    private static final int ENOUGH = 2;

    /** Nobody else ends a stream to a process that hangs, where wal_sender_timeout is off. */
    private static final long REFUSED_NANOS = TimeUnit.MINUTES.toNanos(10);

    private final BackgroundQueries queries;
    private final SharedConnection connection;
    private final int backend;
    private @Nullable Future<Boolean> asked;
    private int idle;
    private long lastAnswer = System.nanoTime();
    private boolean reported;

    SilentServer(BackgroundQueries queries, SharedConnection connection, int backend) {
        this.queries = queries;
        this.connection = connection;
        this.backend = backend;
    }

    /** The server was heard. */
    void heard() {
        asked = null;
        idle = 0;
        lastAnswer = System.nanoTime();
        reported = false;
    }

    /**
     * The server was silent for long, and did not reply.
     *
     * @throws SQLException if it is found to be gone, or to have forgotten the stream
     */
    void doubted() throws SQLException, InterruptedException {
        Future<Boolean> question = asked;
        if (question == null) {
            asked = queries.begin(() -> connection.ask(open -> Walsender.isWorking(open, backend)));
        } else if (question.isDone()) {
            asked = null;
            judge(question);
        }
    }

    private void judge(Future<Boolean> answered) throws SQLException, InterruptedException {
        try {
            boolean working = answered.get();
            lastAnswer = System.nanoTime();
            if (working) {
                idle = 0;
                report();
            } else {
                idle++;
            }
        } catch (ExecutionException e) {
            LOG.debug("The server could not be asked whether it still works for the stream", e);
            // one that refuses a connection is there, for a while; of one that cannot be reached the stream is lost,
            // too
            boolean refusedForLong = System.nanoTime() - lastAnswer > REFUSED_NANOS;
            idle = refusedForLong || ServerErrors.isUnreachable(e.getCause()) ? ENOUGH : idle;
        }
        if (idle >= ENOUGH) {
            throw new SQLException("The server is silent, although it was asked to reply", "08006");
        }
    }

    private void report() {
        if (!reported) {
            reported = true;
            LOG.info("The server has sent nothing for long, but its process {} is at work; it is waited for", backend);
        }
    }
}
