package io.walwire.internal.backfill.run;

import io.walwire.error.WalwireException;
import io.walwire.internal.backfill.ProgressTable;
import io.walwire.internal.backfill.RunRequests.Request;
import io.walwire.internal.backfill.RunSlot;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.connection.server.SharedConnection;
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
            if (ServerErrors.heals(e)) {
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
                "Backfills that another process asks for are not looked for: {}", String.valueOf(e.getMessage()));
        notes.rest(REST);
    }

    private void look() throws SQLException {
        StreamStart stream = threads.stream();
        if (stream == null || PlanChecks.keepsNothing(stream, settings) || !context.isStreaming()) {
            return;
        }
        RunSlot slot = settings.slotOf(stream);
        if (settings.progress() != null) {
            if (!notes.left().isEmpty()) {
                threads.takeUpLeft();
            }
            return; // requests are taken up from the database that is read
        }
        ProgressTable known = table;
        ProgressTable looked = known == null ? find() : known;
        table = looked;
        if (isAnyFree(open -> notes.left(), looked, slot)) {
            threads.takeUpLeft();
        } else if (isAnyFree(open -> wanted(open, looked, slot), looked, slot)) {
            threads.takeRequests();
        }
    }

    private boolean isAnyFree(SharedConnection.Question<Set<String>> runs, ProgressTable looked, RunSlot slot)
            throws SQLException {
        return settings.connection()
                .ask(open -> looked.requests().isAnyFree(open, slot, runs.of(open)), RENEW.toNanos());
    }

    /** The names of runs that another process asks for, or of which it is not known whether this instance has taken them. */
    private Set<String> wanted(Connection open, ProgressTable looked, RunSlot slot) throws SQLException {
        List<Request> waiting = looked.requests().waiting(open, slot);
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
