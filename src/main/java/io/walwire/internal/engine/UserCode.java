package io.walwire.internal.engine;

import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.handler.Interceptor;
import io.walwire.internal.checkpoint.Checkpoint;
import io.walwire.internal.dispatch.CallBoundary;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an instance calls.
 *
 * @param handlers in the order in which they are called
 * @param policy of the handlers that have none of their own
 * @param interceptor what stands before the handlers
 * @param checkpoint where the position is kept beside the slot, or null
 */
public record UserCode(
        List<Registration> handlers,
        FailurePolicy policy,
        Interceptor interceptor,
        @Nullable Checkpoint checkpoint) {
    /** What stands around each call of a handler. */
    CallBoundary boundary() {
        return checkpoint == null ? CallBoundary.NONE : checkpoint;
    }

    /**
     * A handler.
     *
     * @param handler asked what it listens to
     * @param policy its own failure policy; null for the instance's
     */
    public record Registration(
            EventHandler handler, @Nullable FailurePolicy policy) {}
}
