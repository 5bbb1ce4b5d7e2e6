package io.walwire.checkpoint;

import java.sql.Connection;

/**
 * Runs the transactions of a {@code JdbcCheckpoint} in the application's transaction manager, for example Spring's
 * {@code PlatformTransactionManager}. The handlers' work and the position are then in one transaction of that manager, and
 * code that finds the connection by its thread, such as {@code JdbcTemplate} or an {@code EntityManager}, takes part in it.
 *
 * <p>Everything that the checkpoint does in the database goes through {@link #run}: looking at its table and reading the
 * position at the start, each piece of the handlers' work, the position of an idle stream, the progress of existing rows, and
 * looking whether a commit succeeded. Walwire never begins, commits or rolls back such a transaction. It sets savepoints in it.
 *
 * <h2>What a runner must do</h2>
 *
 * <ul>
 *   <li><strong>One transaction, of its own.</strong> {@link #run} begins a transaction, calls the body exactly once, and commits.
 *       It does not join a transaction that the thread is in already, since the code that began that may still roll it back: use
 *       the propagation {@code REQUIRES_NEW}.
 *   <li><strong>Same thread.</strong> The body runs on the thread that called {@link #run}: the instance's handler thread, its
 *       reader thread at the start, a thread that keeps the progress of existing rows, and threads that call {@code Walwire.process} or
 *       {@code Walwire.replay}. These may call at the same time.
 *   <li><strong>Commit before return.</strong> {@link #run} returns normally only if the transaction is committed. The server's
 *       slot is moved after that.
 *   <li><strong>Rollback on every exception.</strong> If the body throws, the transaction is rolled back, and {@link #run}
 *       throws. Rules such as {@code noRollbackFor} must not apply. The body throws a handler's exception as Walwire wraps it;
 *       Walwire goes on with that one, unchanged, even if {@link #run} throws another.
 *   <li><strong>No second attempt.</strong> The runner does not call the body again after an error. Walwire does that: it knows
 *       what is done already.
 *   <li><strong>One database.</strong> Each transaction is of the database in which the checkpoint's table was found, and writes. Its
 *       isolation is READ COMMITTED or stronger; what the database cannot serialize is done again. A timeout of the
 *       manager must allow for the handlers' time, with all their retries.
 * </ul>
 *
 * <p>A runner that is seen to do something else ends the instance with the error {@code CHECKPOINT}, which names what it
 * did. Whether a transaction was committed is asked of PostgreSQL from version 10 on: after the first transaction of each stream,
 * after each call of {@code Walwire.process} and {@code Walwire.replay}, and after the body has thrown. In other databases a
 * transaction that was not committed is found at the next one, or at the next start.
 *
 * <h2>When the outcome is unknown</h2>
 *
 * If {@link #run} throws after the body has returned, it is unknown whether the commit succeeded. Walwire reads the position in
 * a new transaction. If it is the new one, the work is done; otherwise the handlers are called again if a {@code SQLException}
 * among the causes shows that the error can heal, and the instance stops if not. A transaction that somebody marked as
 * rollback-only is such an error.
 *
 * <h2>Failed calls</h2>
 *
 * A savepoint is set before each call of a handler, since Walwire cannot see whether the call writes. When the call fails, the
 * transaction is rolled back to it before the failure policy decides. What the manager or a persistence context holds in
 * memory is not part of a savepoint: see {@link #flush} and {@link #discard}.
 */
@FunctionalInterface
public interface TransactionRunner {
    /**
     * Runs a body in a new transaction, and commits it. Must be safe for several threads.
     *
     * @param body to be called once, on this thread
     * @throws Exception if the transaction could not begin, was rolled back, or may not be committed; a {@code SQLException} among
     *     the causes decides whether Walwire tries again
     */
    void run(Body body) throws Exception;

    /**
     * Writes to the database what the current transaction still holds in memory, such as {@code EntityManager.flush()}. Called
     * in the transaction, on its thread: after each call of a handler that returned, where what it throws is a failure of that
     * call; and before a savepoint if other code may have run, such as an interceptor. Does nothing if not overridden.
     */
    default void flush() {}

    /**
     * Forgets what the current transaction holds in memory, such as {@code EntityManager.clear()}, and a rollback-only mark
     * that the failed call has left. Called in the transaction, on its thread, when a call of a handler has failed and
     * the database is back at the savepoint before it. What it throws ends the transaction. Does nothing if not overridden.
     */
    default void discard() {}

    /** What Walwire does in one transaction. */
    @FunctionalInterface
    interface Body {
        /**
         * Does it. Throws unchecked exceptions alone, so that it fits into any callback; they must reach the caller of
         * {@link TransactionRunner#run} as an exception.
         *
         * @param connection of the transaction that was begun for this call, with autocommit off; not closed here
         */
        void run(Connection connection);
    }
}
