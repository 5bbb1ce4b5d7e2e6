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

/** What stands around the handlers' work on one piece: nothing, or a database transaction that also stores the position. */
interface WorkBoundary {
    /** The slot alone knows the position. */
    WorkBoundary NONE = new WorkBoundary() {
        @Override
        public @Nullable Gap begin(StreamStart start, @Nullable Lsn common) {
            return null;
        }

        @Override
        public TransactionPart remaining(TransactionPart part) {
            return part;
        }

        @Override
        public void part(TransactionPart part, ThrowingRunnable<Exception> handlers) throws Exception {
            handlers.run();
        }

        @Override
        public void single(Event event, ThrowingRunnable<Exception> handlers) throws Exception {
            handlers.run();
        }

        @Override
        public void alone(ThrowingRunnable<Exception> handlers) throws Exception {
            handlers.run();
        }

        @Override
        public boolean isReached(Lsn lsn) {
            return true;
        }

        @Override
        public boolean isWorthReaching(Lsn lsn) {
            return false;
        }

        @Override
        public boolean reach(Lsn lsn) {
            return true;
        }
    };

    static WorkBoundary of(@Nullable Checkpoint checkpoint, Lifecycle lifecycle) {
        return checkpoint == null ? NONE : new CheckpointBoundary(checkpoint, lifecycle);
    }

    /**
     * A stream has begun. By the reader thread.
     *
     * @param common positions beyond this one mean nothing any more; null if all that came before hold
     * @return what is known to be lost before the first stream, or that positions that are kept do not hold; or null
     */
    @Nullable
    Gap begin(StreamStart start, @Nullable Lsn common) throws SQLException;

    /** What of a part is not done yet; null if nothing is left. */
    @Nullable
    TransactionPart remaining(TransactionPart part);

    /** Does a part. When it returns, the part is done for good. */
    void part(TransactionPart part, ThrowingRunnable<Exception> handlers) throws Exception;

    /** Tells of what belongs to no transaction. */
    void single(Event event, ThrowingRunnable<Exception> handlers) throws Exception;

    /** Does what has no position in the stream, on any thread. */
    void alone(ThrowingRunnable<Exception> handlers) throws Exception;

    /** Whether a position that nothing is left before may be confirmed as it is. By any thread. */
    boolean isReached(Lsn lsn);

    /** Whether it pays to {@link #reach} a position that is not reached. */
    boolean isWorthReaching(Lsn lsn);

    /** Nothing is left to do before a position: whether it may be confirmed. By the handler thread. */
    boolean reach(Lsn lsn) throws Exception;
}
