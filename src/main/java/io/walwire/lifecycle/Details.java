package io.walwire.lifecycle;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an instance works with, for those who look after it: nothing secret. {@link Status} has what moves.
 *
 * @param name {@code walwire.name}
 * @param source {@code replication} or {@code triggers}
 * @param database its name, hosts and ports, such as {@code shop@localhost:5432}
 * @param slot the replication slot's or the cursor's name; null until it is known
 * @param publications what is read, unmodifiable; empty where changes come from triggers
 * @param subscriptions the tables that are delivered, as they were subscribed, patterns included; unmodifiable
 */
public record Details(
        String name,
        String source,
        String database,
        @Nullable String slot,
        List<String> publications,
        List<String> subscriptions) {
    /**
     * Details of an instance.
     *
     * @param name {@code walwire.name}
     * @param source {@code replication} or {@code triggers}
     * @param database its name, hosts and ports
     * @param slot the replication slot's or the cursor's name; null until it is known
     * @param publications what is read; copied
     * @param subscriptions the tables that are delivered; copied
     */
    public Details {
        publications = List.copyOf(publications);
        subscriptions = List.copyOf(subscriptions);
    }
}
