package io.walwire.micrometer;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.walwire.listener.HandlerCall;
import io.walwire.listener.StartedCall;
import io.walwire.listener.TracingListener;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An observation {@code walwire.call} for each call of a handler's code, each attempt on its own. Give it to
 * {@code WalwireBuilder.listener}. The observation is current on the handler's thread during the call, so that what the handler
 * does belongs to it. Needs {@code io.micrometer:micrometer-observation}, which comes with {@code micrometer-core}.
 *
 * <p>Key values of low cardinality are {@code handler}, {@code kind} and {@code outcome}; of high cardinality {@code table},
 * {@code events}, {@code attempt}, and {@code writer}, the {@code traceparent} of the first transaction that has one. What a handler
 * throws is the observation's error, with the message that the handler gave it. {@link WalwireSpans} makes spans of the
 * observations that link to all writers. Safe for several threads, and for several instances.
 */
public final class WalwireObservations implements TracingListener {
    private static final String NAME = "walwire.call";

    private final ObservationRegistry registry;

    /**
     * Observations in a registry.
     *
     * @param registry where; a no-op registry costs nothing
     */
    public WalwireObservations(ObservationRegistry registry) {
        this.registry = Objects.requireNonNull(registry, "registry");
    }

    @Override
    public @Nullable Tracing onCallStart(StartedCall call) {
        if (registry.isNoop()) {
            return null;
        }
        HandlerCallContext context = new HandlerCallContext(call);
        Observation observation = Observation.createNotStarted(NAME, () -> context, registry)
                .contextualName(context.handler() + " " + context.kind())
                .lowCardinalityKeyValue("handler", context.handler())
                .lowCardinalityKeyValue("kind", context.kind())
                .highCardinalityKeyValue("events", Integer.toString(context.events()))
                .highCardinalityKeyValue("attempt", Integer.toString(context.attempt()));
        String table = context.table();
        if (table != null) {
            observation.highCardinalityKeyValue("table", table);
        }
        if (!context.writers().isEmpty()) {
            observation.highCardinalityKeyValue("writer", context.writers().get(0));
        }
        observation.start();
        return new Observed(observation);
    }

    /** An observation that is current until the callback has returned. */
    private static final class Observed implements Tracing {
        private final Observation observation;
        private Observation.@Nullable Scope scope;

        Observed(Observation observation) {
            this.observation = observation;
            try {
                this.scope = observation.openScope();
            } catch (Throwable e) {
                observation.stop();
                throw e;
            }
        }

        @Override
        public void returned() {
            Observation.Scope open = scope;
            scope = null; // first: one that cannot be closed is not closed again on another thread
            if (open != null) {
                open.close();
            }
        }

        @Override
        public void end(HandlerCall call) {
            try {
                Throwable failure = call.failure();
                if (failure != null) {
                    observation.error(failure);
                }
                observation.lowCardinalityKeyValue(
                        "outcome", call.outcome().name().toLowerCase(Locale.ROOT));
            } finally {
                close();
            }
        }

        private void close() {
            try {
                returned();
            } finally {
                observation.stop();
            }
        }
    }
}
