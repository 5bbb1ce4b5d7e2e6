package io.walwire.internal.engine;

import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.handler.Interceptor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an instance calls.
 *
 * @param handlers in the order in which they are called
 * @param policy of the handlers that have none of their own
 * @param interceptor what stands before the handlers
 */
public record UserCode(List<Registration> handlers, FailurePolicy policy, Interceptor interceptor) {
    /**
     * A handler.
     *
     * @param handler asked what it listens to
     * @param policy its own failure policy; null for the instance's
     */
    public record Registration(
            EventHandler handler, @Nullable FailurePolicy policy) {}
}
