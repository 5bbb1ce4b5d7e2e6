package io.walwire.internal.backfill;

import io.walwire.internal.pgoutput.TupleData;
import java.util.List;

/**
 * What is delivered of a chunk.
 *
 * @param readAgain whether nothing of it is delivered, and it is read again
 * @param kept the rows that are delivered, in the chunk's order; the others have changed since, and their events were delivered
 */
public record ChunkDecision(boolean readAgain, List<TupleData> kept) {
    public ChunkDecision {
        kept = List.copyOf(kept);
    }

    static ChunkDecision again() {
        return new ChunkDecision(true, List.of());
    }
}
