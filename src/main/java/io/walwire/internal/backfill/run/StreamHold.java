package io.walwire.internal.backfill.run;

import io.walwire.event.Lsn;
import org.jspecify.annotations.Nullable;

/**
 * Where the stream is held while a table without a key is read. It is held before the position is known: the snapshot is made after that,
 * so that its position lies behind all that was delivered. Thread-safe.
 */
final class StreamHold {
    private volatile @Nullable Held held;

    private record Held(@Nullable Lsn position) {}

    /** From now on no transaction is delivered. */
    void hold() {
        held = new Held(null);
    }

    /** Transactions that were committed before this position are delivered. */
    void holdAt(Lsn position) {
        held = new Held(position);
    }

    /** All transactions are delivered. */
    void release() {
        held = null;
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
