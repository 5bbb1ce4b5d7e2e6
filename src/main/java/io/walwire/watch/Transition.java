package io.walwire.watch;

import org.jspecify.annotations.Nullable;

/** A watch whose last condition is that an update changed a column; from which value and to which can be said. */
public interface Transition extends Watch {
    /**
     * The column had this value before.
     *
     * @param value as in {@link Watch#where(String, Object)}; null for SQL NULL
     * @return a watch with this condition too
     */
    Transition from(@Nullable Object value);

    /**
     * The column has this value now.
     *
     * @param value as in {@link Watch#where(String, Object)}; null for SQL NULL
     * @return a watch with this condition too
     */
    Transition to(@Nullable Object value);
}
