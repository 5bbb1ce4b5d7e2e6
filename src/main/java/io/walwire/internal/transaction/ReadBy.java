package io.walwire.internal.transaction;

import io.walwire.event.EventId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who has read rows, and for whom.
 *
 * @param run the run
 * @param reading names one of the times that the run has read its table, for the identities of events; empty if that is not known. Between
 *     two of the same name handlers have missed nothing
 * @param handlers the handlers that get the rows; null for all
 */
public record ReadBy(String run, String reading, @Nullable List<String> handlers) {
    public ReadBy {
        handlers = handlers == null ? null : List.copyOf(handlers);
    }

    /** Whether a handler of this name gets them. */
    boolean isFor(String handler) {
        return handlers == null || handlers.contains(handler);
    }

    /** Whether only some handlers get them. */
    boolean isForSome() {
        return handlers != null;
    }

    /**
     * The identity of an event.
     *
     * @param rest what it is about
     */
    EventId id(String rest) {
        return EventId.ofRead(run + "/" + (reading.isEmpty() ? "" : reading + "/") + rest);
    }
}
