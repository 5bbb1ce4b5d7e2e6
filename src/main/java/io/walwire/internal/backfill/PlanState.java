package io.walwire.internal.backfill;

/** Whether the plan of a table still holds when a chunk of it is read. */
public enum PlanState {
    /** The table is as it was when the plan was made. */
    HOLDS,

    /**
     * Columns, keys, names, publications or triggers differ. A new plan is made. Rows that were read stay read, unless changes of them may be
     * missing.
     */
    ALTERED,

    /** The table was rewritten or truncated: its rows lie elsewhere now. A new plan is made, and the table is read again. */
    REWRITTEN,

    /** There is no such table any more, or no publication sends its changes. */
    GONE
}
