package io.walwire.event;

import org.jspecify.annotations.Nullable;

/**
 * A table was emptied. There is one event for each table of the TRUNCATE, and none for its rows.
 *
 * @param <T> what rows of the table are read as; a truncate has none, but stands in lists of {@link ChangeEvent}
 */
public non-sealed interface TruncateEvent<T> extends ChangeEvent<T> {
    /**
     * A truncate is about no single row.
     *
     * @return null
     */
    @Override
    default @Nullable Row key() {
        return null;
    }

    /**
     * Whether the statement said CASCADE.
     *
     * @return true if it did
     */
    boolean cascade();

    /**
     * Whether the statement said RESTART IDENTITY.
     *
     * @return true if it did
     */
    boolean restartIdentity();
}
