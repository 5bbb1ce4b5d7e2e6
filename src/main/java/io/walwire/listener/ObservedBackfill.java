package io.walwire.listener;

import io.walwire.backfill.BackfillProgress;

/** A run that reads the existing rows of a table, for listeners. Implemented by Walwire alone, and later versions may add methods. */
public interface ObservedBackfill {
    /**
     * The schema of the table.
     *
     * @return as PostgreSQL has it, without quotes
     */
    String schema();

    /**
     * The name of the table.
     *
     * @return as PostgreSQL has it, without quotes
     */
    String table();

    /**
     * How far the run has come.
     *
     * @return a glance at this moment
     */
    BackfillProgress progress();
}
