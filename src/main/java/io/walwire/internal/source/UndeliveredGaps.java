package io.walwire.internal.source;

/**
 * Counts the gaps that handlers have not got yet. A note of them in the database may be removed only when none is left. A gap counts
 * before its note is written, and the code that removes the note asks before and after, so that a gap that is found meanwhile keeps
 * it. Thread-safe.
 */
public final class UndeliveredGaps {
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

    /** Handlers have got one more gap. */
    public synchronized void delivered() {
        count--;
    }

    /** Whether there are some, and all of them are in the handlers' queue. */
    public synchronized boolean isQueued() {
        return count > 0 && !unqueued;
    }

    /** Whether handlers have got all gaps. */
    public synchronized boolean isNone() {
        return count <= 0;
    }
}
