package io.walwire.backfill;

import java.util.concurrent.CompletionStage;

/** A run that reads the rows of one table. Thread-safe. */
public interface BackfillRun {
    /**
     * The run's name, the same after a restart.
     *
     * @return up to 64 characters
     */
    String id();

    /**
     * The table.
     *
     * @return its name with its schema, as {@code Walwire.backfill} reads it
     */
    String table();

    /**
     * How far it has come.
     *
     * @return a glance at this moment
     */
    BackfillProgress progress();

    /**
     * Reads no further, until {@link #resume()}. What was read is delivered. A table without a key is read again from its beginning after
     * that. Nothing happens if the run is paused or has ended.
     */
    void pause();

    /** Reads on. Nothing happens if the run is not paused. */
    void resume();

    /** Ends the run. What was read and has its place in the stream is delivered. Nothing happens if the run has ended. */
    void cancel();

    /**
     * How the run ends: normally when handlers have returned from all rows, with a {@code CancellationException} when it is cancelled,
     * and with a {@link io.walwire.error.WalwireException} when it fails or the instance ends before. In the last case, with a durable
     * slot, the run goes on when an instance streams from the slot again.
     *
     * @return a stage of its own for each call. What depends on it may run on a thread of the instance, so it must not block
     */
    CompletionStage<Void> completion();
}
