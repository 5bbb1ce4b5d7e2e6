package io.walwire.internal.backfill;

/** Which rows of a table one chunk reads. Immutable. */
public sealed interface ReadRange permits KeptRange, KeyList {
    /**
     * The condition for its rows.
     *
     * @param leaf the table
     * @return an SQL expression
     */
    String condition(LeafPlan leaf);

    /**
     * The order in which the rows are read, and their number.
     *
     * @param leaf the table
     * @return clauses that follow the condition, beginning with a blank; empty if any order will do
     */
    String order(LeafPlan leaf);
}
