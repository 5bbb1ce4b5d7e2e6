package io.walwire.event;

/**
 * Names one change for good: it is the same each time the change is delivered, so it serves as an idempotency key. Ordered
 * as events are delivered.
 *
 * @param commitLsn the LSN of the transaction's commit record. With {@code walwire.source=triggers}, which reads no log, the
 *     transaction's 64-bit id (xid8) in its place: {@link Lsn#value()} is that number
 * @param index the change's place in its transaction, from 0, before any filter of Walwire. A schema change, which has no
 *     place of its own, has that of the change that it precedes as a negative number less one: -1 precedes 0, -2 precedes 1
 */
public record EventId(Lsn commitLsn, long index) implements Comparable<EventId> {
    @Override
    public int compareTo(EventId other) {
        int byCommit = commitLsn.compareTo(other.commitLsn);
        int byPlace = byCommit != 0 ? byCommit : Long.compare(place(), other.place());
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
        return commitLsn + "#" + index;
    }
}
