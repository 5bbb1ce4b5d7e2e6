package io.walwire.internal.backfill;

/**
 * How a table is read, as far as it decides which keys have to be read again.
 *
 * @param updatesMove whether any update can move a row from a range that is not read yet to one that was read: with ranges of
 *     blocks. One that changes the key always can
 * @param insertsMove whether an insert can be such a move: between partitions, a row is deleted and inserted
 * @param everyEventHeard whether the run's handlers hear every event of the table whose row is known as a whole: none of them
 *     filters, has an interceptor before it, or has no declaration for inserts or updates
 * @param maxBytes how much memory the keys may take
 */
public record ReadMode(boolean updatesMove, boolean insertsMove, boolean everyEventHeard, long maxBytes) {
    /** Whether the row of a change may have moved past the reading, and a handler may not have it as a whole. */
    boolean hasToBeRead(RowChange change) {
        return isIncomplete(change)
                && (change.kind() == RowChange.Kind.INSERT
                        ? insertsMove
                        : updatesMove || change.changesKey() || change.keys() == null);
    }

    /** Whether a handler may not have the whole row after the change. */
    boolean isIncomplete(RowChange change) {
        boolean hasRow = change.kind() == RowChange.Kind.INSERT || change.kind() == RowChange.Kind.UPDATE;
        return hasRow && (change.lacksValues() || !everyEventHeard);
    }
}
