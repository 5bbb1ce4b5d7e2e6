package io.walwire.internal.backfill;

import io.walwire.internal.connection.server.Snapshot;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A chunk that is being read, or waits for its place in the stream. Made and changed by {@link DeliveredKeys} alone. */
public final class OpenRead {
    /** The snapshot of the read. Until it is known, an earlier snapshot, which sees less; null if there is none. */
    private @Nullable Snapshot snapshot;

    private final List<String> columns;

    OpenRead(@Nullable Snapshot earlier, List<String> columns) {
        snapshot = earlier;
        this.columns = List.copyOf(columns);
    }

    /** The names of the columns that its rows have, in their order. */
    List<String> columns() {
        return columns;
    }

    void shows(Snapshot taken) {
        snapshot = taken;
    }

    /** Whether its rows may lack what a delivered transaction did. */
    boolean mayMiss(int xid) {
        return snapshot == null || !snapshot.sees(xid);
    }
}
