package io.walwire.internal.engine;

/** What holds work back before any user's code sees it. */
@FunctionalInterface
interface Admission {
    /**
     * Waits until the work may be handled.
     *
     * @return false if the instance is to end first; then the work must not be confirmed
     */
    boolean await(Work work) throws InterruptedException;

    /** Holds work back while the instance is paused. */
    static Admission unlessPaused(Lifecycle lifecycle) {
        return work -> !lifecycle.awaitReleased();
    }
}
