package io.walwire.handler;

import io.walwire.event.Event;
import java.util.List;

/**
 * A call that failed for good, for {@link FailurePolicy#deadLetter} and {@link FailurePolicy#thenDeadLetter} to keep
 * somewhere. The events may be kept as they are; {@link Event#detach()} keeps less memory alive.
 *
 * @param handler the class name of the handler whose call failed
 * @param events what the call was made with, unmodifiable: the events of a run, the one event of any other call, or of a
 *     transaction callback all events of the transaction or part
 * @param cause what the last attempt threw
 * @param attempts how many attempts were made, at least 1
 */
public record DeadLetter(String handler, List<Event> events, Throwable cause, int attempts) {
    /**
     * Copies the list.
     *
     * @param handler the class name of the handler whose call failed
     * @param events what the call was made with
     * @param cause what the last attempt threw
     * @param attempts how many attempts were made
     */
    public DeadLetter {
        events = List.copyOf(events);
    }
}
