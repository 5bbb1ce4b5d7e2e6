package io.walwire.internal.engine;

import io.walwire.error.WalwireException;
import io.walwire.internal.concurrent.Backoff;
import io.walwire.internal.concurrent.ThrowingRunnable;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.connection.server.SharedConnection;
import io.walwire.internal.connection.server.Snapshots;
import io.walwire.internal.log.Logs;
import io.walwire.internal.transaction.TransactionPart;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;

/**
 * Holds a transaction back until other sessions see it: a walsender sends it a moment before its session leaves the list of
 * running transactions, and long before where a commit waits for a synchronous standby. Used only by the handler thread.
 */
final class VisibilityGate implements Admission {
    private static final Logger LOG = Logs.of(VisibilityGate.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(1);
    private static final Duration MAX_PAUSE = Duration.ofMillis(100);
    private static final long LOG_AFTER_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Snapshots snapshots;
    private final Database database;
    private final Lifecycle lifecycle;
    private final Backoff backoff = new Backoff();

    VisibilityGate(Database database, SharedConnection connection, Lifecycle lifecycle) {
        this.snapshots = new Snapshots(connection);
        this.database = database;
        this.lifecycle = lifecycle;
    }

    @Override
    public boolean await(Work work, ThrowingRunnable<InterruptedException> beforeWait) throws InterruptedException {
        boolean ungated = !(work instanceof Work.Part part)
                || part.transaction().events().isEmpty()
                || awaitVisible(part.transaction(), beforeWait);
        return ungated && !lifecycle.awaitReleased(beforeWait);
    }

    private boolean awaitVisible(TransactionPart transaction, ThrowingRunnable<InterruptedException> beforeWait)
            throws InterruptedException {
        long began = System.nanoTime();
        boolean logged = false;
        Backoff pauses = new Backoff(FIRST_PAUSE, MAX_PAUSE);
        boolean waits = false;
        while (!isVisible(transaction)) {
            if (!waits) {
                waits = true;
                beforeWait.run();
            }
            if (!logged && System.nanoTime() - began > LOG_AFTER_NANOS) {
                logged = true;
                LOG.warn(
                        "Transaction {} is in the log of {}, but other sessions do not see it yet, so walwire.visible"
                                + " holds its events back. Does its commit wait for a synchronous standby"
                                + " (synchronous_standby_names)?",
                        transaction.xid(),
                        database.display());
            }
            if (lifecycle.pause(pauses.next())) {
                return false;
            }
        }
        return true;
    }

    private boolean isVisible(TransactionPart transaction) throws InterruptedException {
        try {
            boolean visible = snapshots.isVisible((int) transaction.xid());
            backoff.reset();
            return visible;
        } catch (SQLException e) {
            if (lifecycle.isStopping()) {
                return false;
            }
            WalwireException explained = ServerErrors.explain(e, "asking for the visible transactions", database);
            if (!ServerErrors.healsBesideAStream(e)) {
                throw explained;
            }
            Duration wait = backoff.next();
            lifecycle.note(String.valueOf(explained.getMessage()));
            LOG.warn("{} Events are held back; trying again in {} ms.", explained.getMessage(), wait.toMillis());
            lifecycle.pause(wait);
            return false;
        }
    }
}
