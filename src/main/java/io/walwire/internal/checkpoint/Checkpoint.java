package io.walwire.internal.checkpoint;

import io.walwire.checkpoint.TransactionRunner;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.connection.server.ExceptionText;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.dispatch.CallBoundary;
import io.walwire.internal.dispatch.UnitLostException;
import io.walwire.internal.log.Logs;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** The user's database: transactions in which handlers are called, and the connection that is handed to them. */
public final class Checkpoint implements CallBoundary {
    private static final Logger LOG = Logs.of(Checkpoint.class);

    private final TransactionRunner runner;

    /** Whether the runner is the application's, and can be wrong. */
    private final boolean managed;

    private final String name;

    /** The work of each thread that calls handlers now. */
    private final Map<Thread, Unit> current = new ConcurrentHashMap<>();

    /** What waits for the end of each thread's transaction. */
    private final Map<Thread, List<Runnable>> awaitingEnd = new ConcurrentHashMap<>();

    /** The thread on which the runner is known to commit. */
    private volatile @Nullable Thread proven;

    /** The start of the first transaction. */
    private volatile @Nullable Begun first;

    /**
     * A checkpoint that nothing was read of yet, each of whose transactions has a connection of its own.
     *
     * @param connections how to reach the database
     * @param name of the table's row
     */
    public Checkpoint(CheckpointConnections connections, String name) {
        this(new OwnTransactions(connections), false, name);
    }

    private Checkpoint(TransactionRunner runner, boolean managed, String name) {
        this.runner = runner;
        this.managed = managed;
        this.name = name;
    }

    /**
     * A checkpoint that nothing was read of yet, in transactions of the application.
     *
     * @param runner the application's
     * @param name of the table's row
     */
    public static Checkpoint managed(TransactionRunner runner, String name) {
        return new Checkpoint(runner, true, name);
    }

    /** Its name, for messages. */
    public String name() {
        return name;
    }

    /** See {@code JdbcCheckpoint.connection}. */
    public Connection connection() {
        Unit unit = current.get(Thread.currentThread());
        if (unit == null) {
            throw new IllegalStateException("The checkpoint \"" + name + "\" has a connection only within the call of a"
                    + " handler, on the instance's handler thread. Functions declared with parallel(...) run on threads of"
                    + " their own and get none: declare a callback such as onInsert(...) instead.");
        }
        return unit.lend();
    }

    /** Whether a transaction of this thread is under way. */
    public boolean isUnderWay() {
        return current.containsKey(Thread.currentThread());
    }

    /**
     * Does something when the transaction of this thread has ended, whatever became of it; at once if none is under way.
     *
     * @param then must not fail
     */
    public void whenEnded(Runnable then) {
        Thread thread = Thread.currentThread();
        if (isUnderWay()) {
            awaitingEnd.computeIfAbsent(thread, of -> new ArrayList<>()).add(then);
        } else {
            then.run();
        }
    }

    private void runWhatAwaitsEnd() {
        List<Runnable> waiting = awaitingEnd.remove(Thread.currentThread());
        if (waiting != null) {
            waiting.forEach(Runnable::run);
        }
    }

    @Override
    public Mark begin() {
        Unit unit = current.get(Thread.currentThread());
        return unit == null ? Mark.NONE : unit.begin();
    }

    /**
     * Does something that is kept, in a transaction of this thread.
     *
     * @param work throws what it likes
     * @param beforeCommit called when everything is done but the commit
     * @throws UnitLostException if the database failed
     */
    void transaction(OneRun.Inside<?> work, Runnable beforeCommit) throws Exception {
        run(work, beforeCommit, true);
        proven = Thread.currentThread();
    }

    /** As {@link #transaction}, of what has no position, on any thread; that may be in a transaction of the application. */
    <T> T alone(OneRun.Inside<T> work) throws Exception {
        return run(work, () -> {}, true);
    }

    /** What is done in a transaction of its own. */
    @FunctionalInterface
    public interface Work<T> {
        /** Does it. */
        T in(Connection connection) throws SQLException;
    }

    /**
     * Does something that is kept. Within the call of a handler it is part of the handlers' transaction, which goes on without it if
     * it fails.
     *
     * @param work to be done in a transaction
     * @return what it gave
     * @throws SQLException if the database failed, or its transaction could not be had
     */
    public <T> T beside(Work<T> work) throws SQLException {
        Unit outer = current.get(Thread.currentThread());
        return outer == null ? besideHandlers(() -> alone(work::in)) : within(outer.connection(), work);
    }

    private static <T> T within(Connection connection, Work<T> work) throws SQLException {
        Savepoint before = connection.setSavepoint();
        try {
            return work.in(connection);
        } catch (SQLException | RuntimeException e) {
            try {
                connection.rollback(before);
            } catch (SQLException lost) {
                e.addSuppressed(lost);
            }
            throw e;
        }
    }

