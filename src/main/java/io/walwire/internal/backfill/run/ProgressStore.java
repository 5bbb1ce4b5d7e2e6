package io.walwire.internal.backfill.run;

import io.walwire.internal.backfill.ProgressTable;
import io.walwire.internal.backfill.RunSlot;
import io.walwire.internal.backfill.RunState;
import io.walwire.internal.backfill.StoredLeaf;
import io.walwire.internal.backfill.StoredRun;
import io.walwire.internal.checkpoint.Checkpoint;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.SharedConnection;
import io.walwire.internal.log.Logs;
import io.walwire.internal.replication.StreamStart;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
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
    private final @Nullable Checkpoint shared;
    private final RunSlot slot;
    private final String owner;
    private @Nullable Connection connection;
    private @Nullable ProgressTable table;

    ProgressStore(RunSettings settings, StreamStart stream) {
        this.database = settings.database();
        this.common = settings.connection();
        this.shared = settings.progress();
        this.slot = slotOf(stream);
        this.owner = settings.owner();
    }

    static RunSlot slotOf(StreamStart stream) {
        return new RunSlot(stream.server().systemId(), stream.slot().name());
    }

    RunSlot slot() {
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
        Checkpoint of = shared;
        return of == null ? common.ask(ProgressTable::exists) : of.beside(ProgressTable::exists);
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

    /** All runs of the slot, finished ones too. */
    List<StoredRun> runs() throws SQLException {
        return inTransaction((open, found) -> found.runs(open, slot));
    }

    /**
     * The runs of the slot, which this instance has taken.
     *
     * @param runs as they are, finished ones too
     * @param taken the names of those that another instance had
     */
    record Claimed(List<StoredRun> runs, Set<String> taken) {}

    /**
     * Takes all runs of the slot: no other instance writes of them from now on.
     *
     * @param streamGoesOn whether the stream has missed nothing; otherwise every run begins again, whatever happens next
     */
    Claimed claim(boolean streamGoesOn) throws SQLException {
        return inTransaction((open, found) -> {
            Set<String> taken = new HashSet<>();
            for (StoredRun run : found.runs(open, slot)) {
                if (run.owner() != null && !owner.equals(run.owner())) {
                    taken.add(run.id());
                }
            }
            found.owners().claim(open, slot, owner);
            if (!streamGoesOn) {
                found.owners().forget(open, slot);
            }
            return new Claimed(found.runs(open, slot), taken); // again: the other instance may have written until then
        });
    }

    /** Takes the runs that other processes ask for. */
    List<StoredRun> takeRequests() throws SQLException {
        return inTransaction((open, found) -> {
            List<StoredRun> taken = new ArrayList<>();
            for (StoredRun run : found.runs(open, slot)) {
                if (run.state() == RunState.REQUESTED && found.owners().accept(open, run, owner)) {
                    taken.add(run.ownedBy(owner));
                }
            }
            return taken;
        });
    }

    List<StoredLeaf> leaves(StoredRun run) throws SQLException {
        return inTransaction((open, found) -> found.leaves(open, slot, run.id()));
    }

    /** A run that begins from its beginning when it is taken up. */
    void forgetProgress(StoredRun run) throws SQLException {
        inTransaction((open, found) -> {
            found.restart(open, run);
            return true;
        });
    }

    /** The stream has missed something: every run of the slot begins again, whatever happens next. */
    void forget() throws SQLException {
        inTransaction((open, found) -> {
            found.owners().forget(open, slot);
            return true;
        });
    }

    /** Says what is wanted of a run, for other processes and later instances. */
    void want(StoredRun run, RunState wanted) throws SQLException {
        inTransaction((open, found) -> found.owners().require(open, run) && found.want(open, run, wanted));
    }

    /** What is written. */
    interface Written {
        void in(Connection open, ProgressTable table) throws SQLException;
    }

    /**
     * Writes, unless the handler thread does. It never waits for the turn, which that thread takes before its connection: of a pool with
     * one connection each gets what it waits for.
     *
     * @param committed called in the turn
     * @return false if nothing was done, since the other thread writes
     */
    boolean inTurn(Semaphore turn, Written work, Runnable committed) throws SQLException {
        if (turn.availablePermits() == 0) {
            return false; // without a connection
        }
        AtomicBoolean began = new AtomicBoolean();
        try {
            inTransaction((open, found) -> {
                if (turn.tryAcquire()) {
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
                turn.release();
            }
        }
    }

    private <T> T inTransaction(Work<T> work) throws SQLException {
        Checkpoint of = shared;
        return of == null
                ? inOwnTransaction(work)
                : of.beside(open -> work.in(open, ProgressTable.findWithPatience(open, LOCK_PATIENCE)));
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
