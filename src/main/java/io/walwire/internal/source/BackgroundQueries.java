package io.walwire.internal.source;

import io.walwire.error.WalwireException;
import io.walwire.internal.concurrent.Backoff;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.log.Logs;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Asks the database what the reader needs to know, beside the stream: on a thread of its own, while the reader keeps the stream
 * alive, and again for as long as the database cannot be asked. What fails here never ends a stream that is in order: one that
 * brings nothing while the server cannot be reached is not. Used only by the reader thread; one for each stream.
 */
public final class BackgroundQueries implements AutoCloseable {
    private static final Logger LOG = Logs.of(BackgroundQueries.class);
    private static final long STATUS_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long IDLE_SECONDS = 5;

    private final Database database;
    private final SourceLifecycle lifecycle;
    private final Stream stream;
    private final ThreadPoolExecutor thread;
    private long lastBeat = System.nanoTime();
    private boolean unreachable;

    /** The stream that waits for an answer. */
    public interface Stream {
        /** Called about twice a second; throws if the stream itself is broken. */
        void stayAlive() throws SQLException;

        /** Whether nothing has come for so long that the server may be gone. */
        default boolean isInDoubt() {
            return false;
        }
    }

    /**
     * Asks nothing yet.
     *
     * @param database that is asked, for messages
     * @param lifecycle nothing is asked any more when the instance takes no more changes
     * @param stream that is kept alive meanwhile
     */
    public BackgroundQueries(Database database, SourceLifecycle lifecycle, Stream stream) {
        this.database = database;
        this.lifecycle = lifecycle;
        this.stream = stream;
        this.thread = new ThreadPoolExecutor(
                1, 1, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), BackgroundQueries::thread);
        this.thread.allowCoreThreadTimeOut(true);
    }

    /** In the thread group of the instance, since the reader makes it. */
    private static Thread thread(Runnable asking) {
        String reader = Thread.currentThread().getName();
        Thread thread = new Thread(asking, reader.replaceFirst("-reader$", "") + "-catalog");
        thread.setDaemon(true);
        return thread;
    }

    /** Starts a question, for a caller that does not wait. */
    public <T> Future<T> begin(Callable<T> question) {
        return thread.submit(question);
    }

    /**
     * Waits for an answer.
     *
     * @param doing what is asked, as in "asking the catalog"
     * @param question asked again after an error that can heal
     * @return the answer, which may be null; null also if the instance is to end first
     * @throws SQLException if the stream is broken
     * @throws WalwireException if the question fails in a way that does not heal
     */
    public <T> @Nullable T ask(String doing, Callable<T> question) throws SQLException, InterruptedException {
        Backoff backoff = new Backoff();
        unreachable = false;
        while (lifecycle.wantsMore()) {
            try {
                T answer = await(begin(question));
                unreachable = false;
                beat(); // many short questions for one message can also exceed the server's time-out
                return answer;
            } catch (ExecutionException e) {
                unreachable = ServerErrors.isUnreachable(e.getCause());
                if (!lifecycle.wantsMore()) {
                    break;
                }
                Duration wait = backoff.next();
                report(doing, e, wait);
                pause(wait);
            }
        }
        return null;
    }

    private <T> @Nullable T await(Future<T> asked) throws SQLException, InterruptedException, ExecutionException {
        while (lifecycle.wantsMore()) {
            try {
                return asked.get(STATUS_NANOS, TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                beat();
            }
        }
        return null;
    }

    private void report(String doing, ExecutionException failed, Duration wait) {
        if (!(failed.getCause() instanceof SQLException e)) {
            throw failed.getCause() instanceof RuntimeException known ? known : new IllegalStateException(failed);
        }
        WalwireException explained = ServerErrors.explain(e, doing, database);
        if (!ServerErrors.healsBesideAStream(e)) {
            throw explained;
        }
        lifecycle.note(String.valueOf(explained.getMessage()));
        LOG.warn("{} The stream waits for it; trying again in {} ms.", explained.getMessage(), wait.toMillis());
    }

    /**
     * Waits, and keeps the stream alive.
     *
     * @return false if the instance is to end
     */
    public boolean pause(Duration atMost) throws SQLException, InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        for (long left = atMost.toNanos(); left > 0 && lifecycle.wantsMore(); left = deadline - System.nanoTime()) {
            lifecycle.pause(Duration.ofNanos(Math.min(left, STATUS_NANOS)));
            beat();
        }
        return lifecycle.wantsMore();
    }

    /** Many short waits are a long one to the server. */
    private void beat() throws SQLException {
        long now = System.nanoTime();
        if (now - lastBeat >= STATUS_NANOS) {
            lastBeat = now;
            stream.stayAlive();
            if (unreachable && stream.isInDoubt()) {
                throw new SQLException(
                        "The server is silent, and cannot be reached on another connection either", "08006");
            }
        }
    }

    /** Nobody waits for what is still asked; closing the connection ends it. */
    @Override
    public void close() {
        thread.shutdownNow();
    }
}
