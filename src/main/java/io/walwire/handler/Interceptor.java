package io.walwire.handler;

import io.walwire.event.Transaction;

/**
 * Stands between the stream and the handlers. Its return is what confirms a transaction, so it may store the transaction
 * durably, return, and later feed it to {@code Walwire.process}; or measure, log, or refuse by throwing.
 *
 * <p>Called on the handler thread, one transaction (or part of a large one) at a time, in commit order, at least once. The
 * one used where none is given calls {@code next} and nothing else. Transactions without an event of a subscribed table do
 * not come here. A {@link FailurePolicy} is about handlers: it has done its work when {@code next} throws, and what the
 * interceptor throws stops the instance at once. It is around all of a transaction: with {@code walwire.concurrency} above 1 the
 * keys of one transaction are handled side by side, and a batch ends with its transaction.
 */
@FunctionalInterface
public interface Interceptor {
    /**
     * Takes responsibility for one transaction.
     *
     * @param transaction the transaction or part
     * @param next the handlers
     * @throws Exception if the transaction is not taken care of; the instance stops without confirming it
     */
    void intercept(Transaction transaction, Next next) throws Exception;

    /** The rest of the way: the handlers. */
    @FunctionalInterface
    interface Next {
        /**
         * Runs the handlers under their failure policies, and returns when all of them have.
         *
         * @param transaction the transaction or part
         * @throws Exception if a handler failed and its policy is to stop
         */
        void proceed(Transaction transaction) throws Exception;
    }
}
