package io.walwire.listener;

/**
 * Calls of a handler's code that have succeeded, one after another on one thread, and that were timed together. Each had one event.
 * Valid until the listener's method returns. After that Walwire uses the same object again. Implemented by Walwire alone, and later
 * versions may add methods.
 */
public interface HandlerCalls {
    /**
     * The handler's name, as in logs and dead letters.
     *
     * @return never null
     */
    String handler();

    /**
     * What the handler was called for, as in {@link HandlerCall#kind()}.
     *
     * @return never null
     */
    String kind();

    /**
     * How many calls these are.
     *
     * @return 1 to 64
     */
    int count();

    /**
     * How long all of them took together, with the short time between them. No call took longer than that.
     *
     * @return nanoseconds, 0 or more
     */
    long nanos();
}
