package io.walwire.internal.dispatch;

import io.walwire.internal.log.Logs;
import org.slf4j.Logger;

/**
 * A thread's interrupt flag after user code has run. Only the end of the instance interrupts its threads, so a flag that user
 * code leaves behind means nothing to us; it would end the next wait, and the instance with it.
 */
public final class Interrupts {
    private static final Logger LOG = Logs.of(Interrupts.class);

    private final LifecycleView lifecycle;

    /** Whether a flag was cleared on a thread that belongs to somebody else. */
    private final ThreadLocal<Boolean> cleared = new ThreadLocal<>();

    /**
     * For the threads of one instance.
     *
     * @param lifecycle knows whether the instance gives up
     */
    public Interrupts(LifecycleView lifecycle) {
        this.lifecycle = lifecycle;
    }

    /**
     * Clears the flag of this thread, unless the instance set it.
     *
     * @param who whose code ran
     * @param what for what it was called
     */
    public void clear(String who, Object what) {
        if (!Thread.currentThread().isInterrupted() || lifecycle.isGivenUp()) {
            return;
        }
        Thread.interrupted();
        cleared.set(true);
        LOG.warn(
                "{} left the interrupt flag of its thread set after {}. The flag is cleared, so that it does not end the next"
                        + " wait on this thread. To interrupt a thread of the caller, use a thread of your own.",
                who,
                what);
    }

    /** Sets the flag again that was cleared on this thread: it is the caller's thread, and the flag may be for the caller. */
    void restore() {
        if (cleared.get() != null) {
            cleared.remove();
            Thread.currentThread().interrupt();
        }
    }

    /** Forgets what was cleared on this thread. */
    void forget() {
        cleared.remove();
    }
}
