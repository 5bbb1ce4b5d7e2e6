package io.walwire;

import io.walwire.deadletter.StoredLetter;
import io.walwire.error.WalwireException;
import io.walwire.handler.Callback;
import io.walwire.handler.DeadLetter;
import io.walwire.handler.FailurePolicy;
import io.walwire.internal.letter.LetterStore;
import io.walwire.internal.letter.Letters;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * Calls that failed for good, kept where they can be looked at and replayed: a {@link FailurePolicy} hands them over,
 * {@code FailurePolicy.retry(...).thenDeadLetter(letters)}, and {@link Walwire#replay(DeadLetters)} makes the calls again.
 *
 * <p>A letter is kept durably before the transaction is confirmed, and only once: what comes again after a crash, with the same
 * events, is not kept a second time. A call of more than 1,000 events, or of more than about 1 MiB, is kept as several letters,
 * which are replayed one by one.
 *
 * <p>Letters hold the <strong>values of rows</strong> that the handler received, and the exception's message. Protect
 * the table or file as you protect the tables themselves. Neither Walwire's log nor its exceptions show them.
 *
 * <p>Safe for several threads, and several processes may share a table or file; let only one of them replay at a time.
 */
public final class DeadLetters implements Callback<DeadLetter> {
    private final LetterStore store;

    DeadLetters(LetterStore store) {
        this.store = store;
    }

    /**
     * Letters in the table {@code walwire_dead_letter} of a PostgreSQL database, found by the connection's search path.
     * {@code sql/dead-letters.sql} creates it. The patterns {@code *} and {@code schema.*} in
     * {@code walwire.subscriptions} do not include it. If it is published, its changes come only to handlers that name it.
     *
     * @param source where its connections come from, in autocommit mode
     * @return the letters; nothing is connected to yet
     */
    public static DeadLetters table(DataSource source) {
        Objects.requireNonNull(source, "source");
        return new DeadLetters(Letters.table(source::getConnection, "the data source"));
    }

    /**
     * Letters in a file of JSON lines, each on the disk before its transaction is confirmed. A line that a crash cut short
     * is removed by the next one that is written. A file {@code NAME.lock} beside it keeps processes apart. Both are made
     * readable only for their owner, if the file system supports that.
     *
     * @param file created when there is something to keep; its folder has to exist
     * @return the letters; nothing is opened yet
     */
    public static DeadLetters file(Path file) {
        return new DeadLetters(Letters.file(file));
    }

    /**
     * Keeps a failed call. Called by the policy.
     *
     * @param letter the failed call
     * @throws WalwireException if it cannot be kept; the instance then stops and confirms nothing
     */
    @Override
    public void on(DeadLetter letter) {
        Letters.keep(store, letter);
    }

    /**
     * What is kept, the oldest first, read from the table or file as the stream goes on.
     *
     * @return to be closed
     * @throws WalwireException if the letters cannot be read; so may the stream's own methods
     */
    public Stream<StoredLetter> list() {
        Stream<LetterStore.Stored> stored = store.stream();
        return stored.map(LetterStore.Stored::letter);
    }

    /**
     * Removes letters, so that they are never replayed.
     *
     * @param ids of {@link StoredLetter#id()}; unknown ids are ignored
     * @return how many were there
     * @throws WalwireException if they cannot be removed
     */
    public int remove(String... ids) {
        int removed = store.remove(List.of(ids));
        if (removed > 0) {
            store.compact();
        }
        return removed;
    }

    LetterStore store() {
        return store;
    }
}
