package io.walwire.internal.backfill.run;

import io.walwire.internal.backfill.ProgressTable;
import io.walwire.internal.backfill.RunNotes;
import io.walwire.internal.backfill.RunRequests.Request;
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
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The progress of a slot's runs: in the database that is read, on a connection of its own, or in that of the handlers' transactions.
 * Used by one thread at a time.
 */
final class ProgressStore implements AutoCloseable {
    private static final Logger LOG = Logs.of(ProgressStore.class);

    /** A session that holds a row must not hold up all runs. */
    static final String LOCK_PATIENCE = "1s";

    /** Groups follow each other, and each is stored in much less. */
    private static final long TURN_SECONDS = 1;

    private final Database database;
    private final SharedConnection common;
    private final @Nullable Checkpoint shared;
    private final RunSlot slot;
    private final int timeline;
    private final String owner;
    private final RowNotes notes;
    private @Nullable Connection connection;
    private @Nullable ProgressTable table;

    ProgressStore(RunSettings settings, StreamStart stream, RowNotes notes) {
        this.database = settings.database();
        this.common = settings.connection();
        this.shared = settings.progress();
        this.slot = settings.slotOf(stream);
        this.timeline = stream.server().timeline();
        this.owner = settings.owner();
        this.notes = notes;
    }

    RunSlot slot() {
        return slot;
    }

    /** Whether it is connected to the server of that stream, and is of its slot. */
    boolean isOf(RunSettings settings, StreamStart stream) {
        return timeline == stream.server().timeline() && slot.equals(settings.slotOf(stream));
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
        return inTransaction(this::allRuns);
    }

    private List<StoredRun> allRuns(Connection open, ProgressTable found) throws SQLException {
        return found.runs(open, slot, notes::unreadable);
    }

    /**
     * The runs of the slot, which this instance has taken.
     *
     * @param runs as they are, finished ones too
     * @param taken the names of those that another instance had
     * @param left the names of runs that have not ended and could not be taken, since other sessions hold their rows locked
     */
    record Claimed(List<StoredRun> runs, Set<String> taken, Set<String> left) {}

    /**
     * Takes all runs of the slot: no other instance writes of them from now on.
     *
     * @param streamGoesOn whether the stream has missed nothing; otherwise every run begins again, whatever happens next
     * @param repeats whether positions may stand for other transactions by now; then those begin again that have not ended
     * @param read the names of runs that have ended, of which nothing was missed since
     * @param movedTo the timeline of another server, on which they count, too; 0 if there is none
     */
    Claimed claim(boolean streamGoesOn, boolean repeats, Set<String> read, int movedTo) throws SQLException {
        return inTransaction((open, found) -> {
            Set<String> free = found.owners().lock(open, slot);
            Set<String> taken = new HashSet<>();
            for (StoredRun run : allRuns(open, found)) {
                if (run.owner() != null && !owner.equals(run.owner()) && free.contains(run.id())) {
                    taken.add(run.id());
                }
            }
            found.owners().claim(open, slot, owner, free);
            if (!streamGoesOn) {
                found.owners().forget(open, slot); // waits for all rows, since a run that is kept as done would stay so
            } else if (repeats) {
                found.owners().forgetUnfinished(open, slot); // waits, since their positions do not show it
            }
            List<StoredRun> runs = new ArrayList<>();
            Set<String> left = new HashSet<>();
            for (StoredRun run : allRuns(open, found)) { // again: the other instance may have written until then
                boolean isFree = free.contains(run.id());
                boolean isOurs = isFree && !taken.contains(run.id()); // what another instance got is not known here
                if (isOurs && movedTo != 0 && run.isEndedElsewhere(movedTo) && read.contains(run.id())) {
                    found.owners().move(open, run, movedTo);
                }
                if (isFree) {
                    runs.add(run);
                } else if (run.state() == RunState.RUNNING) {
                    left.add(run.id());
                }
            }
            return new Claimed(runs, taken, left);
        });
    }

    /** The runs that other processes ask for. */
    List<Request> requests() throws SQLException {
        return inTransaction((open, found) -> found.requests().waiting(open, slot));
    }

    /**
     * What became of a request.
     *
     * @param taken the run, which this instance has now; null if it has not
     * @param settled whether nothing is left to be found out
     */
    private record Taking(@Nullable StoredRun taken, boolean settled) {}

    /**
     * Takes a run that another process asks for. If the outcome of an earlier attempt is not known, the row says whether it
     * succeeded.
     *
     * @param run its name
     * @return empty if it could not be taken, or is not to be taken
     */
    Optional<StoredRun> take(String run) throws SQLException {
        Taking taking = inTransaction((open, found) -> take(open, found, run));
        if (taking.settled()) {
            notes.settled(run);
        }
        return Optional.ofNullable(taking.taken());
    }

