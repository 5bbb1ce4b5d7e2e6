package io.walwire.internal.source;

import io.walwire.error.ConfigurationException;
import io.walwire.internal.config.Version;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds the sources that modules bring. */
public final class SourceProviders {
    private static final String KEY = "walwire.source";

    private final String name;
    private final String artifact;
    private final StringBuilder faults = new StringBuilder();

    private SourceProviders(String name, String artifact) {
        this.name = name;
        this.artifact = artifact;
    }

    /**
     * Finds a source in the class loader of the core, and else in the calling thread's context class loader: in a container the
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
        SourceProviders search = new SourceProviders(name, artifact);
        Set<ClassLoader> distinct =
                Arrays.stream(loaders).filter(Objects::nonNull).collect(Collectors.toCollection(LinkedHashSet::new));
        for (ClassLoader loader : distinct) {
            SourceProvider found = search.in(loader);
            if (found != null) {
                return found;
            }
        }
        throw search.notFound();
    }

    private @Nullable SourceProvider in(ClassLoader loader) {
        try {
            for (SourceProvider provider : ServiceLoader.load(SourceProvider.class, loader)) {
                if (provider.name().equals(name)) {
                    return provider;
                }
            }
        } catch (ServiceConfigurationError e) {
            faults.append(" A provider was found that cannot be used: ").append(e.getMessage());
        }
        return null;
    }

    private ConfigurationException notFound() {
        return new ConfigurationException(List.of(KEY + " is " + name + ", and its module is not on the class path."
                + " Add the dependency io.walwire:" + artifact + ":" + Version.current() + "." + faults));
    }
}
