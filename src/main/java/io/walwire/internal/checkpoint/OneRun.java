package io.walwire.internal.checkpoint;

import io.walwire.checkpoint.TransactionRunner;
import io.walwire.error.WalwireException;
import io.walwire.internal.dispatch.UnitLostException;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** One run of a {@link TransactionRunner}: what its body does, how that ended, and whether the runner did as it must. */
final class OneRun<T> implements TransactionRunner.Body {
    /** The work of the body, in a transaction. */
    @FunctionalInterface
    interface Inside<T> {
        T with(Connection connection) throws Exception;
    }

    private final String checkpoint;
    private final Inside<T> work;
    private final Thread owner = Thread.currentThread();
    private boolean begun;
    private boolean over;
    private @Nullable RunnerFault fault;
    private @Nullable Throwable thrown;
    private @Nullable Outcome<T> outcome;

    /** So that a result may be null. */
    private record Outcome<T>(T result) {}

    OneRun(String checkpoint, Inside<T> work) {
        this.checkpoint = checkpoint;
        this.work = work;
    }

    @Override
    public void run(Connection connection) {
        begin();
        try {
            requireConnection(connection);
            requireTransaction(connection);
            T result = work.with(connection);
            requireTransaction(connection); // code that finds the connection by the thread may have set autocommit
            outcome = new Outcome<>(result);
        } catch (Throwable e) {
            throw fail(e);
        }
    }

    /** A wrong runner may come on several threads. */
    private synchronized void begin() {
        RunnerFault wrong = over
                ? RunnerFault.RUN_LATE
                : Thread.currentThread() != owner ? RunnerFault.OTHER_THREAD : begun ? RunnerFault.RUN_AGAIN : null;
        if (wrong != null) {
            fault = wrong;
            throw wrong.of(checkpoint);
        }
        begun = true;
    }

    private void requireConnection(@Nullable Connection connection) {
        if (connection == null) {
            fault = RunnerFault.NO_CONNECTION;
            throw RunnerFault.NO_CONNECTION.of(checkpoint);
        }
    }

    private void requireTransaction(Connection connection) {
        boolean none;
        try {
            none = connection.getAutoCommit();
        } catch (SQLException e) {
            throw new UnitLostException(e);
        }
        if (none) {
            fault = RunnerFault.AUTO_COMMIT;
            throw RunnerFault.AUTO_COMMIT.of(checkpoint);
        }
    }

    private RuntimeException fail(Throwable e) {
        thrown = e;
        if (e instanceof Error error) {
            throw error;
        }
        return e instanceof RuntimeException unchecked ? unchecked : new CheckedInside(e);
    }

    /** What a body may not throw, on its way through the runner. */
    private static final class CheckedInside extends RuntimeException {
        private static final long serialVersionUID = 1L;

        CheckedInside(Throwable cause) {
            super(cause);
        }
    }

    /** What the body threw, before the runner did anything about it. */
    @Nullable
    Throwable thrown() {
        return thrown;
    }

    /**
     * The run has ended.
     *
     * @param failure what the runner threw; null if it returned
     * @return what the body gave
     * @throws WalwireException if the runner is wrong
     * @throws UnitLostException if the runner failed: before the body began, or after it has returned
     * @throws Exception what the body threw
     */
    synchronized T end(@Nullable Throwable failure) throws Exception {
        over = true;
        Throwable inside = thrown;
        if (fault != null) {
            throw because(fault.of(checkpoint), inside == null ? failure : inside);
        }
        if (inside != null) {
            if (failure == null) {
                throw because(RunnerFault.SWALLOWED.of(checkpoint), inside);
            }
            throw again(inside, failure);
        }
        if (failure instanceof InterruptedException interrupted) {
            throw interrupted;
        }
        if (failure != null) {
            throw new UnitLostException(failure);
        }
        if (outcome == null) {
            throw RunnerFault.NOT_RUN.of(checkpoint);
        }
        return outcome.result();
    }

    private static WalwireException because(WalwireException wrong, @Nullable Throwable why) {
        if (why != null && why != wrong) {
            wrong.addSuppressed(why);
        }
        return wrong;
    }

    /** What the body threw, whatever the runner made of it. */
    private static Exception again(Throwable inside, Throwable failure) {
        boolean repeated = false;
        for (Throwable e = failure; e != null && !repeated; e = e.getCause()) {
            repeated = e == inside;
        }
        if (!repeated) {
            inside.addSuppressed(failure);
        }
        if (inside instanceof Error error) {
            throw error;
        }
        return (Exception) inside;
    }
}
