package io.walwire.spring.test;

import io.walwire.testkit.WalwireKitBuilder;

/**
 * Declares tables for a {@link WalwireTest}, and sets what else the kit's builder takes. Each bean of this type is called for each
 * instance, in the order of {@code @Order}.
 */
@FunctionalInterface
public interface WalwireKitCustomizer {
    /**
     * Called before the instance starts, and before its handlers are added.
     *
     * @param kit not to be started
     */
    void customize(WalwireKitBuilder kit);
}
