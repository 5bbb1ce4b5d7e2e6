package io.walwire.event;

/** What is known of one column in a {@link Row}; four things that must never be taken for each other. */
public enum ColumnState {
    /** A value was sent. */
    VALUE,
    /** The column is SQL NULL. */
    NULL,
    /** PostgreSQL did not send the value: it is TOASTed and this update did not change it. */
    UNCHANGED_TOAST,
    /** PostgreSQL did not send the value: the column is outside the replica identity. */
    NOT_SENT
}
