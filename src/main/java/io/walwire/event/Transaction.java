package io.walwire.event;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A committed transaction, or one part of a large one: parts come in order, {@link #part()} counts them from 0 and the last
 * one says {@link #isLast()}. Immutable.
 */
public interface Transaction {
    /**
     * The transaction id: an unsigned 32-bit number that wraps around, or with {@code walwire.source=triggers} all 64 bits of it.
     *
     * @return the id
     */
    long xid();

    /**
     * The LSN of the commit record.
     *
     * @return the position; null with {@code walwire.source=triggers}, which reads no log
     */
    @Nullable
    Lsn commitLsn();

    /**
     * Where the commit record ends.
     *
     * @return the position; null in a part that is delivered before the commit was read, and with
     *     {@code walwire.source=triggers}
     */
    @Nullable
    Lsn endLsn();

    /**
     * When the transaction committed, by the server's clock.
     *
     * @return the time
     */
    Instant timestamp();

    /**
     * The name of the replication origin that the transaction came from.
     *
     * @return the name; null where it was made here
     */
    @Nullable
    String origin();

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
     * The events of subscribed tables, in the order in which they happened.
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
