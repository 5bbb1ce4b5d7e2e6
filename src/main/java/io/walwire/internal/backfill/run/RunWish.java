package io.walwire.internal.backfill.run;

import io.walwire.internal.backfill.RunState;
import org.jspecify.annotations.Nullable;

/** What is wanted of a run, by the application and by other processes. Changed under the lock of its {@link TableRun}, or by the keeper. */
final class RunWish {
    private volatile boolean paused;
    private volatile boolean cancelled;

    /** What the table of the progress says, as far as is known. By the keeper alone. */
    private RunState known;

    /** As it is kept. */
    RunWish(RunState kept) {
        this.paused = kept == RunState.PAUSED;
        this.cancelled = kept == RunState.CANCELLED;
        this.known = kept;
    }

    boolean isPaused() {
        return paused;
    }

    void pause(boolean now) {
        paused = now;
    }

    boolean isCancelled() {
        return cancelled;
    }

    void cancel() {
        cancelled = true;
    }

    /** What has to be written as wanted; null if that is known. By the keeper. */
    @Nullable
    RunState toWrite() {
        RunState wanted = cancelled ? RunState.CANCELLED : paused ? RunState.PAUSED : RunState.RUNNING;
        return wanted == known ? null : wanted;
    }

    /** It is written, or was read. By the keeper. Returns whether it was another one. */
    boolean learn(RunState wanted) {
        boolean other = wanted != known;
        known = wanted;
        return other;
    }
}
