package io.walwire.internal.checkpoint;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Gap;
import io.walwire.event.Lsn;
import io.walwire.internal.concurrent.ThrowingRunnable;
import io.walwire.internal.dispatch.UnitLostException;
import io.walwire.internal.transaction.TransactionPart;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * How far one instance has come, by the row of its checkpoint. Read by the reader thread when its first stream begins, and
 * from then on changed only by the handler thread.
 */
public final class Progress {
    private final Checkpoint checkpoint;
    private final Audit audit;

    /** As the first look found it. */
    private volatile @Nullable CheckpointTable table;

    /** Whether the table has to be looked at again before the next write. */
    private volatile boolean lookIsDue;

    /** What the row holds, as far as is known. */
    private volatile @Nullable DonePosition position;

    /** What the row held before. */
    private @Nullable DonePosition previous;

    /** What the row may hold, since nobody knows whether its commit succeeded. */
    private @Nullable DonePosition uncertain;

    private volatile String systemId = "";
    private final AtomicInteger timeline = new AtomicInteger();

    /** Whether the server lacks some of what is done: then the row starts again where the next gap ends. */
    private volatile boolean setBack;

    /**
     * The progress of an instance that has not begun.
     *
     * @param checkpoint where it is kept
     * @param audit looks at the table before it is used
     */
    public Progress(Checkpoint checkpoint, Audit audit) {
        this.checkpoint = checkpoint;
        this.audit = audit;
    }

    /** Looks whether the table can be trusted. */
    @FunctionalInterface
    public interface Audit {
        /**
         * Throws if it cannot.
         *
         * @param connection of the user's database, in a transaction
         * @param known the table as an earlier look found it; null at the first look
         * @return the table with its schema; null if the database is not PostgreSQL
         * @throws SQLException if it cannot be looked at
         */
        @Nullable
        String of(Connection connection, @Nullable String known) throws SQLException;
    }

    /**
     * A stream begins. The first stream's position is compared with the row.
     *
     * @param system the server's system identifier
     * @param line its timeline
     * @param start everything committed from here on is sent
     * @return what was lost before an instance's first stream, or null
     * @throws UnitLostException if the row cannot be read now
     */
    public @Nullable Gap begin(String system, int line, Lsn start) {
        systemId = system;
        timeline.set(line);
        checkpoint.proveAgain();
        if (position != null) {
            // not checked here: handlers may use all connections of the pool
            lookIsDue = true;
            return null;
        }
        Found found = inDatabase(() -> checkpoint.alone(connection -> ofPosition(() -> find(connection, start))));
        table = found.table();
        position = found.position();
        return found.position().gapBefore("the checkpoint \"" + checkpoint.name() + "\"", system, line, start);
    }

    private record Found(CheckpointTable table, DonePosition position) {}

    private Found find(Connection connection, Lsn start) throws SQLException {
        CheckpointTable looked = new CheckpointTable(checkpoint.name(), audit.of(connection, null));
        Optional<DonePosition> found = looked.read(connection);
        DonePosition now = found.orElseGet(() -> DonePosition.at(systemId, timeline.get(), start));
        if (found.isEmpty()) {
            looked.insert(connection, now);
        }
        return new Found(looked, now);
    }

    /** Work that throws what is unchecked alone, and what the database says. */
    private static <T> T inDatabase(Callable<T> work) {
        try {
            return work.call();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new UnitLostException(e);
        }
    }

    /** A statement about the position, and what the database says to it. */
    private static <T> T ofPosition(Callable<T> statement) {
        try {
            return statement.call();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw UnitLostException.ofPosition(e);
        }
    }

    /**
     * The server of the stream was promoted, and what is done stays done. Called by any thread.
     *
     * @param from the timeline on which the stream began
     * @param to the one on which it goes on
     */
    public void promoted(int from, int to) {
        timeline.compareAndSet(from, to);
    }

    /** The first stream cannot be used. The next one is compared with the row instead. Before any work is handed over. */
    public void forgetBegin() {
        position = null;
    }

    /**
     * The server no longer has the history up to what is done: its log was set back. The gap that says so sets the row back. Called
     * before that gap can be in the handlers' queue.
     */
    public void serverWasSetBack() {
        setBack = true;
    }

    private CheckpointTable table() {
        CheckpointTable looked = table;
        if (looked == null) {
            throw new IllegalStateException("No stream has begun");
        }
        return looked;
    }

    private DonePosition known() {
        DonePosition known = position;
        if (known == null) {
            throw new IllegalStateException("No stream has begun");
        }
        return known;
    }

    /**
     * What of a part is left to do.
     *
     * @param part as it was received
     * @return the part without the events that are done; null if nothing is left
     */
    public @Nullable TransactionPart remaining(TransactionPart part) {
        DonePosition done = known();
        if (done.isDone(part)) {
            return null;
        }
        return done.hasBegun(part) ? part.without(done::isDone) : part;
    }

    /** Everything before this position is done, and the row says so. */
    public Lsn doneTo() {
        return known().doneTo();
    }

    /**
     * Does a part and moves on, both or neither.
     *
     * @param part what is left of it
     * @param handlers called in the transaction
     * @throws UnitLostException if the database failed: to be called again
     */
    public void part(TransactionPart part, ThrowingRunnable<Exception> handlers) throws Exception {
        move(known().on(systemId, timeline.get()).after(part), handlers);
    }

