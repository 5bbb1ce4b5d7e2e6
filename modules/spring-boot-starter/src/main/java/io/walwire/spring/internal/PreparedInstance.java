package io.walwire.spring.internal;

import io.walwire.WalwireBuilder;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Interceptor;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What an instance is made of.
 *
 * @param name of the instance in the application
 * @param keys its properties, without those of the application's {@code DataSource}
 * @param handlers by name, in the order in which they are called
 * @param interceptor null if there is none
 * @param others gives all other beans to a builder, customizers last
 */
public record PreparedInstance(
        String name,
        Map<String, String> keys,
        Map<String, EventHandler> handlers,
        @Nullable Interceptor interceptor,
        Consumer<WalwireBuilder> others) {}
