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
     * The number of rows that handlers have handled, in all instances that have worked on the run. Rows that are read again count again.
     *
     * @return 0 or more
     */
    long rows();

    /**
     * The number of bytes of these rows, in PostgreSQL's text form.
     *
     * @return 0 or more
     */
    long bytes();

    /**
     * The size of the table on disk when the run began. It shows roughly how much there is to read.
     *
     * @return bytes; 0 while it is not known
     */
    long totalBytes();

    /**
     * The average number of rows a second since this instance started or continued the run, pauses included.
     *
     * @return 0 or more
     */
    double rowsPerSecond();

    /**
     * The estimated time for the remaining rows, at the rate so far.
     *
     * @return an estimate; null while there is none
     */
    @Nullable
    Duration timeLeft();
}
