package io.walwire.internal.log;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where Walwire's classes get their loggers. */
public final class Logs {
    private Logs() {}

    /**
     * The logger with a class's name. Each of its messages is one printable line, whatever names it shows.
     *
     * @param owner who logs
     * @return the application's logger of that name, behind the rule
     */
    public static Logger of(Class<?> owner) {
        return new PrintableLogger(LoggerFactory.getLogger(owner));
    }

    /**
     * As {@link #of(Class)}, with a name that users know.
     *
     * @param name the logger's
     * @return the application's logger of that name, behind the rule
     */
    public static Logger of(String name) {
        return new PrintableLogger(LoggerFactory.getLogger(name));
    }
}
