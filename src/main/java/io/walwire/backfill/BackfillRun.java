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
     * The progress of the run.
     *
     * @return the progress at this moment
     */
    BackfillProgress progress();

    /**
     * Pauses the reading until {@link #resume()}. Rows that were read are still delivered. After the pause, a table without a key is read
     * again from its beginning. Nothing happens if the run is paused or has ended.
     */
    void pause();

    /** Continues the reading. Nothing happens if the run is not paused. */
    void resume();

    /** Ends the run. Rows that already have their place in the stream are delivered. Nothing happens if the run has ended. */
    void cancel();

    /**
     * How the run ends: normally when handlers have returned from all rows, with a {@code CancellationException} when it is cancelled,
     * and with a {@link io.walwire.error.WalwireException} when it fails or the instance ends before. In the last case, with a durable
     * slot, the run goes on when an instance streams from the slot again.
     *
     * @return a new stage for each call. Dependent stages may run on a thread of the instance, so they must not block
     */
    CompletionStage<Void> completion();
}
