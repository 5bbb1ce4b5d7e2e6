package io.walwire.internal.mapping;

import io.walwire.event.Row;
import io.walwire.internal.codec.PgType;
import org.jspecify.annotations.Nullable;

/** A row that gives its values by their place, too. All rows with the same list of columns have them at the same places. */
public interface PlacedRow extends Row {
    /** The type of the column at a place. */
    PgType type(int place);

    /** As {@link #get(String)}. */
    @Nullable
    Object get(int place);

    /** As {@link #get(String, Class)}. */
    <T> @Nullable T get(int place, Class<T> type);
}
