package io.walwire.internal.source;

import java.util.Objects;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Gives a builder the source that its instance reads, in place of the configured one. It is for the test kit and for tests: no
 * setting names their sources, and the public API has no method for them. So the builder's class opens this access to itself.
 */
public final class GivenSource {
    private static volatile @Nullable BiConsumer<Object, ChangeSource.Factory> access;

    private GivenSource() {}

    /**
     * Opens the access. Called when the builder's class is initialized.
     *
     * @param setter gets the builder, and the source that it was given
     */
    public static void open(BiConsumer<Object, ChangeSource.Factory> setter) {
        access = setter;
    }

    /**
     * Gives a builder a source.
     *
     * @param builder a {@code WalwireBuilder}
     * @param source makes the source of each instance that the builder starts
     */
    public static void set(Object builder, ChangeSource.Factory source) {
        Objects.requireNonNull(access, "the builder's class is initialized").accept(builder, source);
    }
}
