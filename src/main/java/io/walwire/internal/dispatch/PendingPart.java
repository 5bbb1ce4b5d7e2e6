package io.walwire.internal.dispatch;

/** A transaction or part that has begun: finished when all that was begun for it is. Safe for several threads. */
public interface PendingPart {
    /** Something more has begun. */
    void hold();

    /** Something that was held has ended well. */
    void release();

    /**
     * Something has failed for good, or was given up: it stays unfinished.
     *
     * @param failure why
     * @return whether other work may begin from now on
     */
    boolean fail(Throwable failure);
}
