package io.walwire.internal.backfill.run;

import io.walwire.event.Lsn;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Whether rows wait for a position that the stream does not pass by itself. Used by the keeper's thread. */
final class StuckHorizon {
    /** A busy server passes a horizon at once, an idle one when it is asked. */
    private static final long NUDGE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Nudge nudge;
    private final LongSupplier clock;
    private @Nullable Lsn waitedFor;
    private long since;

    /** Has the server send its log up to now. */
    interface Nudge {
        /** Where the log of a standby ends that replays nothing now; null of any other server. */
        @Nullable
        Lsn send() throws SQLException;
    }

    /**
     * Nothing waits yet.
     *
     * @param nudge asked for again and again while rows wait
     * @param clock in nanoseconds
     */
    StuckHorizon(Nudge nudge, LongSupplier clock) {
        this.nudge = nudge;
        this.clock = clock;
    }

    /**
     * Looks, and nudges the server if rows have waited for long.
     *
     * @param horizon the lowest position that the stream has to pass; null if no rows wait
     * @param passed what it has passed
     * @return where the log ends, if the stream has come to this end; null if it goes on by itself
     */
    @Nullable
    Lsn look(@Nullable Lsn horizon, Lsn passed) throws SQLException {
        long now = clock.getAsLong();
        if (horizon == null || !horizon.equals(waitedFor)) {
            waitedFor = horizon;
            since = now;
            return null;
        }
        if (now - since <= NUDGE_NANOS) {
            return null;
        }
        since = now;
        Lsn end = nudge.send();
        return end != null && !passed.isBefore(end) && end.isBefore(horizon) ? end : null;
    }
}
