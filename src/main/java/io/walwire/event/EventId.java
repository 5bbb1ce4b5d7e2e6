package io.walwire.event;

/**
 * Names one change for good: it is the same each time the change is delivered, so it serves as an idempotency key.
 *
 * @param commitLsn the LSN of the transaction's commit record
 * @param index the change's place in its transaction, from 0, before any filter of Walwire
 */
public record EventId(Lsn commitLsn, long index) implements Comparable<EventId> {
    @Override
    public int compareTo(EventId other) {
        int byCommit = commitLsn.compareTo(other.commitLsn);
        return byCommit != 0 ? byCommit : Long.compare(index, other.index);
    }

    @Override
    public String toString() {
        return commitLsn + "#" + index;
    }
}
