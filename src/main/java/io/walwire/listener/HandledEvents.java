package io.walwire.listener;

import io.walwire.event.Kind;
import org.jspecify.annotations.Nullable;

/**
 * Events that were handled: neighbours in their transaction, of one table and one kind. Valid until the listener's method returns. After that Walwire uses the same object again. Implemented by Walwire alone, and later versions may add methods.
 */
public interface HandledEvents {
    /**
     * The schema of their table.
     *
     * @return its name, unquoted; null for logical messages, which have no table
     */
    @Nullable
    String schema();

    /**
     * Their table.
     *
     * @return its name, unquoted and without the schema; null where {@link #schema()} is
     */
    @Nullable
    String table();

    /**
     * What happened.
     *
     * @return never null
     */
    Kind kind();

    /**
     * How many they are.
     *
     * @return 1 or more
     */
    long count();
}
