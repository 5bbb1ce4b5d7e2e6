package io.walwire.internal.backfill.run;

import io.walwire.error.ConfigurationException;
import io.walwire.error.WalwireException;
import io.walwire.internal.backfill.RunRequests.Request;
import io.walwire.internal.backfill.StoredRun;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.log.Logs;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Takes up runs that other processes ask for, each in a transaction of its own. Used by the keeper's thread. */
final class RequestedRuns {
    private static final Logger LOG = Logs.of(RequestedRuns.class);

    private final RunSettings settings;
    private final RunContext context;
    private final RunList runs;
    private final RunThreads threads;
    private final RowNotes notes;

    RequestedRuns(RunSettings settings, RunContext context, RunList runs, RunThreads threads) {
        this.settings = settings;
        this.context = context;
        this.runs = runs;
        this.threads = threads;
        this.notes = threads.notes();
    }

    /** Takes those that can be taken now. What cannot be written does not heal, and is no fault of other runs. */
    void tryTake(ProgressStore store) throws SQLException {
        try {
            take(store);
        } catch (SQLException e) {
            if (ServerErrors.heals(e)) {
                throw e;
            }
            failed(explained(e));
        } catch (WalwireException e) {
            failed(e);
        }
    }

    private void failed(WalwireException e) {
        notes.warnOnce(
                "Walwire does not start backfills that another process asks for: {}", String.valueOf(e.getMessage()));
        notes.rest(RequestThread.REST);
    }

    private WalwireException explained(SQLException e) {
        return ServerErrors.explain(e, "writing to walwire_backfill", settings.database());
    }

    /** One whose row cannot be written holds up no other. */
    private void take(ProgressStore store) throws SQLException {
        SQLException later = null;
        Set<String> looked = new HashSet<>();
        for (Request request : store.requests()) {
            looked.add(request.run());
            if (!notes.isRefused(request.content())) {
                later = firstOf(later, take(store, request.run(), request.content()));
            }
        }
        for (String run : notes.uncertain()) {
            if (!looked.contains(run)) {
                later = firstOf(later, take(store, run, run));
            }
        }
        if (later != null) {
            throw later;
        }
    }

    private static @Nullable SQLException firstOf(@Nullable SQLException first, @Nullable SQLException second) {
        return first == null ? second : first;
    }

    /** Returns what may heal; null if nothing failed that may. */
    private @Nullable SQLException take(ProgressStore store, String run, String content) {
        try {
            store.take(run).ifPresent(this::add);
            return null;
        } catch (SQLException e) {
            if (ServerErrors.heals(e)) {
                return e;
            }
            notes.refuse(content);
            notes.settled(run);
            notes.warnOnce(
                    "The backfill {}, which another process asks for, is not taken up, because its row cannot be written: {}",
                    run,
                    String.valueOf(explained(e).getMessage()));
            return null;
        }
    }

    private void add(StoredRun run) {
        if (runs.find(run.id()) != null) {
            return;
        }
        LOG.info("The backfill {} of {} starts: another process asks for it", run.id(), run.table());
        // nothing of it is kept, so that nothing has to be held back
        TableRun added = threads.addNew(run.again(RunIds.next()), true);
        ConfigurationException unheard = PlanChecks.unheard(context, run);
        if (unheard != null) {
            runs.fail(added, unheard);
        }
    }
}
