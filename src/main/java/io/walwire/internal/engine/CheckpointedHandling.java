package io.walwire.internal.engine;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Event;
import io.walwire.event.Gap;
import io.walwire.event.GapEvent;
import io.walwire.event.Lsn;
import io.walwire.internal.checkpoint.Checkpoint;
import io.walwire.internal.checkpoint.Progress;
import io.walwire.internal.connection.ExceptionText;
import io.walwire.internal.connection.ServerErrors;
import io.walwire.internal.connection.TableAudit;
import io.walwire.internal.dispatch.UnitLostException;
import io.walwire.internal.log.Logs;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.transaction.TransactionPart;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Each piece in a transaction of the user's database, with the position. The slot is never confirmed beyond what the checkpoint
 * says, for else nobody could tell a position that somebody else moved from one of our own.
 */
final class CheckpointedHandling implements Handling {
    private static final Logger LOG = Logs.of(CheckpointedHandling.class);

    /** Storing a position may itself write log that the server then reports: less than this is not worth it. */
    private static final long WORTH_BYTES = 1 << 20;

    private final Checkpoint checkpoint;
    private final Progress progress;
    private final Lifecycle lifecycle;

    /** Whether a stream has been compared with the row. */
    private boolean begun;

    CheckpointedHandling(Checkpoint checkpoint, Lifecycle lifecycle) {
        this.checkpoint = checkpoint;
        this.progress = new Progress(
                checkpoint,
                (connection, known) -> TableAudit.requireSafeCheckpoint(connection, checkpoint.name(), known));
        this.lifecycle = lifecycle;
    }

    @Override
    public @Nullable Gap begin(StreamStart start, @Nullable Lsn common) throws SQLException {
        Gap lost = compared(start);
        if (begun && common == null) {
            return lost; // of a restored server the first gap may still be in the handlers' queue
        }
        Lsn held = common == null ? logEnd(start) : common;
        if (!held.isBefore(progress.doneTo())) {
            begun = true;
            return lost;
        }
        if (lost == null && common == null && start.server().standby()) {
            throw behind(held);
        }
        begun = true;
        progress.serverWasSetBack(); // only with a gap, which uses it up
        return lost == null ? beyond(held, start.position()) : lost;
    }

    private @Nullable Gap compared(StreamStart start) throws SQLException {
        try {
            return progress.begin(start.server().systemId(), start.server().timeline(), start.position());
        } catch (SQLException e) {
            if (ServerErrors.heals(e)) {
                throw new SQLException(
                        "The checkpoint \"" + checkpoint.name() + "\" cannot be read: " + ServerErrors.said(e),
                        e.getSQLState(),
                        e);
            }
            throw explained(e);
        }
    }

    /** The slot may have been created after the server said where its log ends. */
    private static Lsn logEnd(StreamStart start) {
        Lsn end = start.server().end();
        return end.isBefore(start.position()) ? start.position() : end;
    }

    private Gap beyond(Lsn held, Lsn start) {
        return new Gap(
                held,
                start,
                "the checkpoint \"" + checkpoint.name() + "\" lies beyond " + held
                        + ", up to where the server has the history that was read");
    }

    /** A standby may still receive what is done already; that is no loss. */
    private SQLException behind(Lsn end) {
        SQLException e = new SQLException(
                "The standby has come to " + end + ", and has yet to come to " + progress.doneTo()
                        + ", up to where everything is done",
                "57P03");
        progress.forgetBegin();
        return e;
    }

    @Override
    public @Nullable TransactionPart remaining(TransactionPart part) {
        return progress.remaining(part);
    }

    @Override
    public void part(TransactionPart part, Progress.Body handlers) throws Exception {
        untilKept(() -> progress.part(part, handlers));
    }

    @Override
    public void single(Event event, Progress.Body handlers) throws Exception {
        Lsn to = event instanceof GapEvent of ? of.gap().to() : null;
        untilKept(() -> {
            if (to == null) {
                progress.alone(handlers);
            } else {
                progress.gap(to, handlers);
            }
        });
    }

    @Override
    public void alone(Progress.Body handlers) throws Exception {
        try {
            progress.alone(handlers);
        } catch (UnitLostException e) {
            if (checkpoint.isUnderWay()) {
                throw e;
            }
            throw explained(e.getCause());
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

    /** For as long as the database is away the piece is not done, as if the handlers took so long. */
    private void untilKept(Progress.Body attempt) throws Exception {
        Backoff backoff = new Backoff();
        while (true) {
            try {
                attempt.run();
                return;
            } catch (UnitLostException e) {
                SQLException cause = ServerErrors.sqlCause(e);
                if (cause == null || !ServerErrors.heals(cause)) {
                    throw explained(e.getCause());
                }
                await(backoff.next(), cause);
            }
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

    private WalwireException explained(@Nullable Throwable e) {
        SQLException sql = e == null ? null : ServerErrors.sqlCause(e);
        String state = sql == null || sql.getSQLState() == null ? "" : sql.getSQLState();
        String advice = state.startsWith("42")
                ? "Create the table walwire_checkpoint with sql/checkpoint.sql, and GRANT SELECT, INSERT, UPDATE on it."
                : "";
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
