package io.walwire.watch;

/** What a change did to a row's membership in the set of rows that a predicate accepts. */
public enum Membership {
    /** The row was outside before, or did not exist, and is in the set now. */
    ENTERED,
    /** The row was in the set before and is outside now, or is gone. */
    LEFT,
    /** An update of a row that was in the set before and still is. */
    STAYED
}