    /** Moves on to where nothing is left to do, as {@link #part}. */
    public void reach(Lsn lsn) throws Exception {
        move(known().on(systemId, timeline.get()).doneTo(lsn), () -> {});
    }

    /**
     * Reports a gap and moves on behind it, as {@link #part}. Positions of another server or timeline mean nothing any more,
     * nor do any of a server that was {@link #serverWasSetBack set back}. A gap that ends earlier than what is done sets nothing back.
     *
     * @param to where the stream goes on
     */
    public void gap(Lsn to, ThrowingRunnable<Exception> handlers) throws Exception {
        DonePosition done = known();
        boolean same = done.systemId().equals(systemId) && done.timeline() == timeline.get() && !setBack;
        move(same ? done.doneTo(to) : DonePosition.at(systemId, timeline.get(), to), handlers);
        setBack = false;
    }

    /** Calls handlers without moving on. */
    public void alone(ThrowingRunnable<Exception> handlers) throws Exception {
        checkpoint.alone(connection -> {
            handlers.run();
            return true;
        });
    }

    /**
     * Calls handlers without moving on, with the transaction's connection. As with {@link #part}, nothing is committed if another
     * instance has moved on meanwhile: what it has handled is newer.
     *
     * @param rows kept in the same transaction, unless it is kept already: then handlers are not called; null if nothing is to be kept
     * @throws UnitLostException if the database failed: to be called again
     */
    public void with(@Nullable RowsProgress rows, ThrowingRunnable<Exception> handlers) throws Exception {
        DonePosition before = known();
        if (rows != null) {
            rows.begin();
        }
        checkpoint.alone(connection -> {
            lookAgain(connection);
            if (rows == null || !isKept(rows, connection)) {
                handlers.run();
                keep(rows, connection);
            }
            requireUnmoved(connection, before);
            return true;
        });
    }

    private static boolean isKept(RowsProgress rows, Connection connection) throws UnitLostException {
        try {
            return rows.isKept(connection);
        } catch (SQLException e) {
            throw new UnitLostException(e);
        }
    }

    private static void keep(@Nullable RowsProgress rows, Connection connection) throws UnitLostException {
        try {
            if (rows != null) {
                rows.keep(connection);
            }
        } catch (SQLException e) {
            throw new UnitLostException(e);
        }
    }

    private void move(DonePosition next, ThrowingRunnable<Exception> handlers) throws Exception {
        DonePosition before = known();
        DonePosition attempted = uncertain;
        if (attempted != null && isCommitted(attempted, before)) {
            position = attempted;
            uncertain = null;
            return;
        }
        uncertain = null;
        checkpoint.transaction(
                connection -> {
                    lookAgain(connection);
                    handlers.run();
                    update(connection, before, next);
                    return true;
                },
                () -> uncertain = next);
        previous = before;
        position = next;
        uncertain = null;
    }

    /**
     * Whether what was attempted last is kept, although its transaction ended in an error.
     *
     * @throws UnitLostException if the row cannot be read now
     */
    public boolean isKeptNevertheless() {
        DonePosition attempted = uncertain;
        return attempted != null && isCommitted(attempted, known());
    }

    private boolean isCommitted(DonePosition attempted, DonePosition before) {
        return inDatabase(() -> checkpoint.look(connection -> {
            Optional<DonePosition> now = ofPosition(() -> table().read(connection));
            if (now.isEmpty() || !(now.get().equals(attempted) || now.get().equals(before))) {
                throw taken(connection, now);
            }
            return now.get().equals(attempted);
        }));
    }

    /** Once for each stream: the table may have another owner by now, or call other functions. */
    private void lookAgain(Connection connection) {
        if (!lookIsDue) {
            return;
        }
        lookIsDue = false;
        try {
            audit.of(connection, table().place());
        } catch (SQLException e) {
            lookIsDue = true;
            throw UnitLostException.ofPosition(e);
        }
    }

    private void update(Connection connection, DonePosition before, DonePosition next) {
        try {
            if (!table().update(connection, before, next)) {
                throw taken(connection, table().read(connection));
            }
        } catch (SQLException e) {
            throw lost(connection, e);
        }
    }

    /** Locks the row, so that another instance moves on after this transaction. */
    private void requireUnmoved(Connection connection, DonePosition before) {
        try {
            if (!table().update(connection, before, before)) {
                Optional<DonePosition> now = table().read(connection);
                // some drivers do not count a row that an update leaves as it is
                if (now.isEmpty() || !now.get().equals(before)) {
                    throw taken(connection, now);
                }
            }
        } catch (SQLException e) {
            throw lost(connection, e);
        }
    }

    private RuntimeException lost(Connection connection, SQLException e) {
        try {
            checkpoint.requireSameAddress(connection);
        } catch (SQLException again) {
            e.addSuppressed(again);
        }
        return UnitLostException.ofPosition(e);
    }

    private WalwireException taken(Connection connection, Optional<DonePosition> now) throws SQLException {
        checkpoint.requireSameAddress(connection);
        if (now.isPresent() && now.get().equals(previous)) {
            checkpoint.requireKept();
        }
        return new WalwireException(
                ErrorCode.CHECKPOINT,
                "The checkpoint \"" + checkpoint.name() + "\" was moved or removed by somebody else: another instance"
                        + " uses the same name. Nothing of this transaction was committed.",
                "Give every instance a name of" + " its own, or run one at a time.");
    }
}
