package io.walwire.internal.engine;

import io.walwire.error.ConfigurationException;
import io.walwire.error.WalwireException;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.handler.Interceptor;
import io.walwire.internal.checkpoint.Checkpoint;
import io.walwire.internal.dispatch.CallBoundary;
import io.walwire.internal.dispatch.Declarations;
import io.walwire.internal.listener.Listeners;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What an instance calls.
 *
 * @param handlers in the order in which they are called
 * @param policy of the handlers that have none of their own
 * @param interceptor what stands before the handlers
 * @param checkpoint where the position is kept beside the slot, or null
 * @param onFailure called when a running instance has failed
 * @param listeners observe the instance
 */
public record UserCode(
        List<Registration> handlers,
        FailurePolicy policy,
        Interceptor interceptor,
        @Nullable Checkpoint checkpoint,
        Consumer<WalwireException> onFailure,
        Listeners listeners) {
    /** Of who has none: passes everything on. */
    public static final Interceptor NO_INTERCEPTOR = (transaction, next) -> next.proceed(transaction);

    /** What stands around each call of a handler. */
    CallBoundary boundary() {
        return checkpoint == null ? CallBoundary.NONE : checkpoint;
    }

    /**
     * Asks a handler what it listens to.
     *
     * @param own its failure policy, null for the instance's
     * @throws ConfigurationException if it wants what does not go together with the rest
     */
    Declarations declared(EventHandler handler, @Nullable FailurePolicy own) {
        Declarations declared = Declarations.of(handler, Objects.requireNonNullElse(own, policy));
        if (checkpoint != null && declared.hasBatches()) {
            throw new ConfigurationException(List.of("handler " + declared.name()
                    + " declares a batch, whose call belongs to no single transaction that a JdbcCheckpoint could commit"
                    + " it with; declare onChanges(...) in its place"));
        }
        return declared;
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
