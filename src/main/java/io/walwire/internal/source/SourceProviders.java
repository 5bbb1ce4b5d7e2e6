package io.walwire.internal.source;

import io.walwire.error.ConfigurationException;
import io.walwire.internal.config.ModuleProviders;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds the sources that modules bring. */
public final class SourceProviders {
    private static final String KEY = "walwire.source";

    private SourceProviders() {}

    /**
     * Finds a source in the class loader of the core, otherwise in the calling thread's context class loader: in a container the
     * application's libraries may be visible from there alone.
     *
     * @param name the value of {@code walwire.source}
     * @param artifact of the module that brings it
     * @throws ConfigurationException if there is none
     */
    public static SourceProvider find(String name, String artifact) {
        return find(
                name,
                artifact,
                SourceProviders.class.getClassLoader(),
                Thread.currentThread().getContextClassLoader());
    }

    /** As {@link #find(String, String)}, in these class loaders, in this order. */
    static SourceProvider find(String name, String artifact, @Nullable ClassLoader... loaders) {
        ModuleProviders<SourceProvider> search = new ModuleProviders<>(
                SourceProvider.class, provider -> provider.name().equals(name));
        SourceProvider found = search.find(loaders);
        if (found == null) {
            throw new ConfigurationException(List.of(
                    KEY + " is " + name + ", and its module is not on the class path." + search.advice(artifact)));
        }
        return found;
    }
}
