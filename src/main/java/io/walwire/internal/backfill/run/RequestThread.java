package io.walwire.internal.backfill.run;

import io.walwire.error.WalwireException;
import io.walwire.internal.backfill.ProgressTable;
import io.walwire.internal.backfill.RunRequests;
import io.walwire.internal.backfill.RunRequests.Request;
import io.walwire.internal.backfill.RunSlot;
import io.walwire.internal.checkpoint.Checkpoint;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.log.Logs;
import io.walwire.internal.replication.StreamStart;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Looks for runs that another process asks for, and for rows that another session held locked, while the instance streams: the
 * keeper lives only while there are runs.
 */
final class RequestThread implements Runnable {
    private static final Logger LOG = Logs.of(RequestThread.class);

    private static final Duration BETWEEN = Duration.ofSeconds(1);

    /** A server that is to stop smartly waits for plain connections, and refuses new ones alone. */
    private static final Duration RENEW = Duration.ofSeconds(5);

    /** After what does not heal by itself. */
    static final Duration REST = Duration.ofSeconds(30);

    private final RunSettings settings;
    private final RunContext context;
    private final RunThreads threads;
    private final RowNotes notes;
    private @Nullable ProgressTable table;

    RequestThread(RunSettings settings, RunContext context, RunThreads threads) {
        this.settings = settings;
        this.context = context;
        this.threads = threads;
        this.notes = threads.notes();
    }

    @Override
    public void run() {
        try {
            while (!context.pause(BETWEEN)) {
                if (!notes.rests()) {
                    tryLook();
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("Nothing more is asked for of {}", settings.instance());
        }
    }

    private void tryLook() {
        try {
            look();
        } catch (SQLException e) {
            table = null;
            if (ServerErrors.heals(e) || context.isStopping()) {
                LOG.debug("Cannot look for backfills that another process asks for now", e);
            } else {
                failed(ServerErrors.explain(e, "looking at walwire_backfill", settings.database()));
            }
        } catch (WalwireException e) {
            table = null;
            failed(e);
        }
    }

    private void failed(WalwireException e) {
        notes.warnOnce(
                "Walwire does not look for backfills that another process asks for: {}",
                String.valueOf(e.getMessage()));
        notes.rest(REST);
    }

    private void look() throws SQLException {
        StreamStart stream = threads.stream();
        if (stream == null || PlanChecks.keepsNothing(stream, settings) || !context.isStreaming()) {
            return;
        }
        switch (free(settings.slotOf(stream))) {
            case LEFT -> threads.takeUpLeft();
            case REQUESTS -> threads.takeRequests();
            case NOTHING -> {}
        }
    }

    /** Rows that can be written now. */
    private enum Free {
        LEFT,
        REQUESTS,
        NOTHING
    }

    private Free free(RunSlot slot) throws SQLException {
        Checkpoint of = settings.progress();
        if (of != null) {
            return of.lookBeside(open -> free(
                    open,
                    ProgressTable.findWithPatience(open, ProgressStore.LOCK_PATIENCE)
                            .requests(),
                    slot));
        }
        ProgressTable known = table;
        ProgressTable looked = known == null ? find() : known;
        table = looked;
        return settings.connection().ask(open -> free(open, looked.requests(), slot), RENEW.toNanos());
    }

    private Free free(Connection open, RunRequests requests, RunSlot slot) throws SQLException {
        if (requests.isAnyFree(open, slot, notes.left())) {
            return Free.LEFT;
        }
        return requests.isAnyFree(open, slot, wanted(open, requests, slot)) ? Free.REQUESTS : Free.NOTHING;
    }

    /** The names of runs that another process asks for, or of which it is not known whether this instance has taken them. */
    private Set<String> wanted(Connection open, RunRequests requests, RunSlot slot) throws SQLException {
        List<Request> waiting = requests.waiting(open, slot);
        notes.retainRefused(waiting.stream().map(Request::content).toList());
        Set<String> wanted = new HashSet<>(notes.uncertain());
        waiting.stream()
                .filter(request -> !notes.isRefused(request.content()))
                .forEach(request -> wanted.add(request.run()));
        return wanted;
    }

    private ProgressTable find() throws SQLException {
        try (Connection own = settings.database().openOnRolesPath()) {
            own.setAutoCommit(false);
            return ProgressTable.find(own);
        }
    }
}
