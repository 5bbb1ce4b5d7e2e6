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
    void define(Handlers on);

    /**
     * Names the handler in messages and in dead letters, which find it again by this name. Override it where there are several
     * handlers of one class. The class of a lambda has another name at every start: name a lambda where it is added,
     * {@code handler("mails", on -> ...)}.
     *
     * @return the class's name if not overridden; the same at every start, never blank
     */
    default String handlerName() {
        return getClass().getName();
    }
}
