package io.walwire.internal.backfill;

import io.walwire.event.Lsn;
import io.walwire.internal.connection.server.Snapshot;
import io.walwire.internal.transaction.ReceivedChange;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How far the reading of one table has come, and which of its rows have their place in the stream. Thread-safe. */
public sealed interface TableReading permits TableBackfill, HeldTable {
    /**
     * Nothing is read yet. Called between two transactions by the thread that delivers events; from the next one on, every event of
     * the table has to be reported.
     *
     * @param plan how the table is read
     * @param settings sizes and bounds
     * @param unseen what the stream has delivered so far
     * @param stored how far an earlier instance had come; a table whose rows are not compared by a key begins again
     * @param keysToRead the keys that it had to read again
     */
    static TableReading begin(
            TablePlan plan,
            BackfillSettings settings,
            UnseenTransactions unseen,
            List<StoredLeaf> stored,
            List<TableKey> keysToRead) {
        if (settings.first() || !plan.isComparedByKey()) {
            return new HeldTable(plan, settings);
        }
        TableBackfill begun = new TableBackfill(plan, settings, unseen);
        begun.resume(stored, keysToRead);
        return begun;
    }

    /** Nothing of a reading is wanted any more. */
    static void discard(@Nullable TableReading reading) {
        if (reading != null) {
            reading.abandon();
        }
    }

    /**
     * An event of the table is delivered next.
     *
     * @param by its transaction
     * @param event an insert, update, delete or truncate, under the name that the plan says
     */
    default void delivered(DeliveredTransaction by, ReceivedChange event) {}

    /** Whether reading has not begun, because a snapshot is wanted that sees everything that was delivered before. */
    default boolean wantsSnapshot() {
        return false;
    }

    /** A snapshot was taken of the server that is read, not to read. */
    default void sees(Snapshot snapshot) {}

    /**
     * The rows whose place is here: between two transactions, after every event before was reported.
     *
     * @param passed the stream has delivered everything that was committed before this position
     * @return in the order in which they are delivered; each one is to be {@link #handled}
     */
    List<PlacedChunk> place(Lsn passed);

    /**
     * The stream was lost. A server that has crashed may have lost what a snapshot has shown, so that all is read again that has no
     * place yet.
     *
     * @return false if the table has to begin again, because its rows cannot come from two snapshots
     */
    boolean forgetUnplaced();

    /**
     * The stream does not go on by itself: what waits for more than it has, is read again.
     *
     * @param end where the server's log ends
     */
    default void forgetBehind(Lsn end) {}

    /** Nothing of it is wanted any more. Ends what is being read. */
    default void abandon() {}

    /** The lowest position that the stream has to pass before rows get their place; null if none wait. */
    @Nullable
    Lsn horizon();

    /** Whether it waits for nothing before it reads. */
    boolean hasBegun();

    /** How many chunks are being read, wait for their place, or are with handlers. */
    int openChunks();

    /**
     * Whether a chunk may wait for its place soon, and the stream goes on meanwhile: one is being read, waits for its place, or is
     * with handlers, after which the next one is read.
     */
    default boolean isReading() {
        return false;
    }

    /** How far it has come. */
    ReadAmount amount();

    /**
     * Handlers have returned from rows.
     *
     * @param placed the rows
     */
    void handled(PlacedChunk placed);

    /** What has to be kept. */
    KeptProgress kept();

    /** The same once handlers have returned from rows, each of which is to be {@link #handled} after that. */
    KeptProgress keptWith(List<PlacedChunk> placed);

    /** The version of what has to be kept. */
    default long version() {
        return 0;
    }

    /** Why the plan no longer holds; null if it does. Nothing is read until there is another one. */
    @Nullable
    PlanState brokenPlan();

    /** How it is read now. */
    TablePlan plan();

    /**
     * Why it cannot go on with another plan of the same table: changes of rows that were read may be missing, or the table is to be read in
     * another way. Then the table begins again.
     *
     * @param next the other plan
     * @return for people, a sentence; null if it can go on
     */
    @Nullable
    String unfit(TablePlan next);

    /**
     * Goes on with a new plan.
     *
     * @param next of the same table; it is not {@link #unfit}
     */
    void planned(TablePlan next);

    /**
     * Reads nothing, or reads on.
     *
     * @param paused whether nothing is read
     */
    void pause(boolean paused);

    /** Whether all rows were delivered, and handlers have returned from them. */
    boolean isDone();
}
