package io.walwire.handler;

/**
 * The user's code. Called on the instance's handler thread, one call at a time (functions declared by
 * {@link TableEvents#parallel} run on the function threads instead, side by side). With {@code walwire.concurrency} above 1 the
 * callbacks of tables are called on several threads, for different keys at the same time, and for each key one call at a time;
 * then they have to be safe for that.
 *
 * <p>Delivery is at least once: after a failure, a crash or a restart the same argument may come again, its events with the same
 * {@code id()}. Returning says that the work is done; the position is confirmed after every callback of the transaction returned.
 * Throwing says that it is not: the {@link FailurePolicy} then says whether this call is made again, and what happens if none
 * succeeds. Without another policy the instance stops after some retries and confirms nothing, and the transaction comes again
 * after a restart. A callback may take as long as it needs; the connection is kept alive meanwhile. For work that completes later
 * see {@link AsyncCallback}.
 *
 * @param <E> what it is called with
 */
@FunctionalInterface
public interface Callback<E> {
    /**
     * Handles one thing.
     *
     * @param argument what happened, never null
     * @throws Exception if the work is not done
     */
    void on(E argument) throws Exception;
}
