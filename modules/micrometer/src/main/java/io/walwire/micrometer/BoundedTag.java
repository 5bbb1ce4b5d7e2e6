package io.walwire.micrometer;

import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What is kept for each value of a tag: for the first hundred, and one for all others. Safe for several threads. */
final class BoundedTag<V> {
    /** How many values get a tag of their own. */
    static final int MAX = 100;

    /** The value that stands for all others. */
    static final String OTHER = "other";

    private final ConcurrentHashMap<String, V> known = new ConcurrentHashMap<>();
    private final Function<String, V> make;
    private volatile @Nullable V other;

    /**
     * Nothing yet.
     *
     * @param make what is to be kept for a value, or for {@link #OTHER}
     */
    BoundedTag(Function<String, V> make) {
        this.make = make;
    }

    V of(String value) {
        V kept = kept(value);
        return kept != null ? kept : add(value);
    }

    private @Nullable V kept(String value) {
        V kept = known.get(value);
        return kept != null ? kept : other;
    }

    private synchronized V add(String value) {
        V kept = kept(value);
        if (kept != null) {
            return kept;
        }
        if (known.size() < MAX) {
            V made = make.apply(value);
            known.put(value, made);
            return made;
        }
        V made = make.apply(OTHER);
        other = made;
        return made;
    }
}
