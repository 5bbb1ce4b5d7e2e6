package io.walwire.internal.backfill.run;

import io.walwire.internal.backfill.ChunkReader;
import io.walwire.internal.connection.server.Snapshot;
import io.walwire.internal.log.Logs;
import java.sql.SQLException;
import java.time.Duration;
import org.slf4j.Logger;

/**
 * The end of all transactions that have written something and were running at a moment. A slot is made only when they have ended. They are
 * waited for before anything is locked or held.
 */
final class RunningEnd {
    private static final Logger LOG = Logs.of(RunningEnd.class);

    private final ChunkReader looker;
    private final Duration patience;
    private final String what;
    private final String meanwhile;
    private final Snapshot running;
    private final long since = System.nanoTime();
    private boolean warned;

    /**
     * Of those that run now.
     *
     * @param looker asks the server
     * @param patience when a warning names them
     * @param what what waits for them
     * @param meanwhile a sentence for the warning
     */
    RunningEnd(ChunkReader looker, Duration patience, String what, String meanwhile) throws SQLException {
        this.looker = looker;
        this.patience = patience;
        this.what = what;
        this.meanwhile = meanwhile;
        this.running = looker.snapshotOfAllRunning();
    }

    /** Whether they have ended. */
    boolean hasCome() throws SQLException {
        boolean ended = looker.snapshot().endsAllOf(running);
        if (!ended && !warned && System.nanoTime() - since > patience.toNanos()) {
            warned = true;
            LOG.warn(
                    "{} waits for transactions that have written something and are still open: {}. Find out what they do. {}",
                    what,
                    looker.runningTransactions(),
                    meanwhile);
        }
        return ended;
    }
}