    /**
     * Looks at what is there, on a thread that calls no handlers. A transaction that writes nothing gets no number from the server.
     *
     * @param work to be done in a transaction
     * @return what it gave
     * @throws SQLException if the database failed, or its transaction could not be had
     */
    public <T> T lookBeside(Work<T> work) throws SQLException {
        return besideHandlers(() -> look(work::in));
    }

    private <T> T besideHandlers(Callable<T> transaction) throws SQLException {
        try {
            return transaction.call();
        } catch (SQLException | RuntimeException e) {
            if (e instanceof UnitLostException lost) {
                throw beside(lost);
            }
            throw e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLException("The instance is closed", "57014", e);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private SQLException beside(UnitLostException lost) {
        SQLException cause = ServerErrors.sqlCause(lost);
        String said = cause == null ? ExceptionText.of(lost) : ServerErrors.said(cause);
        return new SQLException(
                "The database of the checkpoint \"" + name + "\" failed: " + said,
                cause == null ? null : cause.getSQLState(),
                lost);
    }

    /** A look at what is there. */
    <T> T look(OneRun.Inside<T> work) throws Exception {
        return run(work, () -> {}, false);
    }

    /** The next transaction shows whether the runner commits what it runs. */
    void proveAgain() {
        proven = null;
    }

    /** In the transaction that is under way, or in a new one. */
    private <T> T run(OneRun.Inside<T> work, Runnable beforeCommit, boolean kept) throws Exception {
        Unit outer = current.get(Thread.currentThread());
        if (outer != null) {
            return work.with(outer.connection());
        }
        AtomicReference<@Nullable Begun> begun = new AtomicReference<>();
        OneRun<T> run = new OneRun<>(name, connection -> inUnit(connection, work, beforeCommit, kept, begun));
        Throwable failure = null;
        try {
            runner.run(run);
        } catch (Throwable e) {
            failure = e;
        }
        runWhatAwaitsEnd();
        Begun asked = begun.get();
        if (kept && asked != null && failure != null) {
            requireRolledBack(asked, run.thrown());
        }
        T result = run.end(failure);
        if (kept && asked != null && Thread.currentThread() != proven) {
            requireCommitted(asked);
        }
        return result;
    }

    private <T> T inUnit(
            Connection connection,
            OneRun.Inside<T> work,
            Runnable beforeCommit,
            boolean kept,
            AtomicReference<@Nullable Begun> begun)
            throws Exception {
        try (Unit unit = unit(connection, kept)) {
            Begun now = unit.begun();
            if (now != null) {
                requireSameDatabase(now);
                begun.set(now.id() == null ? null : now);
            }
            current.put(Thread.currentThread(), unit);
            T result;
            try {
                result = work.with(connection);
            } finally {
                current.remove(Thread.currentThread());
            }
            beforeCommit.run();
            return result;
        }
    }

    private Unit unit(Connection connection, boolean kept) {
        try {
            return new Unit(connection, name, managed ? runner : null, kept);
        } catch (SQLException e) {
            throw new UnitLostException(e);
        }
    }

    /** Neither a lost connection nor an interruption is worth another look; an error of the checkpoint says more than that would. */
    private void requireRolledBack(Begun begun, @Nullable Throwable thrown) throws InterruptedException {
        boolean said = thrown instanceof WalwireException e && e.code() == ErrorCode.CHECKPOINT;
        if (thrown == null || said || thrown instanceof UnitLostException || thrown instanceof InterruptedException) {
            return;
        }
        try {
            if (look(begun::end) == Begun.End.COMMITTED) {
                WalwireException wrong = RunnerFault.COMMITTED.of(name);
                wrong.addSuppressed(thrown);
                throw wrong;
            }
        } catch (UnitLostException | SQLException e) {
            LOG.debug("Nobody can say whether the runner has rolled back", e);
        } catch (InterruptedException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private void requireCommitted(Begun begun) throws Exception {
        Begun.End end;
        try {
            end = look(begun::end);
        } catch (SQLException e) {
            throw new UnitLostException(e);
        }
        if (end == Begun.End.OPEN) {
            throw RunnerFault.NESTED.of(name);
        }
        if (end == Begun.End.ROLLED_BACK) {
            throw RunnerFault.NOT_COMMITTED.of(name);
        }
    }

    private void requireSameDatabase(Begun now) {
        Begun known = first;
        if (known == null) {
            first = now;
        } else if (known.isElsewhere(now)) {
            throw RunnerFault.OTHER_DATABASE.of(name);
        }
    }

    /**
     * The row, or the table, is not there as it was left.
     *
     * @throws WalwireException if the runner's connections lead to several databases
     */
    void requireSameAddress(Connection connection) throws SQLException {
        Begun known = first;
        if (known != null
                && !Objects.equals(known.url(), connection.getMetaData().getURL())) {
            throw RunnerFault.OTHER_DATABASE.of(name);
        }
    }

    /**
     * The row is as it was before the last transaction.
     *
     * @throws WalwireException if that is the runner's doing
     */
    void requireKept() {
        if (managed) {
            throw RunnerFault.NOT_COMMITTED.of(name);
        }
    }
}
