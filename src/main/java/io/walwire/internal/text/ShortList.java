package io.walwire.internal.text;

import java.util.Collection;
import java.util.stream.Collectors;

/** A list for a message, which names some and counts the rest. */
public final class ShortList {
    private static final int MAX_NAMED = 10;

    private ShortList() {}

    /**
     * The first elements, separated by commas.
     *
     * @param all in their order
     * @return such as {@code a, b and 3 more}
     */
    public static String of(Collection<?> all) {
        return of(all, MAX_NAMED);
    }

    /**
     * As {@link #of(Collection)}.
     *
     * @param all in their order
     * @param most how many are named
     * @return such as {@code a, b and 3 more}
     */
    public static String of(Collection<?> all, int most) {
        String some = all.stream().limit(most).map(String::valueOf).collect(Collectors.joining(", "));
        return all.size() > most ? some + " and " + (all.size() - most) + " more" : some;
    }
}
