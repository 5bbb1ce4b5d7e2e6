package io.walwire.internal.backfill.run;

import io.walwire.error.Advice;
import io.walwire.error.WalwireException;
import io.walwire.internal.backfill.ChunkReader;
import io.walwire.internal.backfill.HeldTable;
import io.walwire.internal.backfill.TableReading;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.log.Logs;
import io.walwire.internal.replication.SnapshotSlot;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Reads tables for which the stream is held, one after another: at first those that come before its first change, and then those without a key. */
final class HoldingThread implements Runnable {
    private static final Logger LOG = Logs.of(HoldingThread.class);

    private static final long WARN_NANOS = TimeUnit.MINUTES.toNanos(1);

    private static final Advice NEEDS_A_SLOT =
            Advice.of("Reading a table without a key needs a free replication slot and a free sender for a moment.");

    private final RunSettings settings;
    private final RunContext context;
    private final RunList runs;
    private final RunThreads threads;
    private final ChunkReader looker;
    private final RunRetries retries = new RunRetries();
    private final @Nullable FirstAttempt first;
    private volatile @Nullable HeldTable current;
    private volatile boolean stopped;

    /** When it was warned last that no snapshot was made; 0 for never. Used only by this thread. */
    private long warned;

    HoldingThread(
            RunSettings settings, RunContext context, RunList runs, RunThreads threads, @Nullable FirstAttempt first) {
        this.settings = settings;
        this.context = context;
        this.runs = runs;
        this.threads = threads;
        this.first = first;
        this.looker = new ChunkReader(
                settings::database,
                settings.sender(),
                1,
                Duration.ofSeconds(1),
                settings.held().patience());
    }

    /** Ends what is being read. Called by any thread. */
    void stop() {
        stopped = true;
        if (first != null) {
            first.stop();
        }
        TableReading.discard(current);
    }

    /** Looks by a new connection. Called by any thread. */
    void reconnect() {
        looker.reconnect();
    }

    @Override
    public void run() {
        try (looker) {
            readFirst();
            while (!stopped && runs.isOpen()) { // else nothing is waited for any more
                TableRun next = next();
                if (next == null) {
                    runs.await();
                } else if (next.backfill() instanceof HeldTable table) {
                    read(next, table);
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("The reader of tables without a key ends");
        } catch (Error e) {
            context.fail(EndedRun.unexpected(e));
            throw e;
        }
    }

    /** What fails here is found again, and explained, when the table is read beside the stream. */
    private void readFirst() throws InterruptedException {
        if (first == null) {
            return;
        }
        try (FirstAttempt attempt = first) {
            attempt.read();
        } catch (SQLException | RuntimeException e) {
            if (stopped || context.isStopping()) {
                LOG.debug("The reading before the first change was ended", e);
            } else {
                LOG.warn(
                        "Walwire reads the remaining tables beside the stream, because their snapshot is gone: {}",
                        e instanceof SQLException sql ? ServerErrors.said(sql) : String.valueOf(e));
            }
        }
    }

    private @Nullable TableRun next() {
        for (TableRun run : runs.all()) {
            if (context.isStreaming()
                    && !context.isHeld()
                    && !threads.lag().pauses()
                    && run.backfill() instanceof HeldTable table
                    && !table.isFirst()
                    && table.isWanted()
                    && runs.failure(run) == null
                    && retries.isDue(run)) {
                return run;
            }
        }
        return null;
    }

    private void read(TableRun run, HeldTable table) throws InterruptedException {
        current = table;
        HeldAttempt attempt = new HeldAttempt(settings, context, threads, looker, run, table);
        try {
            String why = stopped ? null : attempt.read();
            if (why == null) {
                retries.succeeded(run);
            } else {
                LOG.info("{} Trying again in {} ms.", why, retries.failed(run).toMillis());
            }
        } catch (SnapshotSlot.TimeoutException e) {
            waits(run, retries.timedOut(run));
        } catch (SQLException e) {
            failed(run, table, e);
        } catch (WalwireException e) {
            fail(run, table, e);
        } catch (RuntimeException e) {
            fail(run, table, EndedRun.unexpected(e));
        } finally {
            current = null;
            if (table.ends()) {
                run.haveBeginAgain(); // rows of another snapshot do not fit to those that were delivered
            }
            attempt.close(); // last: rows that are left must not come after changes
            runs.wake();
        }
    }

    /** The stream was held in vain: who waits for changes has to know of whom. */
    private void waits(TableRun run, Duration wait) {
        long now = System.nanoTime();
        if (warned == 0 || now - warned > WARN_NANOS) {
            warned = now;
            LOG.warn(
                    "The backfill of {} got no snapshot in {} s, while the stream was held, because transactions that have written"
                            + " something are still open: {}. Trying again in {} ms.",
                    run.table(),
                    settings.held().patience().toSeconds(),
                    running(),
                    wait.toMillis());
        }
    }

    private String running() {
        try {
            return looker.runningTransactions();
        } catch (SQLException e) {
            return ServerErrors.said(e);
        }
    }

    private void failed(TableRun run, HeldTable table, SQLException e) {
        if (table.isStopped()) {
            LOG.debug("The reading of {} was ended", run.table(), e);
        } else if (ServerErrors.heals(e) && context.isHeld()) {
            LOG.info(
                    "The reading of {} was ended: {} It begins again when the instance is resumed.",
                    run.table(),
                    ServerErrors.said(e));
        } else if (ServerErrors.heals(e)) {
            LOG.warn(
                    "Existing rows of {} could not be read: {} Trying again in {} ms.",
                    run.table(),
                    ServerErrors.said(e),
                    retries.failed(run).toMillis());
        } else {
            String doing = "reading existing rows of " + run.table();
            WalwireException explained = ServerErrors.explain(e, doing, settings.database());
            fail(run, table, ServerErrors.isLimit(e) ? ServerErrors.withAdvice(explained, NEEDS_A_SLOT) : explained);
        }
    }

    /** What the reading of an earlier time meets says nothing of the run now. */
    private void fail(TableRun run, HeldTable table, WalwireException why) {
        if (run.backfill() == table) {
            runs.fail(run, why);
        } else {
            LOG.debug("The reading of {} failed before its backfill began again", run.table(), why);
        }
    }
}
