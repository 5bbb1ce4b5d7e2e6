package io.walwire.backfill;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How far a run has come, at one moment. */
public interface BackfillProgress {
    /**
     * What the run is doing.
     *
     * @return the state
     */
    BackfillState state();

    /**
     * How many rows handlers have returned from, over all instances that have worked on the run. Rows that are read again count again.
     *
     * @return 0 or more
     */
    long rows();

    /**
     * How many bytes were read for these rows, in PostgreSQL's text form.
     *
     * @return 0 or more
     */
    long bytes();

    /**
     * The size of the table on disk when the run began: the order of magnitude of what is to be read.
     *
     * @return bytes; 0 while it is not known
     */
    long totalBytes();

    /**
     * How many rows a second, on average since this instance took up the run. Pauses count.
     *
     * @return 0 or more
     */
    double rowsPerSecond();

    /**
     * About how long it takes to read the rest, if it goes on as before.
     *
     * @return an estimate; null while there is none
     */
    @Nullable
    Duration timeLeft();
}
