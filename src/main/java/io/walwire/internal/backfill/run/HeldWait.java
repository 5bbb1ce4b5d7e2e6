package io.walwire.internal.backfill.run;

import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.replication.StreamStart;
import java.sql.SQLException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the reading of a table waits for, for which a stream is held. It ends with the stream: a table must not stay locked, nor a
 * snapshot open, while there is no stream to place the rows in, or nobody handles them.
 *
 * @param stream the stream
 * @param stopped whether the table is not to be read any more
 */
record HeldWait(
        RunContext context, RunThreads threads, @Nullable StreamStart stream, BooleanSupplier stopped) {
    /** Something that is waited for. */
    @FunctionalInterface
    interface Condition {
        boolean holds() throws SQLException;
    }

    /**
     * Waits.
     *
     * @return false if the table is not to be read any more
     * @throws SQLException if the stream has ended
     */
    boolean until(Condition condition) throws SQLException, InterruptedException {
        requireStream();
        while (!stopped.getAsBoolean() && !condition.holds()) {
            threads.runs().await();
            requireStream();
        }
        return !stopped.getAsBoolean();
    }

    private void requireStream() throws SQLException {
        if (!stopped.getAsBoolean() && (!context.isStreaming() || !isSame())) {
            throw new SQLException("The stream was interrupted", ServerErrors.CANNOT_CONNECT_NOW);
        }
        if (!stopped.getAsBoolean() && context.isHeld()) {
            throw new SQLException("The instance is paused", ServerErrors.CANNOT_CONNECT_NOW);
        }
    }

    /** Waits until the stream, whose start is known, streams. Returns false if that is over. */
    boolean untilItStreams() throws InterruptedException {
        while (!stopped.getAsBoolean() && isSame() && !context.isStreaming()) {
            threads.runs().await();
        }
        return !stopped.getAsBoolean() && isSame();
    }

    @SuppressWarnings("ReferenceEquality") // that very stream, not one that begins at the same place
    private boolean isSame() {
        return threads.stream() == stream;
    }
}
