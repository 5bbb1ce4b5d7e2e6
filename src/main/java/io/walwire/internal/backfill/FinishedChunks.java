package io.walwire.internal.backfill;

import io.walwire.event.Lsn;
import io.walwire.internal.backfill.ChunkResult.Chunk;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Chunks that wait for the stream to pass their horizons, in the order in which they were read. Not thread-safe. */
final class FinishedChunks {
    private final List<Finished> waiting = new ArrayList<>();

    /** A chunk that was read. */
    record Finished(ReadJob job, ReadRange range, Chunk chunk, IntFunction<TableKey> rowKeys) {}

    void add(Finished finished) {
        waiting.add(finished);
    }

    /** Takes those whose horizon is passed. */
    List<Finished> takePassed(Lsn passed) {
        return take(horizon -> !passed.isBefore(horizon));
    }

    /** Takes those whose horizon is not passed. */
    List<Finished> takeBehind(Lsn passed) {
        return take(passed::isBefore);
    }

    List<Finished> takeAll() {
        return take(horizon -> true);
    }

    private List<Finished> take(Predicate<Lsn> which) {
        List<Finished> taken = new ArrayList<>();
        for (Iterator<Finished> each = waiting.iterator(); each.hasNext(); ) {
            Finished next = each.next();
            if (which.test(next.chunk().horizon())) {
                each.remove();
                taken.add(next);
            }
        }
        return taken;
    }

    /** The lowest horizon that the stream has not passed; null if no chunk waits. */
    @Nullable
    Lsn horizon() {
        return waiting.stream()
                .map(finished -> finished.chunk().horizon())
                .min(Comparator.naturalOrder())
                .orElse(null);
    }
}
