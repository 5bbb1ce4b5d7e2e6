package io.walwire.internal.source;

import java.time.Duration;

/** An instance's lifecycle as its source sees it. Thread-safe. */
public interface SourceLifecycle {
    /** Whether the instance is ending, or has ended. */
    boolean isStopping();

    /** Whether the instance still takes changes: false when it is ending, and when it drains. */
    boolean wantsMore();

    /**
     * Waits for a while, or until the instance is ending.
     *
     * @param atMost how long
     * @return whether it is ending
     */
    boolean pause(Duration atMost) throws InterruptedException;

    /**
     * Another process has what the source reads: the instance is in state STANDBY until a stream begins.
     *
     * @param why shown as the last error
     */
    void standBy(String why);

    /**
     * Shows a problem that the source waits for to pass.
     *
     * @param problem shown as the last error
     */
    void note(String problem);

    /**
     * Adds to the last error what was found to be its cause.
     *
     * @param cause a sentence
     */
    void noteCause(String cause);
}
