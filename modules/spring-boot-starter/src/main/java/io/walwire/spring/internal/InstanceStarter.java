package io.walwire.spring.internal;

import io.walwire.Walwire;
import java.util.function.Supplier;

/** Starts prepared instances. A bean of this type replaces the normal start, which connects to a database. The test kit has one. */
@FunctionalInterface
public interface InstanceStarter {
    /**
     * Starts an instance.
     *
     * @param prepared its configuration and the user's code
     * @return supplies the running instance: always the same one, or the one that has replaced it
     */
    Supplier<Walwire> start(PreparedInstance prepared);
}
