package io.walwire.micrometer;

import io.micrometer.observation.Observation;
import io.micrometer.tracing.Link;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.handler.TracingObservationHandler;
import java.util.Objects;

/**
 * Makes spans of {@link WalwireObservations} that link to the spans of the writers. A link and no parent: a call may be about several
 * transactions, and comes long after the writer's span has ended where handlers are behind. Register it before the tracing handler
 * for all other observations. Needs {@code io.micrometer:micrometer-tracing}. Safe for several threads.
 */
public final class WalwireSpans implements TracingObservationHandler<HandlerCallContext> {
    private final Tracer tracer;

    /**
     * Spans of a tracer.
     *
     * @param tracer makes them
     */
    public WalwireSpans(Tracer tracer) {
        this.tracer = Objects.requireNonNull(tracer, "tracer");
    }

    @Override
    public boolean supportsContext(Observation.Context context) {
        return context instanceof HandlerCallContext;
    }

    @Override
    public void onStart(HandlerCallContext context) {
        Span.Builder span = tracer.spanBuilder().name(getSpanName(context)).kind(Span.Kind.CONSUMER);
        Span parent = getParentSpan(context);
        if (parent == null) {
            span.setNoParent();
        } else {
            span.setParent(parent.context());
        }
        for (String writer : context.writers()) {
            Traceparent of = Traceparent.parse(writer);
            if (of != null) {
                span.addLink(new Link(tracer.traceContextBuilder()
                        .traceId(of.traceId())
                        .spanId(of.spanId())
                        .sampled(of.sampled())
                        .build()));
            }
        }
        getTracingContext(context).setSpan(span.start());
    }

    @Override
    public void onStop(HandlerCallContext context) {
        Span span = getRequiredSpan(context);
        span.name(getSpanName(context));
        tagSpan(context, span);
        endSpan(context, span);
    }

    @Override
    public Tracer getTracer() {
        return tracer;
    }
}
