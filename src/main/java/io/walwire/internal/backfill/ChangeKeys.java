package io.walwire.internal.backfill;

import io.walwire.internal.transaction.ReceivedChange;

/** Says of events which rows they are about. The one place that knows when two keys are equal. */
@FunctionalInterface
public interface ChangeKeys {
    /**
     * Takes a change apart.
     *
     * @param event an insert, update, delete or truncate of a table
     * @return what matters for the rows that are read
     */
    RowChange of(ReceivedChange event);
}
