package io.walwire.internal.connection.server;

import io.walwire.internal.log.Logs;
import io.walwire.internal.socket.ConnectAttempt;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The one plain connection of a running instance. The threads that ask the server something take turns on it, so that an
 * instance that streams takes two places of {@code max_connections} or of a role's CONNECTION LIMIT. A third is taken for a
 * moment by a check of new handlers, subscriptions or watches, which may wait for writers, and by the guard on retained WAL,
 * which must not wait for others. This connection is opened when it is
 * needed, again when it was lost, and closed when nobody has used it for a second, because a server that stops smartly waits
 * for plain connections. Thread-safe.
 */
public final class SharedConnection implements AutoCloseable {
    private static final Logger LOG = Logs.of(SharedConnection.class);
    private static final long UNUSED_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final ReentrantLock use = new ReentrantLock();
    private volatile Database server;
    private volatile boolean closed;

    /** Changed by the holder of the lock alone; any thread may abort them. */
    private volatile @Nullable Connection connection;

    private volatile @Nullable ConnectAttempt attempt;

    private long opened;
    private long used;

    /**
     * What is asked.
     *
     * @param <T> the answer
     */
    public interface Question<T> {
        /** Asks on a connection in autocommit mode. */
        T of(Connection connection) throws SQLException;
    }

    /**
     * Not opened yet.
     *
     * @param database where, until a stream {@link #follow leads} to one of its hosts
     */
    public SharedConnection(Database database) {
        this.server = database;
    }

    /**
     * From now on questions go to this server. One that is not answered yet is asked again there.
     *
     * @param next the database at the host that streams, or at any of its hosts while none does
     */
    public void follow(Database next) {
        server = next;
        drop();
    }

    /** Where questions go now: while an instance streams, to the server that it streams from. */
    public Database server() {
        return server;
    }

    /**
     * Asks. A connection that was open before and turns out to be lost is replaced once, and so is one to a server that is not
     * the one to ask any more; the question must bear to be asked twice.
     *
     * @param question on the connection
     * @return the answer
     * @param <T> the answer
     * @throws SQLException if no connection can be opened, or the question fails on a new one
     */
    public <T> T ask(Question<T> question) throws SQLException {
        use.lock();
        try {
            boolean kept = connection != null;
            Database asked = server;
            try {
                return question.of(open());
            } catch (SQLException e) {
                giveBack();
                boolean again = kept || asked != server;
                if (!again || closed || !ServerErrors.heals(e)) {
                    throw e;
                }
                LOG.debug("The plain connection was lost; asking on a new one", e);
            }
            try {
                return question.of(open());
            } catch (SQLException e) {
                giveBack();
                throw e;
            }
        } finally {
            used = System.nanoTime();
            use.unlock();
        }
    }

    /**
     * As {@link #ask(Question)}, for one who asks so often that the connection is never unused.
     *
     * @param question on the connection
     * @param renewNanos a connection that is older is replaced first, because a server that is to stop smartly waits for plain
     *     connections, and refuses new ones alone
     * @return the answer
     * @param <T> the answer
     * @throws SQLException if no connection can be opened, or the question fails on a new one
     */
    public <T> T ask(Question<T> question, long renewNanos) throws SQLException {
        use.lock();
        try {
            renew(renewNanos);
            return ask(question);
        } finally {
            use.unlock();
        }
    }

    private void renew(long renewNanos) {
        if (connection != null && System.nanoTime() - opened > renewNanos) {
            giveBack();
        }
    }

    /**
     * Looks whether the server answers, unless another thread is asking it something, and whether it takes new connections.
     *
     * @param answerSeconds how long to wait for an answer
     * @param renewNanos a connection that is older is replaced
     * @throws SQLException if no connection can be opened
     */
    void check(int answerSeconds, long renewNanos) throws SQLException {
        if (!use.tryLock()) {
            return; // the thread that uses it will notice
        }
        try {
            renew(renewNanos);
            ask(open -> requireAnswer(open, answerSeconds));
        } finally {
            use.unlock();
        }
    }

    private static boolean requireAnswer(Connection open, int seconds) throws SQLException {
        if (!open.isValid(seconds)) {
            throw new SQLException("The server does not answer", ServerErrors.CONNECTION_FAILURE);
        }
        return true;
    }

    /** Closes the connection if nobody used it of late. Never blocks. */
    public void release() {
        if (use.tryLock()) {
            try {
                if (System.nanoTime() - used > UNUSED_NANOS) {
                    giveBack();
                }
            } finally {
                use.unlock();
            }
        }
    }

    /** Closes the connection; the next question opens another. A question that is not answered yet fails. Never blocks. */
    public void drop() {
        if (use.tryLock()) {
            try {
                giveBack();
            } finally {
                use.unlock();
            }
        } else {
            abort();
        }
    }

    /** As {@link #drop}, for good: each question from now on fails. */
    @Override
    public void close() {
        closed = true;
        drop();
    }

    private Connection open() throws SQLException {
        Connection open = connection;
        while (open == null) {
            ConnectAttempt next = new ConnectAttempt();
            attempt = next;
            requireOpen();
            Database asked = server;
            open = asked.open(next);
            opened = System.nanoTime();
            connection = open;
            requireOpen();
            if (asked != server) { // it was open by then, and nobody could abort it yet
                giveBack();
                open = null;
            }
        }
        return open;
    }

    private void requireOpen() throws SQLException {
        if (closed) {
            throw new SQLException("The instance is closed", ServerErrors.CONNECTION_FAILURE);
        }
    }

    private void abort() {
        ConnectAttempt pending = attempt;
        if (pending != null) {
            pending.abort();
        }
        Connection open = connection;
        try {
            if (open != null) {
                open.abort(Runnable::run);
            }
        } catch (SQLException e) {
            LOG.debug("A connection that is given up complains", e);
        }
    }

    private void giveBack() {
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
