package io.walwire.internal.backfill.run;

import io.walwire.internal.backfill.KeptProgress;
import io.walwire.internal.backfill.ProgressTable;
import io.walwire.internal.backfill.RunState;
import io.walwire.internal.backfill.StoredLeaf;
import io.walwire.internal.backfill.StoredRun;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.log.Logs;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** The progress of a slot's runs, in the database that is read, on a connection of its own. Used by one thread at a time. */
final class ProgressStore implements AutoCloseable {
    private static final Logger LOG = Logs.of(ProgressStore.class);

    private final Database database;
    private final String slot;
    private @Nullable Connection connection;
    private @Nullable ProgressTable table;

    ProgressStore(Database database, String slot) {
        this.database = database;
        this.slot = slot;
    }

    String slot() {
        return slot;
    }

    /** Whether it is connected. */
    boolean isOpen() {
        return connection != null;
    }

    private interface Work<T> {
        T in(Connection open, ProgressTable table) throws SQLException;
    }

    /** Makes sure that the table is there and safe. */
    void require() throws SQLException {
        inTransaction((open, found) -> true);
    }

    List<StoredRun> runs() throws SQLException {
        return inTransaction((open, found) -> found.runs(open, slot));
    }

    List<StoredLeaf> leaves(StoredRun run) throws SQLException {
        return inTransaction((open, found) -> found.leaves(open, slot, run.id()));
    }

    void save(StoredRun run) throws SQLException {
        inTransaction((open, found) -> {
            found.save(open, run);
            return true;
        });
    }

    /** The run begins again. */
    void restart(StoredRun run) throws SQLException {
        inTransaction((open, found) -> {
            found.restart(open, run);
            found.save(open, run);
            return true;
        });
    }

    /** Says what is wanted of a run, for other processes and later instances. */
    void want(StoredRun run, RunState wanted) throws SQLException {
        inTransaction((open, found) -> found.want(open, slot, run.id(), wanted));
    }

    void save(StoredRun run, KeptProgress progress, List<StoredLeaf> leaves) throws SQLException {
        StoredRun now = run.with(progress.keysToRead());
        inTransaction((open, found) -> {
            found.save(open, now);
            for (StoredLeaf leaf : leaves) {
                found.save(open, now, leaf);
            }
            return true;
        });
    }

    private <T> T inTransaction(Work<T> work) throws SQLException {
        boolean done = false;
        try {
            Connection open = open();
            ProgressTable found = table;
            if (found == null) {
                found = ProgressTable.find(open);
                table = found;
            }
            T result = work.in(open, found);
            open.commit();
            done = true;
            return result;
        } finally {
            if (!done) {
                close();
            }
        }
    }

    private Connection open() throws SQLException {
        Connection open = connection;
        if (open == null) {
            open = database.openOnRolesPath();
            connection = open;
            open.setAutoCommit(false);
        }
        return open;
    }

    @Override
    public void close() {
        Connection open = connection;
        connection = null;
        table = null;
        try {
            if (open != null) {
                open.close();
            }
        } catch (SQLException e) {
            LOG.debug("A connection that is given up complains", e);
        }
    }
}
