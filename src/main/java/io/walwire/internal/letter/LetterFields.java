package io.walwire.internal.letter;

import io.walwire.deadletter.StoredLetter;
import io.walwire.event.Lsn;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The values of a {@link StoredLetter}. */
record LetterFields(
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
        String events)
        implements StoredLetter {
    /** Shows no row's values, and so fits a log. */
    @Override
    public String toString() {
        return "dead letter " + id + " of handler " + handler + " (" + declaration + ", " + eventCount + " events"
                + (commitLsn == null ? "" : " from " + commitLsn + (firstIndex == null ? "" : "#" + firstIndex)) + ")";
    }
}
