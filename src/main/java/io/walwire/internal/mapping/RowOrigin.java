package io.walwire.internal.mapping;

import io.walwire.event.Position;

/** Where a row comes from, for messages. */
public interface RowOrigin {
    /** The table, with its schema, as it was then. */
    String tableName();

    /** The position of the row's transaction. */
    Position at();
}
