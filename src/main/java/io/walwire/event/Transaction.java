package io.walwire.event;

import java.util.List;

/**
 * A committed transaction, or one part of a large one: parts come in order, {@link #part()} counts them from 0 and the last
 * one says {@link #isLast()}. Immutable.
 */
public interface Transaction extends TransactionInfo {
    /**
     * Which part of the transaction this is.
     *
     * @return 0 for the first, or only, part
     */
    int part();

    /**
     * Whether this is the last, or only, part.
     *
     * @return true if no part of this transaction follows
     */
    boolean isLast();

    /**
     * The events of subscribed tables and the transaction's messages, in the order in which they happened.
     *
     * @return unmodifiable, maybe empty
     */
    List<Event> events();

    /**
     * The part in a form that can be stored and read again by {@code Walwire.restore}, by the same version of Walwire or a
     * later one, with every event's identity kept.
     *
     * @return the bytes
     */
    byte[] toBytes();
}
