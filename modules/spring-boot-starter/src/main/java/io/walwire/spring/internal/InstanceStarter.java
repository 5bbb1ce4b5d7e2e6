package io.walwire.spring.internal;

import io.walwire.Walwire;
import java.util.function.Supplier;

/** Starts what the starter has prepared. A bean of this type, such as the test kit's, does so in place of connecting to a database. */
@FunctionalInterface
public interface InstanceStarter {
    /**
     * Starts an instance.
     *
     * @param prepared what it is made of
     * @return the instance that runs; the same one each time, or the one that has taken its place
     */
    Supplier<Walwire> start(PreparedInstance prepared);
}
