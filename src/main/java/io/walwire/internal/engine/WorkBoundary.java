package io.walwire.internal.engine;

import io.walwire.event.Event;
import io.walwire.event.Gap;
import io.walwire.event.Lsn;
import io.walwire.internal.backfill.run.GroupProgress;
import io.walwire.internal.checkpoint.Checkpoint;
import io.walwire.internal.checkpoint.RowsProgress;
import io.walwire.internal.concurrent.ThrowingRunnable;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.dispatch.PendingPart;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.transaction.TransactionPart;
import io.walwire.sink.Sink;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * What stands around the handlers' work on one piece: nothing, as here, a database transaction that also stores the position, or a
 * sink that stores several pieces as one group.
 */
interface WorkBoundary {
    /** The slot alone knows the position. */
    WorkBoundary NONE = new WorkBoundary() {};

    static WorkBoundary of(@Nullable Checkpoint checkpoint, Lifecycle lifecycle) {
        return checkpoint == null ? NONE : new CheckpointBoundary(checkpoint, lifecycle);
    }

    static WorkBoundary of(UserCode code, WalwireConfig config, String database, Lifecycle lifecycle, WorkQueue queue) {
        Sink sink = code.sink();
        return sink == null
                ? of(code.checkpoint(), lifecycle)
                : new SinkBoundary(
                        new SinkCalls(sink, lifecycle),
                        new SinkBoundary.Facts(config.name(), database, config.closeTimeout()),
                        lifecycle,
                        queue::wake);
    }

    /**
     * A stream has begun. Called by the reader thread.
     *
     * @param common positions beyond this one mean nothing any more; null if all that came before hold
     * @return what is known to be lost before the first stream, or that positions that are kept do not hold; or null
     */
    default @Nullable Gap begin(StreamStart start, @Nullable Lsn common) throws SQLException {
        return null;
    }

    /**
     * The server of the stream was promoted, and all positions hold. Called by any thread.
     *
     * @param from the timeline on which the stream began
     * @param to the one on which it goes on
     */
    default void promoted(int from, int to) {}

    /** What is kept of the progress of runs with each group of rows; null if nothing is. */
    default @Nullable GroupProgress groups() {
        return null;
    }

    /** What of a part is not done yet; null if nothing is left. */
    default @Nullable TransactionPart remaining(TransactionPart part) {
        return part;
    }

    /**
     * Does a part.
     *
     * @param piece held while the part is not stored for good when this returns
     */
    default void part(TransactionPart part, PendingPart piece, ThrowingRunnable<Exception> handlers) throws Exception {
        handlers.run();
    }

    /**
     * Does what belongs to no transaction: a gap, or a message.
     *
     * @param piece held while the event is not stored for good when this returns
     */
    default void single(Event event, PendingPart piece, ThrowingRunnable<Exception> handlers) throws Exception {
        handlers.run();
    }

    /**
     * Does rows that were read. Called by the handler thread.
     *
     * @param piece held while they are not stored for good when this returns
     * @param progress kept with what handlers write; null if it is kept by itself
     */
    default void reads(
            TransactionPart rows,
            PendingPart piece,
            @Nullable RowsProgress progress,
            ThrowingRunnable<Exception> handlers)
            throws Exception {
        handlers.run();
    }

    /** Does what has no position in the stream, on any thread. */
    default void alone(ThrowingRunnable<Exception> handlers) throws Exception {
        handlers.run();
    }

    /** Whether a position that nothing is left before may be confirmed as it is. Called by any thread. */
    default boolean isReached(Lsn lsn) {
        return true;
    }

    /** Whether it pays to {@link #reach} a position that is not reached. */
    default boolean isWorthReaching(Lsn lsn) {
        return false;
    }

    /** Nothing is left to do before a position: whether it may be confirmed. Called by the handler thread. */
    default boolean reach(Lsn lsn) throws Exception {
        return true;
    }

    /**
     * Nothing is left to do before a position, which may be stored later.
     *
     * @param piece held until it is
     */
    default void pass(Lsn lsn, PendingPart piece) throws Exception {}

    /** Whether something is gathered that is not being stored yet. Called by the handler thread. */
    default boolean isGathering() {
        return false;
    }

    /** Whether something is being stored. Called by the handler thread. */
    default boolean isStoring() {
        return false;
    }

    /** Begins to store what is gathered, unless something is being stored now. Called by the handler thread. */
    default void flush() throws Exception {}

    /** Releases what has been stored meanwhile. Called by the handler thread. */
    default void settle() {}

    /** Nothing more comes for now: waits until all is stored. Called by the handler thread. */
    default void finish() throws InterruptedException {}

    /** Why a piece of work is not settled yet. Called by any thread. */
    default String reasonForDelay(Work work, long seconds) {
        return "the handlers have been busy for " + seconds + " s with " + work + ".";
    }

    /** Frees what is held. Called by the handler thread, at its end. */
    default void close() {}
}
