package io.walwire.event;

/**
 * A backfill has delivered all rows that a table had, and handlers have returned from them: a copy of the table that was made of reads
 * and changes is complete. Now it can replace an older copy.
 *
 * <p>It comes once for each reading of a table, and again if the instance ended before this was stored. Its {@link #id()} is then the same.
 * When the run has begun again because changes may have been missed, it comes with another one.
 * {@link #transaction()} stands for a transaction, as that of a {@link ReadEvent} does.
 */
public non-sealed interface BackfilledEvent extends Event {
    /**
     * The run that has read the table.
     *
     * @return as {@code BackfillRun.id()}
     */
    String run();

    /**
     * What stands for a transaction.
     *
     * @return its facts, never null
     */
    @Override
    TransactionInfo transaction();
}