    private Taking take(Connection open, ProgressTable found, String run) throws SQLException {
        Request request = found.requests().lock(open, slot, run).orElse(null);
        if (request == null) {
            return new Taking(null, !found.requests().exists(open, slot, run));
        }
        StoredRun stored = request.stored();
        if (request.isWaiting() && stored == null) {
            String why = request.problem() + " Ask for the run again: walwire backfill start.";
            found.requests().refuse(open, slot, request, why);
            notes.notTakenUp(run, why);
            return new Taking(null, true);
        }
        if (stored == null || !(request.isWaiting() || isOurs(stored))) {
            return new Taking(null, true);
        }
        if (request.isWaiting()) {
            notes.begins(run); // settled when the commit has returned
            if (!found.owners().accept(open, stored, owner)) {
                return new Taking(
                        null, true); // another instance was faster, on a product that locks no rows that are free
            }
        }
        return new Taking(stored.ownedBy(owner), true);
    }

    /** Whether an attempt to take it has succeeded whose outcome was not known. */
    private boolean isOurs(StoredRun run) {
        return notes.isUncertain(run.id()) && run.state() == RunState.RUNNING && owner.equals(run.owner());
    }

    List<StoredLeaf> leaves(StoredRun run) throws SQLException {
        return inTransaction((open, found) -> found.leaves(open, slot, run.id()));
    }

    /** All of a run's progress, as is known from elsewhere. */
    void keep(RunNotes.Progress progress) throws SQLException {
        StoredRun run = progress.run();
        inTransaction((open, found) -> {
            found.owners().require(open, run);
            found.replace(open, run);
            for (StoredLeaf leaf : progress.leaves()) {
                found.save(open, run, leaf);
            }
            return true;
        });
    }

    /** A run that begins from its beginning when it is taken up. */
    void forgetProgress(StoredRun run) throws SQLException {
        inTransaction((open, found) -> {
            found.replace(open, run);
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
     * Writes of a run. In a database that both use, the turn is held until that is committed. There it is not waited for, since the
     * handler thread takes it before its connection: of a pool with one connection each gets what it waits for.
     *
     * @param waits whether a group of the sink is waited for, which has the turn
     * @param taken takes what is to be written; false if there is nothing. Called in the turn
     * @param committed called if the turn was there and something was taken
     * @return false if nothing was done, since the other thread has the turn
     */
    boolean inTurn(Semaphore turn, boolean waits, BooleanSupplier taken, Written work, Runnable committed)
            throws SQLException {
        return shared == null
                ? afterTurn(turn, waits, taken, work, committed)
                : inCommonTurn(turn, taken, work, committed);
    }

    /** The handler thread writes nothing here, and waits for no statement. What was taken is no more than its next group has. */
    private boolean afterTurn(Semaphore turn, boolean waits, BooleanSupplier taken, Written work, Runnable committed)
            throws SQLException {
        if (!(waits ? isTurn(turn) : turn.tryAcquire())) {
            return false;
        }
        boolean some;
        try {
            some = taken.getAsBoolean();
        } finally {
            turn.release();
        }
        if (some) {
            inTransaction((open, found) -> {
                work.in(open, found);
                return true;
            });
            committed.run();
        }
        return true;
    }

    private boolean inCommonTurn(Semaphore turn, BooleanSupplier taken, Written work, Runnable committed)
            throws SQLException {
        if (turn.availablePermits() == 0) {
            return false; // without a connection
        }
        AtomicBoolean began = new AtomicBoolean();
        try {
            boolean some = inTransaction((open, found) -> {
                began.set(turn.tryAcquire());
                boolean writes = began.get() && taken.getAsBoolean();
                if (writes) {
                    work.in(open, found);
                }
                return writes;
            });
            if (some) {
                committed.run();
            }
            return began.get();
        } finally {
            if (began.get()) {
                turn.release();
            }
        }
    }

    private static boolean isTurn(Semaphore turn) {
        try {
            return turn.tryAcquire(TURN_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private <T> T inTransaction(Work<T> work) throws SQLException {
        Checkpoint of = shared;
        if (of == null) {
            return inOwnTransaction(work);
        }
        boolean goesOn = of.isUnderWay(); // that of handlers
        return of.beside(open -> {
            String before = goesOn ? ProgressTable.patience(open) : "";
            T result = work.in(open, ProgressTable.findWithPatience(open, LOCK_PATIENCE));
            if (goesOn) {
                ProgressTable.setPatience(open, before);
            }
            return result;
        });
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
