package io.walwire.micrometer;

import io.micrometer.tracing.TraceContext;
import io.micrometer.tracing.Tracer;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The current span of Micrometer Tracing, for {@link WalwireContext#of}. Needs {@code io.micrometer:micrometer-tracing}. Safe for
 * several threads.
 */
public final class CurrentTraceparent implements Supplier<@Nullable String> {
    private static final int TRACE_DIGITS = 32;

    private final Tracer tracer;

    /**
     * Of a tracer.
     *
     * @param tracer asked each time
     */
    public CurrentTraceparent(Tracer tracer) {
        this.tracer = Objects.requireNonNull(tracer, "tracer");
    }

    /**
     * The span of this thread.
     *
     * @return as in the header {@code traceparent}; null if there is none
     */
    @Override
    public @Nullable String get() {
        TraceContext current = tracer.currentTraceContext().context();
        if (current == null || current.traceId().isEmpty()) {
            return null;
        }
        // Brave may make trace ids of 64 bits
        String traceId = "0".repeat(Math.max(0, TRACE_DIGITS - current.traceId().length())) + current.traceId();
        return new Traceparent(traceId, current.spanId(), Boolean.TRUE.equals(current.sampled())).toString();
    }
}
