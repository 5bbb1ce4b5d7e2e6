package io.walwire.internal.dispatch;

/**
 * What makes the calls of a transaction.
 *
 * @param attempts makes each call under its failure policy
 * @param functions where functions run
 * @param async keeps the calls whose stages have not completed
 */
record Callers(Attempts attempts, FunctionThreads functions, AsyncCalls async) {
    /** The same, but that a call which its policy would skip or hand over throws. */
    Callers thatThrow() {
        return new Callers(attempts.thatThrow(), functions, async);
    }
}
