package io.walwire.internal.sink;

import io.walwire.sink.Sink;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes the sinks of one kind from properties. A module that brings one names its class in
 * {@code META-INF/services/io.walwire.internal.sink.SinkProvider}.
 */
public interface SinkProvider {
    /** What its properties begin with, between {@code walwire.} and the next dot. */
    String name();

    /**
     * The sink that properties describe.
     *
     * @param properties not empty; by what follows {@code walwire.NAME.}
     * @param problems gets one line for each problem
     * @return the sink; null if there was a problem
     */
    @Nullable
    Sink sink(Map<String, String> properties, Consumer<String> problems);
}
