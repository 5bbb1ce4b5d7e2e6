package io.walwire.internal.config;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds what a module brings, by {@code ServiceLoader}.
 *
 * @param <P> the service
 */
public final class ModuleProviders<P> {
    private final Class<P> service;
    private final Predicate<P> wanted;
    private final StringBuilder faults = new StringBuilder();

    /**
     * A search.
     *
     * @param service the type that the module's class implements
     * @param wanted which of several
     */
    public ModuleProviders(Class<P> service, Predicate<P> wanted) {
        this.service = service;
        this.wanted = wanted;
    }

    /**
     * Searches class loaders, in this order.
     *
     * @param loaders null is left out
     * @return the first that is wanted; null if there is none
     */
    public @Nullable P find(@Nullable ClassLoader... loaders) {
        Set<ClassLoader> distinct =
                Arrays.stream(loaders).filter(Objects::nonNull).collect(Collectors.toCollection(LinkedHashSet::new));
        for (ClassLoader loader : distinct) {
            P found = in(loader);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private @Nullable P in(ClassLoader loader) {
        try {
            for (P provider : ServiceLoader.load(service, loader)) {
                if (wanted.test(provider)) {
                    return provider;
                }
            }
        } catch (ServiceConfigurationError e) {
            faults.append(" A provider was found that cannot be used: ").append(e.getMessage());
        }
        return null;
    }

    /** What to do about a module that was not found: sentences with a leading blank. */
    public String advice(String artifact) {
        return " Add the dependency io.walwire:" + artifact + ":" + Version.current() + "." + faults;
    }
}
