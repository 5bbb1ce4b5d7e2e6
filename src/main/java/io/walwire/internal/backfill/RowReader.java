package io.walwire.internal.backfill;

import io.walwire.event.Lsn;
import io.walwire.internal.connection.server.Snapshot;
import java.sql.SQLException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Reads one chunk after another, each in a snapshot of its own. One thread reads; any thread may {@link #reconnect} and {@link #close}. */
public interface RowReader extends AutoCloseable {
    /** Hears of a snapshot. */
    interface Seen {
        /** Rows are read in this snapshot next. */
        void in(Snapshot snapshot) throws SQLException;
    }

    /**
     * Reads a chunk.
     *
     * @param leaf the table
     * @param range which rows
     * @param delivered what was committed before it was delivered, maybe without its keys being known: a server that does not show all of
     *     it is not read
     * @param seen gets the snapshot before the first row is read; nothing is read if it throws
     * @return the rows, or why there are none
     * @throws SQLException if the server cannot be reached, or refuses; the next attempt begins with a new connection
     * @throws InterruptedException if the thread is interrupted while it waits
     */
    ChunkResult read(LeafPlan leaf, ReadRange range, Lsn delivered, Seen seen)
            throws SQLException, InterruptedException;

    /**
     * Takes a snapshot without reading.
     *
     * @return what a chunk would show that is read now; of a standby only what is before its xmin
     * @throws SQLException if the server cannot be reached
     */
    Snapshot snapshot() throws SQLException;

    /**
     * Takes a snapshot that lists every transaction that has an id now and is still running.
     *
     * @return of a standby what it prints: all that was delivered is before its xmax
     * @throws SQLException if the server cannot be reached, or refuses
     */
    Snapshot snapshotOfAllRunning() throws SQLException;

    /**
     * Names the transactions that have written something and run now.
     *
     * @return for people; empty if there are none
     * @throws SQLException if the server cannot be reached
     */
    String runningTransactions() throws SQLException;

    /**
     * Asks for the time.
     *
     * @return by the server's clock; of a standby when the last transaction that it shows was committed
     * @throws SQLException if the server cannot be reached
     */
    Instant time() throws SQLException;

    /**
     * Has the server send its log up to now.
     *
     * @return where the log of a standby ends that replays nothing now; null of any other server
     * @throws SQLException if the server cannot be reached, or refuses
     */
    @Nullable
    Lsn nudge() throws SQLException;

    /** The next chunk comes by a new connection, perhaps from another server. Ends what is being read, with an error. */
    void reconnect();

    /** Ends what is being read, with an error for its thread. */
    @Override
    void close();
}
