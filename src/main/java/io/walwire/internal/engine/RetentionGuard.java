package io.walwire.internal.engine;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.config.WalwireConfig.Excess;
import io.walwire.internal.config.WalwireConfig.Retained;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.connection.slot.SlotRetention;
import io.walwire.internal.log.Logs;
import io.walwire.internal.text.SqlLiterals;
import io.walwire.lifecycle.State;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Watches how much WAL the slot of this instance holds back on the server, on a thread and a connection of its own. It acts
 * only while this instance streams: what another one holds is for that one to watch.
 */
final class RetentionGuard implements Runnable {
    private static final Logger LOG = Logs.of(RetentionGuard.class);
    private static final long RELEASE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long RELEASE_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long MIB = 1024L * 1024;

    private final Retained bound;
    private final Database database;
    private final Lifecycle lifecycle;
    private final Handling handling;
    private final Supplier<@Nullable String> slot;
    private final GiveUp giveUp;
    private volatile @Nullable String dropping;
    private boolean above;
    private @Nullable SlotRetention last;

    /** What is being handled, and what stands around the handlers. */
    record Handling(Lifecycle lifecycle, WorkQueue queue, WorkBoundary boundary) {}

    /** Ends the stream at once, and the instance with a failure. */
    interface GiveUp {
        void becauseOf(WalwireException failure) throws InterruptedException;
    }

    /**
     * A guard of one instance.
     *
     * @param slot the slot's name, null before the first stream
     * @param giveUp called once at most; the slot is dropped by {@link #streamClosed}
     */
    RetentionGuard(
            Retained bound, Database database, Handling handling, Supplier<@Nullable String> slot, GiveUp giveUp) {
        this.bound = bound;
        this.database = database;
        this.lifecycle = handling.lifecycle();
        this.handling = handling;
        this.slot = slot;
        this.giveUp = giveUp;
    }

    @Override
    public void run() {
        try {
            lifecycle.awaitAny(EnumSet.of(State.STREAMING), Duration.ofNanos(Long.MAX_VALUE));
            while (!lifecycle.isStopping()) {
                look();
                lifecycle.pause(bound.interval());
            }
        } catch (InterruptedException e) {
            LOG.debug("The guard was interrupted, which only closing does");
        }
    }

    private void look() throws InterruptedException {
        String name = slot.get();
        if (name == null || lifecycle.state() != State.STREAMING) {
            return;
        }
        try {
            SlotRetention retention = SlotRetention.measure(database, name).orElse(null);
            if (retention != null) {
                judge(name, retention);
            }
        } catch (SQLException e) {
            LOG.debug("How much WAL the slot holds back could not be measured", e);
        }
    }

    private void judge(String name, SlotRetention retention) throws InterruptedException {
        boolean stuck = !isCatchingUp(last, retention);
        last = retention;
        if (retention.bytes() <= bound.bytes()) {
            if (above) {
                above = false;
                LOG.info("{}, which is within walwire.slot.max-retained again", describe(name, retention));
            }
            return;
        }
        String excess = describe(name, retention) + ", more than walwire.slot.max-retained (" + size(bound.bytes())
                + "): " + because(retention);
        if (!above) {
            above = true;
            LOG.warn("{}", excess);
        }
        if (bound.action() == Excess.DROP && stuck) {
            giveUp(name, excess);
        }
    }

    /** As after a long absence: then it is left to it. */
    private static boolean isCatchingUp(@Nullable SlotRetention before, SlotRetention now) {
        return before == null || now.bytes() < before.bytes() || now.unconfirmed() < before.unconfirmed();
    }

    private void giveUp(String name, String excess) throws InterruptedException {
        dropping = name;
        giveUp.becauseOf(new WalwireException(
                ErrorCode.SLOT,
                excess
                        + " The slot is dropped, as walwire.slot.max-retained.action=drop asks: what it had not confirmed is"
                        + " lost.",
                "Start again to recreate it, and reload caches then."));
    }

    /** Called when the stream is closed: drops the slot, if that is what ended the stream. */
    void streamClosed() {
        String name = dropping;
        if (name == null) {
            return;
        }
        dropping = null;
        try {
            drop(name);
            LOG.warn("Replication slot \"{}\" on {} is dropped", name, database.display());
        } catch (SQLException e) {
            LOG.error(
                    "Replication slot \"{}\" on {} could not be dropped and still holds WAL back; run: SELECT"
                            + " pg_catalog.pg_drop_replication_slot({});",
                    name,
                    database.display(),
                    SqlLiterals.quote(name),
                    e);
        }
    }

    /** The server may take a moment to notice that the stream is closed. */
    private void drop(String name) throws SQLException {
        long deadline = System.nanoTime() + RELEASE_NANOS;
        while (true) {
            try {
                SlotRetention.drop(database, name);
                return;
            } catch (SQLException e) {
                if (!ServerErrors.OBJECT_IN_USE.equals(e.getSQLState()) || System.nanoTime() - deadline > 0) {
                    throw e;
                }
                LockSupport.parkNanos(RELEASE_POLL_NANOS);
            }
        }
    }

    private String describe(String name, SlotRetention retention) {
        return "Replication slot \"" + name + "\" on " + database.display() + " holds back " + size(retention.bytes())
                + " of WAL";
    }

    private String because(SlotRetention retention) {
        WorkQueue.Taken taken = handling.queue().taken();
        if (taken != null) {
            long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - taken.since());
            return handling.boundary().reasonForDelay(taken.work(), seconds);
        }
        if (retention.unconfirmed() > bound.bytes() / 2) {
            return size(retention.unconfirmed()) + " of it are not handled yet.";
        }
        return retention.oldest() == null
                ? "all of it is handled, and the server will let it go."
                : "all of it is handled, but " + retention.oldest() + " is still there, and began long ago.";
    }

    private static String size(long bytes) {
        return bytes < 10 * MIB ? bytes + " bytes" : bytes / MIB + " MiB";
    }
}
