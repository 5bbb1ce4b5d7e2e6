package io.walwire.internal.backfill.run;

import io.walwire.event.Lsn;
import org.jspecify.annotations.Nullable;

/**
 * Where the stream is held while a table without a key is read. It is held before the position is known: the snapshot is made after that,
 * so that its position lies behind all that was delivered. Thread-safe.
 */
final class StreamHold {
    private volatile @Nullable Held held;

    private record Held(Object owner, @Nullable Lsn position) {}

    /**
     * From now on no transaction is delivered.
     *
     * @param owner who holds; one of an earlier time may not have noticed that it has ended
     * @return false if another one holds
     */
    synchronized boolean hold(Object owner) {
        if (held != null) {
            return false;
        }
        held = new Held(owner, null);
        return true;
    }

    /** Transactions that were committed before this position are delivered, if the owner still holds. */
    synchronized void holdAt(Object owner, Lsn position) {
        if (isOwner(owner)) {
            held = new Held(owner, position);
        }
    }

    /** All transactions are delivered, unless another one holds. */
    synchronized void release(Object owner) {
        if (isOwner(owner)) {
            held = null;
        }
    }

    /** Another stream begins, whose positions may be lower. */
    synchronized void clear() {
        held = null;
    }

    private boolean isOwner(Object owner) {
        Held now = held;
        return now != null && now.owner() == owner;
    }

    /** Whether a transaction that was committed there has to wait. */
    boolean holds(Lsn commit) {
        Held now = held;
        Lsn at = now == null ? null : now.position();
        return now != null && (at == null || !commit.isBefore(at));
    }

    /** Where the stream is held; null if it is not, or if that is not known yet. */
    @Nullable
    Lsn position() {
        Held now = held;
        return now == null ? null : now.position();
    }
}
