package io.walwire.handler;

import java.util.concurrent.CompletionStage;

/**
 * The user's code for work that completes later, such as a message that a client sends. Called as a {@link Callback} is, on the
 * same threads and in the same order. The next call may begin before the stage of this one has completed. With
 * {@code walwire.concurrency} above 1 the next call of the same key waits for the stage.
 *
 * <p>The work is done when the stage completes. The position is confirmed after every stage of the transaction, and of all before it, has
 * completed. A call has failed if its stage completes exceptionally or is cancelled, if this code returns null, or if it throws. The
 * {@link FailurePolicy} decides what happens, as for a callback that throws. Further attempts are made on the instance's function threads, while
 * later calls go on. So this code has to be safe for several threads, and the order of calls is not the order of their effects.
 *
 * <p>At most {@code walwire.async.limit} stages are in flight. The next call waits for room. Until a stage completes, the position
 * does not move: give each stage a timeout. Delivery is at least once, as with a {@link Callback}.
 *
 * <p>Neither this code nor what completes its stage may wait for {@code Walwire.process} or {@code replay}: these wait for handlers, which
 * may wait for the stage. Called within this code they throw an {@link IllegalStateException}.
 *
 * @param <E> what it is called with
 */
@FunctionalInterface
public interface AsyncCallback<E> {
    /**
     * Begins to handle one event. The event stays valid after this method has returned. The thread that completes the stage does
     * none of Walwire's work.
     *
     * @param event what happened, never null
     * @return completes when the work is done, with any value; never null
     * @throws Exception if the work is not done
     */
    CompletionStage<?> on(E event) throws Exception;
}
