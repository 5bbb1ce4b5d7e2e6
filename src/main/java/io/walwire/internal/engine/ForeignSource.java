package io.walwire.internal.engine;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Has an instance read from a source that no setting can name, such as a test's. */
public final class ForeignSource {
    private static final ThreadLocal<ChangeSource.@Nullable Factory> CHOSEN = new ThreadLocal<>();

    private ForeignSource() {}

    /**
     * Has the instances that are made meanwhile, on this thread, read from a source.
     *
     * @param source makes the source of each
     * @param making what makes the instances
     * @param <T> what comes of it
     * @return what comes of it
     */
    public static <T> T during(ChangeSource.Factory source, Supplier<T> making) {
        CHOSEN.set(source);
        try {
            return making.get();
        } finally {
            CHOSEN.remove();
        }
    }

    static ChangeSource.Factory orElse(ChangeSource.Factory configured) {
        ChangeSource.Factory chosen = CHOSEN.get();
        return chosen == null ? configured : chosen;
    }
}
