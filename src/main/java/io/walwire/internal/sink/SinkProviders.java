package io.walwire.internal.sink;

import io.walwire.internal.config.ModuleProviders;
import io.walwire.sink.Sink;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Finds the sinks that modules bring. */
public final class SinkProviders {
    private SinkProviders() {}

    /**
     * The sink that properties describe. Its module is looked for as that of a source.
     *
     * @param name of the kind; the module is {@code walwire-NAME}
     * @param properties not empty; by what follows {@code walwire.NAME.}
     * @param problems gets one line for each problem
     * @return the sink; null if there was a problem
     */
    public static @Nullable Sink sink(String name, Map<String, String> properties, Consumer<String> problems) {
        ModuleProviders<SinkProvider> search = new ModuleProviders<>(
                SinkProvider.class, provider -> provider.name().equals(name));
        SinkProvider found = search.find(
                SinkProviders.class.getClassLoader(), Thread.currentThread().getContextClassLoader());
        if (found == null) {
            problems.accept(
                    "walwire." + name + "." + properties.keySet().iterator().next()
                            + " is set, and its module is not on the class path." + search.advice("walwire-" + name));
            return null;
        }
        return found.sink(properties, problems);
    }
}
