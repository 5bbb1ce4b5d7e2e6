package io.walwire.internal.engine;

/** What holds work back before any user's code sees it. */
@FunctionalInterface
interface Admission extends AutoCloseable {
    /**
     * Waits until the work may be handled.
     *
     * @return false if the instance is to end first; then the work must not be confirmed
     */
    boolean await(Work work) throws InterruptedException;

    /** Gives back what it does not use at the moment; from any thread. */
    default void release() {}

    @Override
    default void close() {}
}
