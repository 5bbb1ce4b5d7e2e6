package io.walwire.internal.backfill;

import io.walwire.internal.connection.server.Snapshot;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A chunk that is being read, or waits for its place in the stream. Made and changed by {@link DeliveredKeys} alone. */
public final class OpenRead {
    /** The snapshot of the read; null until it is known. */
    private @Nullable Snapshot snapshot;

    private final List<String> columns;

    /** Transactions that were delivered before it was begun. */
    private final int[] before;

    OpenRead(List<String> columns, int... before) {
        this.columns = List.copyOf(columns);
        this.before = before;
        Arrays.sort(before);
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
        Snapshot known = snapshot;
        return known == null || !(known.sees(xid) || (known.isOfStandby() && Arrays.binarySearch(before, xid) >= 0));
    }
}
