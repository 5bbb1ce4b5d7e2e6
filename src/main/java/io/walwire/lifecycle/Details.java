package io.walwire.lifecycle;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an instance works with, for operators. It holds nothing secret. {@link Status} has what changes.
 *
 * <p>Immutable. Implemented by Walwire alone, and later versions may add methods.
 */
public interface Details {
    /**
     * The key {@code walwire.name}.
     *
     * @return never null
     */
    String name();

    /**
     * Where changes come from.
     *
     * @return {@code replication} or {@code triggers}
     */
    String source();

    /**
     * The database's name, hosts and ports.
     *
     * @return such as {@code shop@localhost:5432}
     */
    String database();

    /**
     * The replication slot, or the cursor.
     *
     * @return its name; null until it is known
     */
    @Nullable
    String slot();

    /**
     * The publications that are read.
     *
     * @return unmodifiable; empty where changes come from triggers
     */
    List<String> publications();

    /**
     * The tables that are delivered, as they were subscribed, patterns included.
     *
     * @return unmodifiable
     */
    List<String> subscriptions();
}
