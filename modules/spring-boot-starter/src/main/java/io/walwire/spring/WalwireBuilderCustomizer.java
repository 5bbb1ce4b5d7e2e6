package io.walwire.spring;

import io.walwire.WalwireBuilder;

/**
 * Changes the builder of an instance before it starts: for what has no key and no bean of its own. A bean of this type is for
 * every instance, unless it has a {@link WalwireInstance}. What it sets wins over keys and other beans.
 */
@FunctionalInterface
public interface WalwireBuilderCustomizer {
    /**
     * Called each time the instance starts, after keys, handlers and other beans were given to the builder; in the order of
     * {@code @Order}.
     *
     * @param builder started after the last customizer
     */
    void customize(WalwireBuilder builder);
}
