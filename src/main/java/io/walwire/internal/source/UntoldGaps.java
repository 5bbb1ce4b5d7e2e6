package io.walwire.internal.source;

/**
 * Counts the gaps that handlers do not know yet. A note of them may be removed only when there is none left. A gap counts before
 * its note is written, and the code that removes the note asks before and after, so that a gap that is found meanwhile keeps it.
 * Thread-safe.
 */
public final class UntoldGaps {
    private int count;
    private boolean unqueued;

    /** The reader has found a gap, maybe again. It counts once until it is in the handlers' queue. */
    public synchronized void found() {
        if (!unqueued) {
            unqueued = true;
            count++;
        }
    }

    /** The gap that was found is in the handlers' queue. */
    public synchronized void queued() {
        unqueued = false;
    }

    /** A gap is known whose end is not known yet. */
    public synchronized void add() {
        count++;
    }

    /** Handlers know one more gap. */
    public synchronized void told() {
        count--;
    }

    /** Whether there are some, and all of them are in the handlers' queue. */
    public synchronized boolean isQueued() {
        return count > 0 && !unqueued;
    }

    /** Whether handlers know all gaps. */
    public synchronized boolean isNone() {
        return count <= 0;
    }
}
