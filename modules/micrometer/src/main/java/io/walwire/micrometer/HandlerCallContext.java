package io.walwire.micrometer;

import io.micrometer.observation.Observation;
import io.walwire.listener.StartedCall;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What an observation of {@link WalwireObservations} is about: one call of a handler's code. */
public final class HandlerCallContext extends Observation.Context {
    /** A batch has events of many transactions. */
    private static final int MAX_WRITERS = 16;

    private final String handler;
    private final String kind;
    private final @Nullable String table;
    private final int events;
    private final int attempt;
    private final List<String> writers;

    HandlerCallContext(StartedCall call) {
        this.handler = call.handler();
        this.kind = call.kind();
        this.table = call.table();
        this.events = call.events();
        this.attempt = call.attempt();
        this.writers = call.contexts(MAX_WRITERS).stream()
                .map(Traceparent::in)
                .flatMap(Stream::ofNullable)
                .map(Traceparent::toString)
                .distinct()
                .toList();
    }

    /**
     * The handler's name.
     *
     * @return never null
     */
    public String handler() {
        return handler;
    }

    /**
     * What the handler is called for.
     *
     * @return as {@code HandlerCall.kind()}
     */
    public String kind() {
        return kind;
    }

    /**
     * The table of the call's first event.
     *
     * @return as {@code schema.table}; null as in {@code HandlerCall.table()}
     */
    public @Nullable String table() {
        return table;
    }

    /**
     * How many events the call is given.
     *
     * @return 0 or more
     */
    public int events() {
        return events;
    }

    /**
     * Which attempt this is.
     *
     * @return 1 for the first
     */
    public int attempt() {
        return attempt;
    }

    /**
     * The spans that wrote the events, as their transactions say. Any role can write such a thing, so that it is a hint and no
     * proof.
     *
     * @return in the form of W3C's header {@code traceparent}, each once, in the order of the events; at most 16, unmodifiable
     */
    public List<String> writers() {
        return writers;
    }
}
