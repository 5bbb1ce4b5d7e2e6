package io.walwire.event;

/**
 * A place in the order in which a source's changes are delivered: an {@link Lsn} where they are read from the log, a
 * {@link TransactionId} with {@code walwire.source=triggers}. An instance has positions of only one kind, and only positions of one
 * kind can be compared. Immutable. Later versions may have more kinds: a {@code switch} over them needs a {@code default}.
 */
public sealed interface Position extends Comparable<Position> permits Lsn, TransactionId {
    /**
     * The position as a number: a byte offset in the log, or a transaction id.
     *
     * @return an unsigned 64-bit number; 0 for {@link #isNone() none}
     */
    long value();

    /**
     * Whether this stands for no position.
     *
     * @return true for zero, which no change has
     */
    default boolean isNone() {
        return value() == 0;
    }

    /**
     * Whether this position lies before another one.
     *
     * @param other a position of the same kind
     * @return true if this one is smaller, unsigned
     * @throws ClassCastException if the other one is of another kind
     */
    default boolean isBefore(Position other) {
        return compareTo(other) < 0;
    }

    /**
     * Compares two positions as unsigned numbers.
     *
     * @param other a position of the same kind
     * @return as {@link Comparable#compareTo}
     * @throws ClassCastException if the other one is of another kind
     */
    @Override
    default int compareTo(Position other) {
        if (getClass() != other.getClass()) {
            throw new ClassCastException(
                    "The positions " + this + " (" + getClass().getSimpleName() + ") and " + other + " ("
                            + other.getClass().getSimpleName() + ") are of two kinds and cannot be compared");
        }
        return Long.compareUnsigned(value(), other.value());
    }

    /**
     * The position as JSON, dead letters, checkpoints and sinks have it. Both kinds have the same form.
     *
     * @return the upper and the lower 32 bits as hexadecimal numbers with a slash between, such as {@code 16/B374D848}
     */
    @Override
    String toString();
}
