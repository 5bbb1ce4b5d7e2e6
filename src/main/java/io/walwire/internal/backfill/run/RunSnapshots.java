package io.walwire.internal.backfill.run;

import io.walwire.event.Lsn;
import io.walwire.internal.backfill.RowReader;
import io.walwire.internal.backfill.TableReading;
import io.walwire.internal.backfill.UnseenTransactions;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.connection.server.Snapshot;
import io.walwire.internal.log.Logs;
import io.walwire.internal.replication.StreamStart;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;

/** The snapshots that runs wait for, and the horizons that the stream has to pass. Used by the keeper's thread. */
final class RunSnapshots {
    private static final Logger LOG = Logs.of(RunSnapshots.class);

    /** A busy server passes a horizon at once, an idle one when it is asked. */
    private static final long NUDGE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private static final long LONG_WAIT_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final RunList runs;
    private final RunThreads threads;
    private final UnseenTransactions unseen;
    private final RowReader looker;
    private long stuckSince;
    private long waitingSince;
    private Lsn passedBefore = Lsn.ZERO;

    RunSnapshots(RunList runs, RunThreads threads, UnseenTransactions unseen, RowReader looker) {
        this.runs = runs;
        this.threads = threads;
        this.unseen = unseen;
        this.looker = looker;
    }

    /** Takes one if one is wanted. */
    void take() throws SQLException {
        List<TableReading> all = begun();
        if (unseen.wantsSnapshot() || all.stream().anyMatch(TableReading::wantsSnapshot)) {
            Snapshot snapshot = looker.snapshot();
            requireAsStream(snapshot);
            unseen.sees(snapshot);
            all.forEach(backfill -> backfill.sees(snapshot));
        }
        warnOfLongWait(all);
    }

    /** One name may lead to several servers. What a primary has sent may be visible on a standby alone. */
    private void requireAsStream(Snapshot snapshot) throws SQLException {
        StreamStart stream = threads.stream();
        if (snapshot.isOfStandby() && stream != null && !stream.server().standby()) {
            looker.reconnect();
            throw new SQLException(
                    "The connection led to a standby, and the stream comes from a primary",
                    ServerErrors.CANNOT_CONNECT_NOW);
        }
    }

    private void warnOfLongWait(List<TableReading> all) {
        Lsn passed = threads.reach().passed();
        boolean stands = isStuck(all, passed) && passed.equals(passedBefore);
        passedBefore = passed;
        boolean waits = stands || all.stream().anyMatch(backfill -> backfill.wantsSnapshot() && !backfill.hasBegun());
        long now = System.nanoTime();
        if (!waits) {
            waitingSince = 0;
        } else if (waitingSince == 0) {
            waitingSince = now;
        } else if (now - waitingSince > LONG_WAIT_NANOS) {
            waitingSince = now;
            LOG.warn(
                    "A backfill waits for transactions that are open, or for the end of one that is being delivered. To find those"
                            + " that are open: SELECT pid, backend_xid, state"
                            + " FROM pg_catalog.pg_stat_activity WHERE backend_xid IS NOT NULL"
                            + " ORDER BY pg_catalog.age(backend_xid) DESC");
        }
    }

    private List<TableReading> begun() {
        return runs.all().stream()
                .map(TableRun::backfill)
                .filter(Objects::nonNull)
                .map(Objects::requireNonNull)
                .toList();
    }

    /** Whether rows wait until the stream has passed their horizon. */
    private static boolean isStuck(List<TableReading> all, Lsn passed) {
        return all.stream().anyMatch(reading -> waits(reading, passed));
    }

    /**
     * The log of a transaction that is still open may wait in the server's memory, and the horizon behind it. A standby may not have
     * known its horizon when it was asked for, as right after its start.
     */
    void nudge() throws SQLException {
        Lsn passed = threads.reach().passed();
        long now = System.nanoTime();
        if (!isStuck(begun(), passed)) {
            stuckSince = 0;
        } else if (stuckSince == 0) {
            stuckSince = now;
        } else if (now - stuckSince > NUDGE_NANOS) {
            stuckSince = now;
            Lsn end = looker.nudge();
            if (end != null && !passed.isBefore(end)) { // the stream does not go on by itself
                begun().stream().filter(reading -> waits(reading, end)).forEach(TableReading::forgetUnplaced);
            }
        }
    }

    private static boolean waits(TableReading reading, Lsn passed) {
        Lsn horizon = reading.horizon();
        return horizon != null && passed.isBefore(horizon);
    }
}
