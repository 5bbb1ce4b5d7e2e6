package io.walwire.event;

import org.jspecify.annotations.Nullable;

/**
 * Names one change for good: it is the same each time the change is delivered, so it serves as an idempotency key. Ordered
 * as events are delivered; ids of reads come first, in no order of meaning.
 *
 * @param position the transaction's, see {@link TransactionInfo#position()}
 * @param index the change's place in its transaction, from 0, before any filter of Walwire. A schema change, which has no
 *     place of its own, has that of the change that it precedes as a negative number less one: -1 precedes 0, -2 precedes 1
 * @param read of a {@link ReadEvent} a text that names the run, its reading, the table and the key, without showing the key. The other
 *     two are then zero. Null for a change
 */
public record EventId(
        Position position, long index, @Nullable String read) implements Comparable<EventId> {
    /**
     * The id of a change.
     *
     * @param position the transaction's position
     * @param index the change's place in its transaction
     */
    public EventId(Position position, long index) {
        this(position, index, null);
    }

    /**
     * The id of a read.
     *
     * @param read the run, its reading, the table and the key
     * @return an id that compares with others
     */
    public static EventId ofRead(String read) {
        return new EventId(Lsn.ZERO, 0, read);
    }

    @Override
    public int compareTo(EventId other) {
        if (read != null || other.read != null) {
            return read != null && other.read != null ? read.compareTo(other.read) : read != null ? -1 : 1;
        }
        int byPosition = position.compareTo(other.position);
        int byPlace = byPosition != 0 ? byPosition : Long.compare(place(), other.place());
        return byPlace != 0 ? byPlace : Long.compare(index, other.index);
    }

    /**
     * The change's place in its transaction, also of a schema change, which shares it with the change that it precedes.
     *
     * @return from 0
     */
    public long place() {
        return index < 0 ? -1 - index : index;
    }

    @Override
    public String toString() {
        return read == null ? position + "#" + index : read;
    }
}
