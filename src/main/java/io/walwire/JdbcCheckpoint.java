package io.walwire;

import io.walwire.checkpoint.TransactionRunner;
import io.walwire.internal.checkpoint.Checkpoint;
import java.sql.Connection;
import java.util.Objects;
import javax.sql.DataSource;

/**
 * The position in your own database, committed together with what your handlers write there: each change takes effect
 * <strong>exactly once</strong>, whatever crashes. Given to {@link WalwireBuilder#checkpoint}; handlers write through
 * {@link #connection()}.
 *
 * <p>For each transaction, or part of a large one, Walwire opens a connection and a transaction, calls the handlers, writes the
 * position into the row {@code name} of the table {@code walwire_checkpoint}, commits, and confirms to PostgreSQL after that.
 * What comes again after a crash is compared with the row, and skipped up to the last event that is done. The table is found
 * by the connection's default schema; {@code sql/checkpoint.sql} creates it, in SQL that other products than PostgreSQL read.
 *
 * <ul>
 *   <li>A call that fails takes back what it wrote, by a savepoint, before it is retried, skipped or handed over as a dead
 *       letter. So does a dead letter's callback. The calls beside it keep what they wrote.
 *   <li>When the database fails, or it is unknown whether a commit succeeded, Walwire connects again and reads the row: if
 *       the position was committed, the work is done. Otherwise the handlers are called again with the same transaction. An error that does not
 *       heal by itself, such as a constraint that the commit violates, stops the instance.
 *   <li>What handlers do elsewhere, and functions declared by {@code parallel}, which get no connection, is at least once as ever.
 *   <li>Messages that are not transactional have no place in the row: what is written for them commits with nothing, at least
 *       once. So is what {@link Walwire#process} and {@link Walwire#replay(DeadLetters)} call.
 *   <li>Two instances must not use one name at the same time. The second to commit notices, and stops without committing.
 *   <li>Where the row shows that changes were lost, a gap event comes first: the slot's position was moved beyond it, or the
 *       server's system identifier or timeline is another. On another timeline, what the slot sends again after that gap
 *       is done again.
 * </ul>
 *
 * <p>Given a {@link TransactionRunner} in place of a {@link DataSource}, all of this happens in transactions of the application's
 * own manager. Handlers then may write by whatever finds the connection of that transaction, and need not ask for it.
 *
 * <p>Existing rows are read with their progress in the table {@code walwire_backfill} of the same database, which {@code
 * sql/backfill.sql} creates: each chunk of rows is one transaction with what handlers write of it.
 *
 * <p>The row also gets positions of changes without a handler, before the slot moves beyond them: at most once per MiB of log.
 *
 * <p>The start refuses a checkpoint beside a sink, beside {@code walwire.concurrency} above 1, and beside handlers that declare a
 * batch or an asynchronous callback.
 */
public final class JdbcCheckpoint {
    private static final int LONGEST_NAME = 200;

    private final Checkpoint checkpoint;

    private JdbcCheckpoint(Checkpoint checkpoint) {
        this.checkpoint = checkpoint;
    }

    /**
     * A checkpoint.
     *
     * @param source where connections come from, one at a time for an instance, and a second one for moments while existing rows are
     *     read, if the source has more than one; each is given back as it was
     * @param name which row it is, of its own for each instance: up to 200 characters
     * @return the checkpoint; nothing is connected to yet
     * @throws IllegalArgumentException if the name is blank or too long
     */
    public static JdbcCheckpoint of(DataSource source, String name) {
        Objects.requireNonNull(source, "source");
        return new JdbcCheckpoint(new Checkpoint(source::getConnection, checked(name)));
    }

    /**
     * A checkpoint whose transactions are those of the application's transaction manager.
     *
     * @param runner runs each of them
     * @param name which row it is, of its own for each instance: up to 200 characters
     * @return the checkpoint; nothing is connected to yet
     * @throws IllegalArgumentException if the name is blank or too long
     */
    public static JdbcCheckpoint of(TransactionRunner runner, String name) {
        Objects.requireNonNull(runner, "runner");
        return new JdbcCheckpoint(Checkpoint.managed(runner, checked(name)));
    }

    private static String checked(String name) {
        if (name.isBlank() || name.length() > LONGEST_NAME) {
            throw new IllegalArgumentException(
                    "The name of a checkpoint has 1 to " + LONGEST_NAME + " characters, and is not blank");
        }
        return name;
    }

    /**
     * The connection of the transaction in which the position will be committed. For the call of a handler that is under way,
     * on the thread of that call; ask for it in each call. It takes no {@code commit}, {@code rollback} (but to a savepoint of
     * your own), {@code close}, {@code abort} or {@code setAutoCommit}.
     *
     * @return the connection, with autocommit off
     * @throws IllegalStateException outside of a handler's call, and in a function declared by {@code parallel}
     */
    public Connection connection() {
        return checkpoint.connection();
    }

    Checkpoint checkpoint() {
        return checkpoint;
    }

    @Override
    public String toString() {
        return "JdbcCheckpoint[" + checkpoint.name() + "]";
    }
}
