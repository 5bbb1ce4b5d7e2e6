package io.walwire.handler;

/**
 * A user's handler: declares what it listens to. Register an instance with {@code Walwire.builder().handler(...)}, or its
 * class name with {@code walwire.handlers}; such a class needs a public constructor without parameters.
 */
@FunctionalInterface
public interface EventHandler {
    /**
     * Called once, before the first event. Declare callbacks; do no work here.
     *
     * @param on where to declare
     */
    void define(Events on);
}
