package io.walwire.internal.backfill.run;

import io.walwire.error.WalwireException;
import io.walwire.internal.backfill.RowReader;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.connection.server.Snapshot;
import io.walwire.internal.log.Logs;
import io.walwire.internal.replication.StreamStart;
import java.sql.SQLException;
import java.time.Duration;
import org.slf4j.Logger;

/** Waits until announced tables can be looked for. Lives while there are such tables. */
final class AnnouncedThread implements Runnable {
    private static final Logger LOG = Logs.of(AnnouncedThread.class);

    private final RunSettings settings;
    private final RunContext context;
    private final RunThreads threads;
    private final AnnouncedLooks announced;
    private boolean warned;

    AnnouncedThread(RunSettings settings, RunContext context, RunThreads threads) {
        this.settings = settings;
        this.context = context;
        this.threads = threads;
        this.announced = threads.announced();
    }

    @Override
    public void run() {
        try {
            while (!context.pause(announced.pause()) && !announced.ends()) {
                tryLook();
            }
        } catch (InterruptedException e) {
            LOG.debug("Announced tables are not looked for any more by {}", settings.instance());
        } catch (Error e) {
            context.fail(EndedRun.unexpected(e));
            throw e;
        }
    }

    /** All errors are tried again: the server may refuse a plain connection for a long time, and go on with the stream. */
    private void tryLook() {
        try {
            look();
            warned = false;
        } catch (SQLException e) {
            failed(ServerErrors.explain(e, "looking for running transactions", settings.database()));
        } catch (RuntimeException e) {
            failed(EndedRun.explained(e));
        }
    }

    private void failed(WalwireException why) {
        if (warned || context.isStopping()) {
            LOG.debug("It is still not known which transactions have ended", why);
            return;
        }
        warned = true;
        LOG.warn(
                "It is not known yet whether tables that the stream has announced were published: {} This is tried again.",
                why.getMessage());
    }

    private void look() throws SQLException {
        if (announced.wantsSnapshot() && context.isStreaming()) {
            StreamStart stream = threads.stream();
            // closed each time: a server that is to stop smartly waits for plain connections
            try (RowReader reader = settings.reader(1, Duration.ofSeconds(1))) {
                Snapshot now = reader.snapshot();
                threads.reach().requireSame(now, reader);
                threads.reach().applyDuring(stream, () -> announced.sees(now));
            }
        }
        threads.lookForAnnounced();
    }
}
