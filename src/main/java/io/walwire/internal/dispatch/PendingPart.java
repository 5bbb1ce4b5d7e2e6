package io.walwire.internal.dispatch;

/** A transaction or part that has begun. It is pending until all that was begun for it is done. Safe for several threads. */
@FunctionalInterface
public interface PendingPart {
    /** Something more begins that may end on another thread. By the thread that begins the part, before that can end. */
    default void hold() {}

    /** Something that holds the part is done. Called by any thread. */
    default void release() {}

    /**
     * Waits until nothing else holds the part, if the calls of the part have to follow one another. By the thread that begins it, before
     * each call.
     *
     * @throws InterruptedException if the thread is interrupted
     */
    default void awaitFormer() throws InterruptedException {}

    /**
     * Something has failed for good, or was given up: the part stays pending. Called by any thread.
     *
     * @param failure why
     * @return whether other work may begin from now on
     */
    boolean fail(Throwable failure);

    /**
     * Whether what still holds the part is to be given up, because something of it has failed and the rest takes too long. Called by any thread.
     *
     * @param patienceNanos how long the rest is waited for after the first failure
     */
    default boolean isOverdue(long patienceNanos) {
        return false;
    }
}
