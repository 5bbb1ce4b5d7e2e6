package io.walwire.event;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What is known of a committed transaction. Immutable; holds none of its events. */
public interface TransactionInfo {
    /**
     * The transaction id: an unsigned 32-bit number that wraps around, or with {@code walwire.source=triggers} all 64 bits of it.
     *
     * @return the id
     */
    long xid();

    /**
     * The place of the transaction among all transactions of its source.
     *
     * @return the LSN of the commit record; with {@code walwire.source=triggers} the transaction id
     */
    Position position();

    /**
     * The LSN of the commit record.
     *
     * @return the position; null with {@code walwire.source=triggers}, which reads no log
     */
    @Nullable
    Lsn commitLsn();

    /**
     * Where the commit record ends, which is what gets confirmed.
     *
     * @return the position; null in a part of a large transaction that is delivered before the commit was read, and with
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
     * Who did it: the JSON of the transaction's message with the prefix {@code walwire.context}, which an application emits
     * before the changes that it describes. Of a large transaction that is delivered in parts, known from the part on in
     * which it was emitted.
     *
     * <p>Any role can emit one, so it is a hint and no proof. Content that is not JSON, is longer than 64 KiB, or holds a number
     * of more digits than PostgreSQL's {@code numeric} is no context. Emit it before any savepoint: with
     * {@code walwire.streaming} a message of a savepoint that was rolled back may be sent, and then counts.
     *
     * @return the JSON as the application emitted it; null if there is none
     */
    @Nullable
    String context();
}
