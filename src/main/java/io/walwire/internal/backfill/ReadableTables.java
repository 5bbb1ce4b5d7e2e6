package io.walwire.internal.backfill;

import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.text.TableName;
import io.walwire.internal.transaction.TableFacts;
import io.walwire.internal.transaction.TransactionPart;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The tables whose rows can be read beside the stream: those of a database, or of the test kit. Thread-safe. */
public interface ReadableTables {
    /** What the catalog says of tables. Used by one thread. */
    @FunctionalInterface
    interface Facts {
        /**
         * What pgoutput leaves out of a table.
         *
         * @param relation the table
         * @param visible a transaction that a snapshot of now sees
         * @return null while the table is being defined
         * @throws SQLException if the catalog cannot be read
         */
        @Nullable
        TableFacts describe(Relation relation, int visible) throws SQLException;
    }

    /**
     * Makes a reader, which is not connected yet.
     *
     * @param maxBytes how much memory the rows of a chunk may take; a larger row is a chunk alone
     * @param lockPatience how long a lock on the table is waited for
     * @param patience how long no row may come before the server is asked for the reason
     * @return for one thread
     */
    RowReader reader(long maxBytes, Duration lockPatience, Duration patience);

    /**
     * Makes the plans of tables that can be read.
     *
     * @param requests the tables
     * @param problems gets what keeps the others from being read
     * @return the plans, in the same order
     * @throws SQLException if the catalog cannot be read
     */
    List<TablePlan> plans(List<TableRequest> requests, List<String> problems) throws SQLException;

    /** What the catalog says, for one thread. */
    Facts facts();

    /**
     * The tables whose changes the stream has.
     *
     * @return their names by their OIDs
     * @throws SQLException if the catalog cannot be read
     */
    Map<Long, TableName> published() throws SQLException;

    /**
     * The tables that have the rows of a table: the table itself, or its partitions. Waits for no lock.
     *
     * @param table its name
     * @return by their OIDs a text that is another one if changes may have been missing in between, null of one whose changes do not come; empty
     *     if there is no such table, or this can never happen
     * @throws SQLException if the catalog cannot be read
     */
    default Map<Long, @Nullable String> sending(TableName table) throws SQLException {
        return Map.of();
    }

    /** What sends the changes of these tables; null if they are in no database. Then no progress is kept. */
    default @Nullable Sender sender() {
        return null;
    }

    /** Whether one block is read after another, whatever is configured. */
    default boolean areBlocksReadInOrder() {
        return false;
    }

    /** Whether an interceptor of the instance is known to pass on every event as it is. */
    default boolean areAllPassedOn() {
        return false;
    }

    /**
     * Handlers have returned from rows, or from the end of a run. Called by the thread that has handled them.
     *
     * @param run the run's id
     * @param part what handlers got
     */
    default void handled(String run, TransactionPart part) {}
}
