package io.walwire.internal.engine;

import io.walwire.event.Event;
import io.walwire.event.Gap;
import io.walwire.event.Lsn;
import io.walwire.internal.checkpoint.Checkpoint;
import io.walwire.internal.concurrent.ThrowingRunnable;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.transaction.TransactionPart;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** What stands around the handlers' work on one piece: nothing, as here, or a database transaction that also stores the position. */
interface WorkBoundary {
    /** The slot alone knows the position. */
    WorkBoundary NONE = new WorkBoundary() {};

    static WorkBoundary of(@Nullable Checkpoint checkpoint, Lifecycle lifecycle) {
        return checkpoint == null ? NONE : new CheckpointBoundary(checkpoint, lifecycle);
    }

    /**
     * A stream has begun. By the reader thread.
     *
     * @param common positions beyond this one mean nothing any more; null if all that came before hold
     * @return what is known to be lost before the first stream, or that positions that are kept do not hold; or null
     */
    default @Nullable Gap begin(StreamStart start, @Nullable Lsn common) throws SQLException {
        return null;
    }

    /** What of a part is not done yet; null if nothing is left. */
    default @Nullable TransactionPart remaining(TransactionPart part) {
        return part;
    }

    /** Does a part. When it returns, the part is done for good. */
    default void part(TransactionPart part, ThrowingRunnable<Exception> handlers) throws Exception {
        handlers.run();
    }

    /** Does what belongs to no transaction: a gap, or a message. */
    default void single(Event event, ThrowingRunnable<Exception> handlers) throws Exception {
        handlers.run();
    }

    /** Does what has no position in the stream, on any thread. */
    default void alone(ThrowingRunnable<Exception> handlers) throws Exception {
        handlers.run();
    }

    /** Whether a position that nothing is left before may be confirmed as it is. By any thread. */
    default boolean isReached(Lsn lsn) {
        return true;
    }

    /** Whether it pays to {@link #reach} a position that is not reached. */
    default boolean isWorthReaching(Lsn lsn) {
        return false;
    }

    /** Nothing is left to do before a position: whether it may be confirmed. By the handler thread. */
    default boolean reach(Lsn lsn) throws Exception {
        return true;
    }
}
