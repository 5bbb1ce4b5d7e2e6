package io.walwire.internal.backfill.run;

import io.walwire.error.WalwireException;
import io.walwire.internal.backfill.ChunkResult;
import io.walwire.internal.backfill.ChunkResult.Chunk;
import io.walwire.internal.backfill.ChunkResult.Locked;
import io.walwire.internal.backfill.EventKeys;
import io.walwire.internal.backfill.ReadJob;
import io.walwire.internal.backfill.RowReader;
import io.walwire.internal.backfill.TableBackfill;
import io.walwire.internal.backfill.TableKey;
import io.walwire.internal.concurrent.Backoff;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.log.Logs;
import io.walwire.internal.transaction.ReadTable;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.function.IntFunction;
import org.slf4j.Logger;

/** Reads one chunk after another, of whatever run has one. */
final class ReadingThread implements Runnable {
    private static final Logger LOG = Logs.of(ReadingThread.class);

    /** Other sessions queue up behind a wait for a lock. */
    private static final Duration LOCK_PATIENCE = Duration.ofMillis(500);

    private static final Duration AFTER_LOCK = Duration.ofSeconds(2);

    /** How a standby ends what keeps it from replaying its log. What only reads fails so for no other reason. */
    private static final Set<String> RECOVERY_CONFLICTS = Set.of("40001", "40P01");

    private final RunSettings settings;
    private final RunContext context;
    private final RunList runs;
    private final RowNotes notes;
    private final StreamReach reach;
    private final WriterLoad writers;
    private final RowReader reader;
    private final Backoff backoff = new Backoff();
    private volatile boolean stopped;

    ReadingThread(
            RunSettings settings,
            RunContext context,
            RunList runs,
            RowNotes notes,
            StreamReach reach,
            WriterLoad writers) {
        this.settings = settings;
        this.context = context;
        this.runs = runs;
        this.notes = notes;
        this.reach = reach;
        this.writers = writers;
        this.reader = settings.reader(settings.mostChunkBytes(), LOCK_PATIENCE);
    }

    /** Ends what is being read. Called by any thread. */
    void stop() {
        stopped = true;
        reader.close();
    }

    /** Reads on by a new connection. Called by any thread. */
    void reconnect() {
        reader.reconnect();
    }

    @Override
    public void run() {
        try (reader) {
            while (!stopped) {
                RunList.Taken taken = runs.take();
                if (taken != null) {
                    read(taken.run(), taken.backfill(), taken.job());
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("A reader of existing rows ends");
        } catch (Error e) {
            context.fail(EndedRun.unexpected(e));
            throw e;
        }
    }

    private void read(TableRun run, TableBackfill backfill, ReadJob job) throws InterruptedException {
        boolean done = false;
        long since = System.nanoTime();
        try {
            ChunkResult result = reader.read(job.leaf(), job.range(), reach.delivered(), seen -> {
                reach.requireSame(seen, reader);
                backfill.shows(job, seen);
            });
            backfill.read(job, result, keys(run, job, result));
            done = true;
            backoff.reset();
            runs.wake();
            if (result instanceof Locked locked) {
                LOG.info("The backfill of {} waits for a lock: {}", run.table(), locked.message());
                context.pause(AFTER_LOCK);
            } else if (result instanceof Chunk chunk) {
                slowDown(chunk.size().text(), since);
            }
        } catch (SQLException e) {
            failed(run, backfill, e);
        } catch (WalwireException e) {
            fail(run, backfill, e);
        } catch (RuntimeException e) {
            fail(run, backfill, EndedRun.unexpected(e));
        } finally {
            if (!done) {
                backfill.failed(job);
            }
        }
    }

    private static IntFunction<TableKey> keys(TableRun run, ReadJob job, ChunkResult result) {
        if (!(result instanceof Chunk chunk)) {
            return row -> {
                throw new IllegalStateException("There are no rows");
            };
        }
        ReadTable table = run.table(job.leaf().relation());
        EventKeys keys = new EventKeys(job.leaf().key());
        return row ->
                Objects.requireNonNull(keys.of(table.row(chunk.rows().get(row))).now(), "key");
    }

    private void slowDown(long bytes, long since) throws InterruptedException {
        Duration wait = settings.pace().of(bytes, settings.readers());
        if (settings.pace().givesWay() && reach.isOfPrimary()) {
            long now = System.nanoTime();
            wait = writers.rest(Duration.ofNanos(now - since), now);
        }
        if (!wait.isZero()) {
            context.pause(wait);
        }
    }

    /** What an old backfill of a run meets says nothing of the one that the run has now. */
    private void fail(TableRun run, TableBackfill of, WalwireException why) {
        if (run.backfill() == of) {
            runs.fail(run, why);
        } else {
            LOG.debug("A chunk of {} was read before its backfill began again", run.table(), why);
        }
    }

    private void failed(TableRun run, TableBackfill backfill, SQLException e) throws InterruptedException {
        if (stopped) {
            return;
        }
        if (!ServerErrors.heals(e)) {
            fail(
                    run,
                    backfill,
                    ServerErrors.explain(e, "reading existing rows of " + run.table(), settings.database()));
            return;
        }
        Duration wait = backoff.next();
        if (RECOVERY_CONFLICTS.contains(String.valueOf(e.getSQLState()))) {
            LOG.debug("Existing rows of {} are read again", run.table(), e);
            notes.warnOnce(
                    "Existing rows of {} are read again where the standby cancels their reading, because it has to replay what is"
                            + " in conflict with that (conflict with recovery). This is logged once. Set"
                            + " hot_standby_feedback=on on the standby, or raise max_standby_streaming_delay.",
                    run.table());
        } else {
            LOG.warn(
                    "Existing rows of {} could not be read: {} Trying again in {} ms.",
                    run.table(),
                    ServerErrors.said(e),
                    wait.toMillis());
        }
        context.pause(wait);
    }
}
