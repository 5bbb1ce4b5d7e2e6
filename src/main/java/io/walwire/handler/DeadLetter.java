package io.walwire.handler;

import io.walwire.event.Event;
import io.walwire.event.Transaction;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A call that failed for good, for {@link FailurePolicy#deadLetter} and {@link FailurePolicy#thenDeadLetter} to keep
 * somewhere: {@code io.walwire.DeadLetters} keeps them in a table or a file, from where they can be replayed. The events may be
 * kept as they are; {@link Event#detach()} keeps less memory alive.
 *
 * @param instance the name of the instance, {@code walwire.name}
 * @param handler the name of the handler whose call failed, {@link EventHandler#handlerName()}
 * @param declaration which of the handler's declarations it was, such as {@code table 1 onInserts public.users}; the same
 *     whenever the handler declares the same in the same order
 * @param events what the call was made with, unmodifiable: the events of a run or batch, the one event of any other call, or of a
 *     transaction callback all events of the transaction or part
 * @param transaction the transaction or part that a transaction callback was called with; null for any other call
 * @param cause what the last attempt threw, or its stage failed with
 * @param attempts how many attempts were made, at least 1
 */
public record DeadLetter(
        String instance,
        String handler,
        String declaration,
        List<Event> events,
        @Nullable Transaction transaction,
        Throwable cause,
        int attempts) {
    /**
     * Copies the list.
     *
     * @param instance the name of the instance
     * @param handler the name of the handler whose call failed
     * @param declaration which of the handler's declarations it was
     * @param events what the call was made with
     * @param transaction the transaction of a transaction callback
     * @param cause what the last attempt threw, or its stage failed with
     * @param attempts how many attempts were made
     */
    public DeadLetter {
        events = List.copyOf(events);
    }
}
