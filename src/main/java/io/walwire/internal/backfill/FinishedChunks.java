package io.walwire.internal.backfill;

import io.walwire.event.Lsn;
import io.walwire.internal.backfill.ChunkResult.Chunk;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.function.IntFunction;
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
        List<Finished> taken = new ArrayList<>();
        for (Iterator<Finished> each = waiting.iterator(); each.hasNext(); ) {
            Finished ready = each.next();
            if (ready.chunk().horizon().compareTo(passed) <= 0) {
                each.remove();
                taken.add(ready);
            }
        }
        return taken;
    }

    List<Finished> takeAll() {
        List<Finished> all = List.copyOf(waiting);
        waiting.clear();
        return all;
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
