package io.walwire.internal.watch;

/** What stands in place of a column's canonical text, which is a String. */
enum Special {
    /** SQL NULL, which is a value like others. */
    NULL,
    /** There is a value, and it was not sent. */
    UNKNOWN,
    /** There is no such version of the row: before an insert, after a delete. */
    ABSENT
}
