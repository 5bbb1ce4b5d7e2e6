package io.walwire.internal.backfill.run;

/**
 * Decides which thread writes the progress of a run: the thread that stores runs, or the handler thread in its own transaction. Without
 * turns, the first could overwrite what the second has committed. Thread-safe.
 */
final class SaveTurn {
    private boolean taken;

    /** Returns false if the other thread writes now. */
    synchronized boolean tryBegin() {
        boolean free = !taken;
        taken = true;
        return free;
    }

    /**
     * Waits for the other thread, which has its connection already.
     *
     * <p>If it is not known in the end whether the transaction was committed, the turn never ends: nobody writes any more. The instance ends
     * then.
     */
    synchronized void begin() throws InterruptedException {
        while (taken) {
            wait();
        }
        taken = true;
    }

    synchronized void end() {
        taken = false;
        notifyAll();
    }
}
