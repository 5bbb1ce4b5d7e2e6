package io.walwire.internal.config;

import org.jspecify.annotations.Nullable;

/** Where {@code ${NAME}} in a value comes from; in production {@code System::getenv}. */
@FunctionalInterface
public interface Environment {
    /** The variable's value, or null where it is not set. */
    @Nullable
    String get(String name);
}
