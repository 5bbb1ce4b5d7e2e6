package io.walwire.internal.backfill.run;

import io.walwire.internal.backfill.ProgressTable;
import io.walwire.internal.backfill.RunState;
import io.walwire.internal.backfill.StoredLeaf;
import io.walwire.internal.backfill.StoredRun;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.SharedConnection;
import io.walwire.internal.log.Logs;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The progress of a slot's runs: in the database that is read, on a connection of its own, or in that of the handlers' transactions.
 * Used by one thread at a time.
 */
final class ProgressStore implements AutoCloseable {
    private static final Logger LOG = Logs.of(ProgressStore.class);

    /** A session that holds a row must not hold up all runs. */
    private static final String LOCK_PATIENCE = "1s";

    private final Database database;
    private final SharedConnection common;
    private final @Nullable ProgressTransactions shared;
    private final String slot;
    private @Nullable Connection connection;
    private @Nullable ProgressTable table;

    ProgressStore(RunSettings settings, String slot) {
        this.database = settings.database();
        this.common = settings.connection();
        this.shared = settings.progress();
        this.slot = slot;
    }

    String slot() {
        return slot;
    }

    /** Whether nothing has to be connected to before it is of use. */
    boolean isOpen() {
        return shared != null || connection != null;
    }

    private interface Work<T> {
        T in(Connection open, ProgressTable table) throws SQLException;
    }

    /** Whether there is a table of that name. */
    boolean hasTable() throws SQLException {
        ProgressTransactions of = shared;
        return of == null ? common.ask(ProgressTable::exists) : of.run(ProgressTable::exists);
    }

    /** Makes sure that the table is there and safe. */
    void require() throws SQLException {
        inTransaction((open, found) -> true);
    }

    /** A run that nobody works on yet: an instance that comes later goes on with it, too. */
    void add(StoredRun run) throws SQLException {
        inTransaction((open, found) -> {
            found.save(open, run);
            return true;
        });
    }

    List<StoredRun> runs() throws SQLException {
        return inTransaction((open, found) -> found.runs(open, slot));
    }

    List<StoredLeaf> leaves(StoredRun run) throws SQLException {
        return inTransaction((open, found) -> found.leaves(open, slot, run.id()));
    }

    /** Says what is wanted of a run, for other processes and later instances. */
    void want(StoredRun run, RunState wanted) throws SQLException {
        inTransaction((open, found) -> found.want(open, slot, run.id(), wanted));
    }

    /** What is written. */
    interface Written {
        void in(Connection open, ProgressTable table) throws SQLException;
    }

    /**
     * Writes, unless the other thread does. It has its connection before it looks whose turn it is, so that nobody waits for a connection
     * while somebody waits for the turn.
     *
     * @param committed called in the turn
     * @return false if nothing was done, since the other thread writes
     */
    boolean inTurn(SaveTurn turn, Written work, Runnable committed) throws SQLException {
        AtomicBoolean began = new AtomicBoolean();
        try {
            inTransaction((open, found) -> {
                if (turn.tryBegin()) {
                    began.set(true);
                    work.in(open, found);
                }
                return true;
            });
            if (began.get()) {
                committed.run();
            }
            return began.get();
        } finally {
            if (began.get()) {
                turn.end();
            }
        }
    }

    private <T> T inTransaction(Work<T> work) throws SQLException {
        ProgressTransactions of = shared;
        return of == null
                ? inOwnTransaction(work)
                : of.run(open -> work.in(open, ProgressTable.findWithPatience(open, LOCK_PATIENCE)));
    }

    private <T> T inOwnTransaction(Work<T> work) throws SQLException {
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
            try (Statement statement = open.createStatement()) {
                statement.execute("SET lock_timeout = '" + LOCK_PATIENCE + "'");
            }
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
