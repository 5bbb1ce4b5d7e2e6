package io.walwire.deadletter;

import io.walwire.event.Lsn;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A call that failed for good, as it was stored. A call of many events is stored as several letters. {@code toString()} shows no
 * row's values, and so fits a log.
 *
 * <p>Immutable. Implemented by Walwire alone, and later versions may add methods.
 */
public interface StoredLetter {
    /**
     * Identifies the letter in its store.
     *
     * @return a number in a table, 32 hexadecimal digits in a file
     */
    String id();

    /**
     * The name of the instance that made the call.
     *
     * @return never null
     */
    String instance();

    /**
     * The handler's name.
     *
     * @return never null
     */
    String handler();

    /**
     * Which of the handler's declarations was called.
     *
     * @return never null
     */
    String declaration();

    /**
     * The kind of its events.
     *
     * @return such as {@code insert}, or {@code mixed}
     */
    String kind();

    /**
     * The table of its events, with its schema.
     *
     * @return null if they are of several tables, or of none
     */
    @Nullable
    String table();

    /**
     * Where their transaction committed.
     *
     * @return null for a gap, for a message that is not transactional, and with {@code walwire.source=triggers}
     */
    @Nullable
    Lsn commitLsn();

    /**
     * The first event's index in the transaction.
     *
     * @return null where the first event has none
     */
    @Nullable
    Long firstIndex();

    /**
     * How many events there are.
     *
     * @return 1 or more
     */
    int eventCount();

    /**
     * How many attempts were made.
     *
     * @return 1 or more
     */
    int attempts();

    /**
     * What the last attempt threw.
     *
     * @return the name of its class
     */
    String errorClass();

    /**
     * The message of what the last attempt threw. It may show values of rows.
     *
     * @return null if it had none
     */
    @Nullable
    String errorMessage();

    /**
     * When the call was given up, by this machine's clock.
     *
     * @return never null
     */
    Instant setAsideAt();

    /**
     * The events, with the values of their rows.
     *
     * @return a JSON array
     */
    String events();
}
