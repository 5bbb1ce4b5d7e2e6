package io.walwire.internal.backfill.run;

import io.walwire.error.WalwireException;
import io.walwire.internal.backfill.ProgressTable;
import io.walwire.internal.log.Logs;
import io.walwire.internal.replication.StreamStart;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Looks for runs that another process asks for, while the instance streams: the keeper lives only while there are runs. */
final class RequestThread implements Runnable {
    private static final Logger LOG = Logs.of(RequestThread.class);

    private static final Duration BETWEEN = Duration.ofSeconds(1);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(30);

    private final RunSettings settings;
    private final RunContext context;
    private final RunThreads threads;
    private @Nullable ProgressTable table;

    RequestThread(RunSettings settings, RunContext context, RunThreads threads) {
        this.settings = settings;
        this.context = context;
        this.threads = threads;
    }

    @Override
    public void run() {
        try {
            Duration wait = BETWEEN;
            while (!context.pause(wait)) {
                wait = tryLook() ? BETWEEN : AFTER_FAILURE;
            }
        } catch (InterruptedException e) {
            LOG.debug("Nothing more is asked for of {}", settings.instance());
        }
    }

    private boolean tryLook() {
        try {
            look();
            return true;
        } catch (SQLException | WalwireException e) {
            LOG.debug("Cannot look for backfills that another process asks for", e);
            table = null;
            return false;
        }
    }

    private void look() throws SQLException {
        StreamStart stream = threads.stream();
        if (stream == null || !context.isStreaming()) {
            return;
        }
        ProgressTable known = table;
        ProgressTable looked = known == null ? find() : known;
        table = looked;
        if (settings.connection().ask(open -> looked.hasRequests(open, ProgressStore.slotOf(stream)))) {
            threads.takeRequests();
        }
    }

    private ProgressTable find() throws SQLException {
        try (Connection own = settings.database().openOnRolesPath()) {
            own.setAutoCommit(false);
            return ProgressTable.find(own);
        }
    }
}
