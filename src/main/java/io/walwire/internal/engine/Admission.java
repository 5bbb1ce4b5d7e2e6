package io.walwire.internal.engine;

import io.walwire.internal.concurrent.ThrowingRunnable;

/** What holds work back before any user's code sees it. */
@FunctionalInterface
interface Admission {
    /**
     * Waits until the work may be handled.
     *
     * @param beforeWait called first if the work has to wait
     * @return false if the instance is to end first; then the work must not be confirmed
     */
    boolean await(Work work, ThrowingRunnable<InterruptedException> beforeWait) throws InterruptedException;

    /** Holds work back while the instance is paused. */
    static Admission unlessPaused(Lifecycle lifecycle) {
        return (work, beforeWait) -> !lifecycle.awaitReleased(beforeWait);
    }
}
