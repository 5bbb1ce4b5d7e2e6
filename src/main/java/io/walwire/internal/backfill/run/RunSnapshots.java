package io.walwire.internal.backfill.run;

import io.walwire.event.Lsn;
import io.walwire.internal.backfill.RowReader;
import io.walwire.internal.backfill.TableReading;
import io.walwire.internal.backfill.UnseenTransactions;
import io.walwire.internal.connection.server.Snapshot;
import io.walwire.internal.log.Logs;
import io.walwire.internal.replication.StreamStart;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** The snapshots that runs wait for, and the horizons that the stream has to pass. Used by the keeper's thread. */
final class RunSnapshots {
    private static final Logger LOG = Logs.of(RunSnapshots.class);

    private static final long LONG_WAIT_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final RunList runs;
    private final RunThreads threads;
    private final UnseenTransactions unseen;
    private final RowReader looker;
    private final StuckHorizon stuck;
    private long waitingSince;
    private Lsn passedBefore = Lsn.ZERO;

    RunSnapshots(RunList runs, RunThreads threads, UnseenTransactions unseen, RowReader looker) {
        this.runs = runs;
        this.threads = threads;
        this.unseen = unseen;
        this.looker = looker;
        this.stuck = new StuckHorizon(looker::nudge, System::nanoTime);
    }

    /**
     * A run begins beside a stream. What was handed over before is seen by a snapshot that sees the end of all that runs now.
     *
     * @throws SQLException if the server cannot be reached, or another stream has begun
     */
    void startAt(StreamStart stream) throws SQLException {
        Snapshot running = looker.snapshotOfAllRunning();
        threads.reach().requireSame(looker.snapshot(), looker);
        threads.reach().applyDuring(stream, () -> unseen.startsAt(running));
    }

    /** Takes one if one is wanted. */
    void take() throws SQLException {
        List<TableReading> all = runs.readings();
        if (unseen.wantsSnapshot() || all.stream().anyMatch(TableReading::wantsSnapshot)) {
            StreamStart stream = threads.stream();
            long tooMany = unseen.givenUp();
            Snapshot start = unseen.wantsStart() ? looker.snapshotOfAllRunning() : null;
            Snapshot snapshot = looker.snapshot();
            threads.reach().requireSame(snapshot, looker);
            threads.reach().applyDuring(stream, () -> {
                if (start != null) {
                    unseen.startsAt(start, tooMany);
                }
                unseen.sees(snapshot);
                all.forEach(backfill -> backfill.sees(snapshot));
            });
        }
        warnOfLongWait(all);
    }

    private void warnOfLongWait(List<TableReading> all) throws SQLException {
        Lsn passed = threads.reach().passed();
        boolean stands = lowestAhead(all, passed) != null && passed.equals(passedBefore);
        passedBefore = passed;
        boolean waits = stands || all.stream().anyMatch(backfill -> backfill.wantsSnapshot() && !backfill.hasBegun());
        long now = System.nanoTime();
        if (!waits) {
            waitingSince = 0;
        } else if (waitingSince == 0) {
            waitingSince = now;
        } else if (now - waitingSince > LONG_WAIT_NANOS) {
            waitingSince = now;
            String open = looker.runningTransactions();
            if (open.isEmpty()) {
                LOG.warn(
                        "A backfill waits for the end of a transaction that is being delivered. On this server no open transaction"
                                + " has written something. If the server is a standby, look at its primary.");
            } else {
                LOG.warn(
                        "A backfill waits for transactions that have written something and are still open: {}. Find out what they"
                                + " do.",
                        open);
            }
        }
    }

    /** The lowest horizon for which rows wait; null if none do. */
    private static @Nullable Lsn lowestAhead(List<TableReading> all, Lsn passed) {
        return all.stream()
                .map(TableReading::horizon)
                .filter(Objects::nonNull)
                .map(Objects::requireNonNull)
                .filter(passed::isBefore)
                .min(Comparator.naturalOrder())
                .orElse(null);
    }

    /**
     * The log of a transaction that is still open may wait in the server's memory, and the horizon behind it. A standby may not have
     * known its horizon when it was asked for, as right after its start.
     */
    void nudge() throws SQLException {
        List<TableReading> all = runs.readings();
        Lsn passed = threads.reach().passed();
        Lsn end = stuck.look(lowestAhead(all, passed), passed);
        if (end != null) {
            all.forEach(reading -> reading.forgetBehind(end));
        }
    }
}
