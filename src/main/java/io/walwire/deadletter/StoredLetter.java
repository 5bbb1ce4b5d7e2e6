package io.walwire.deadletter;

import io.walwire.event.Lsn;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A call that failed for good, as it was kept. A call of many events is kept as several letters.
 *
 * @param id names the letter in its store: a number in a table, 32 hexadecimal digits in a file
 * @param instance the name of the instance that made the call
 * @param handler the handler's name
 * @param declaration which of the handler's declarations was called
 * @param kind the kind of its events, such as {@code insert}, or {@code mixed}
 * @param table the table of its events with its schema; null if they are of several tables, or of none
 * @param commitLsn where their transaction committed; null for a gap, and for a message that is not transactional
 * @param firstIndex the first event's index in the transaction; null where the first event has none
 * @param eventCount how many events there are
 * @param attempts how many attempts were made
 * @param errorClass what the last attempt threw
 * @param errorMessage its message, which may show values of rows; null if it had none
 * @param setAsideAt when the call was set aside, by this machine's clock
 * @param events the events as a JSON array, with the values of their rows
 */
public record StoredLetter(
        String id,
        String instance,
        String handler,
        String declaration,
        String kind,
        @Nullable String table,
        @Nullable Lsn commitLsn,
        @Nullable Long firstIndex,
        int eventCount,
        int attempts,
        String errorClass,
        @Nullable String errorMessage,
        Instant setAsideAt,
        String events) {
    /** Shows no row's values, and so fits a log. */
    @Override
    public String toString() {
        return "dead letter " + id + " of handler " + handler + " (" + declaration + ", " + eventCount + " events"
                + (commitLsn == null ? "" : " from " + commitLsn + (firstIndex == null ? "" : "#" + firstIndex)) + ")";
    }
}
