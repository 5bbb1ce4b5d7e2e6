package io.walwire.internal.dispatch;

import java.time.Duration;

/** What the code that calls handlers sees of the instance: whether it is paused, and whether it is to end. */
@FunctionalInterface
public interface LifecycleView {
    /**
     * Waits for a while, or until the instance is asked to end.
     *
     * @param atMost how long
     * @return true if the instance is to end
     * @throws InterruptedException if the thread is interrupted
     */
    boolean pause(Duration atMost) throws InterruptedException;

    /**
     * Waits for as long as calls of users' code are held back.
     *
     * @return true if the instance is to end while they still are
     * @throws InterruptedException if the thread is interrupted
     */
    default boolean awaitReleased() throws InterruptedException {
        return false;
    }

    /** Whether {@link #awaitReleased} would wait at this moment. */
    default boolean isHeld() {
        return false;
    }

    /** Whether the instance is to end. */
    default boolean isStopping() {
        return false;
    }

    /** Whether nobody waits any longer for calls that still run: they are interrupted. */
    default boolean isGivenUp() {
        return false;
    }
}
