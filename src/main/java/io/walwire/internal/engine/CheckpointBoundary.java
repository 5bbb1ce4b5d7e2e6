package io.walwire.internal.engine;

import io.walwire.error.Advice;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Event;
import io.walwire.event.Gap;
import io.walwire.event.GapEvent;
import io.walwire.event.Lsn;
import io.walwire.internal.checkpoint.Checkpoint;
import io.walwire.internal.checkpoint.Progress;
import io.walwire.internal.checkpoint.RowsProgress;
import io.walwire.internal.concurrent.Backoff;
import io.walwire.internal.concurrent.ThrowingRunnable;
import io.walwire.internal.connection.catalog.TableAudit;
import io.walwire.internal.connection.server.ExceptionText;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.dispatch.PendingPart;
import io.walwire.internal.dispatch.UnitLostException;
import io.walwire.internal.log.Logs;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.transaction.PositionKind;
import io.walwire.internal.transaction.TransactionPart;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Each piece in a transaction of the user's database, with the position. The slot is never confirmed beyond what the checkpoint
 * says, because a position that somebody else moved could not be distinguished from our own.
 */
final class CheckpointBoundary implements WorkBoundary {
    private static final Logger LOG = Logs.of(CheckpointBoundary.class);

    /** Storing a position may itself write log that the server then reports: less than this is not worth it. */
    private static final long WORTH_BYTES = 1 << 20;

    private final Checkpoint checkpoint;
    private final Progress progress;
    private final Lifecycle lifecycle;
    private final KeptPosition kept;

    CheckpointBoundary(Checkpoint checkpoint, Lifecycle lifecycle) {
        this.checkpoint = checkpoint;
        this.progress = new Progress(
                checkpoint,
                (connection, known) -> TableAudit.requireSafeCheckpoint(connection, checkpoint.name(), known));
        this.lifecycle = lifecycle;
        this.kept = new KeptPosition("the checkpoint \"" + checkpoint.name() + "\"", new Row());
    }

    @Override
    public @Nullable Gap begin(StreamStart start, @Nullable Lsn common) throws SQLException {
        return kept.begin(start, common);
    }

    /** The row of the checkpoint. */
    private final class Row implements KeptPosition.Store {
        @Override
        public @Nullable Gap begin(StreamStart start) throws SQLException {
            return compared(start);
        }

        @Override
        public Lsn doneTo() {
            return progress.doneTo();
        }

        @Override
        public void serverWasSetBack() {
            progress.serverWasSetBack();
        }

        @Override
        public void forgetBegin() {
            progress.forgetBegin();
        }
    }

    private @Nullable Gap compared(StreamStart start) throws SQLException {
        try {
            return progress.begin(start.server().systemId(), start.server().timeline(), start.position());
        } catch (UnitLostException e) {
            SQLException cause = ServerErrors.sqlCause(e);
            if (cause != null && ServerErrors.heals(cause)) {
                throw new SQLException(
                        "The checkpoint \"" + checkpoint.name() + "\" cannot be read: " + ServerErrors.said(cause),
                        cause.getSQLState(),
                        cause);
            }
            throw explained(e);
        }
    }

    @Override
    public void promoted(int from, int to) {
        progress.promoted(from, to);
    }

    @Override
    public @Nullable TransactionPart remaining(TransactionPart part) {
        return progress.remaining(part);
    }

    @Override
    public void part(TransactionPart part, PendingPart piece, ThrowingRunnable<Exception> handlers) throws Exception {
        untilKept(() -> progress.part(part, handlers));
    }

    @Override
    public void single(Event event, PendingPart piece, ThrowingRunnable<Exception> handlers) throws Exception {
        Lsn to = event instanceof GapEvent of ? PositionKind.to(of.gap()) : null;
        untilKept(() -> {
            if (to == null) {
                progress.alone(handlers);
            } else {
                progress.gap(to, handlers);
            }
        });
    }

    @Override
    public void reads(
            TransactionPart part, PendingPart piece, @Nullable RowsProgress rows, ThrowingRunnable<Exception> handlers)
            throws Exception {
        untilKept(() -> progress.with(rows, handlers));
    }

    @Override
    public void alone(ThrowingRunnable<Exception> handlers) throws Exception {
        try {
            progress.alone(handlers);
        } catch (UnitLostException e) {
            if (checkpoint.isUnderWay()) {
                throw e;
            }
            throw explained(e);
        }
    }

    @Override
    public boolean isReached(Lsn lsn) {
        return !progress.doneTo().isBefore(lsn);
    }

    @Override
    public boolean isWorthReaching(Lsn lsn) {
        return !isReached(lsn) && lsn.value() - progress.doneTo().value() >= WORTH_BYTES;
    }

    @Override
    public boolean reach(Lsn lsn) throws Exception {
        if (isWorthReaching(lsn)) {
            untilKept(() -> progress.reach(lsn));
        }
        return isReached(lsn);
    }

    /** Repeats an attempt until the database answers. Meanwhile the piece is not done, as if its handlers were slow. */
    private void untilKept(ThrowingRunnable<Exception> attempt) throws Exception {
        Backoff backoff = new Backoff();
        while (true) {
            try {
                attempt.run();
                return;
            } catch (UnitLostException e) {
                SQLException cause = ServerErrors.sqlCause(e);
                if (cause == null || !ServerErrors.heals(cause)) {
                    if (isKeptNevertheless(e)) {
                        continue; // the next attempt finds what is done
                    }
                    throw explained(e);
                }
                await(backoff.next(), cause);
            }
        }
    }

    /** A runner may throw after its commit. */
    private boolean isKeptNevertheless(UnitLostException e) {
        try {
            return progress.isKeptNevertheless();
        } catch (UnitLostException unread) {
            e.addSuppressed(unread);
            return false;
        }
    }

    private void await(Duration wait, SQLException cause) throws InterruptedException {
        String what = "The database of the checkpoint \"" + checkpoint.name() + "\" failed: " + ServerErrors.said(cause)
                + " What was not committed is done again.";
        LOG.warn("{} Trying again in {} ms.", what, wait.toMillis());
        LOG.debug("The cause", cause);
        lifecycle.note(what);
        if (lifecycle.pause(wait)) {
            throw new WalwireException(ErrorCode.CLOSED, what + " The instance was closed before that.", cause);
        }
    }

    private WalwireException explained(UnitLostException lost) {
        Throwable e = lost.getCause();
        SQLException sql = e == null ? null : ServerErrors.sqlCause(e);
        String state = sql == null || sql.getSQLState() == null ? "" : sql.getSQLState();
        Advice advice = lost.isOfPosition() && state.startsWith("42")
                ? new Advice(
                        "Create the table walwire_checkpoint with sql/checkpoint.sql, and run:",
                        "GRANT SELECT, INSERT, UPDATE ON walwire_checkpoint TO <the role>;")
                : null;
        return new WalwireException(
                ErrorCode.CHECKPOINT,
                state,
                "The checkpoint \"" + checkpoint.name() + "\", or what the handlers wrote with it, cannot be kept: "
                        + (sql == null ? e == null ? "" : ExceptionText.of(e) : ServerErrors.said(sql))
                        + " Nothing of this transaction was committed or confirmed.",
                advice,
                e);
    }
}
