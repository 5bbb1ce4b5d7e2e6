package io.walwire.internal.backfill;

import io.walwire.internal.connection.server.Snapshot;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A chunk that is being read, or waits for its place in the stream. Made and changed by {@link DeliveredKeys} alone. */
public final class OpenRead {
    /** The snapshot of the read; null until it is known. */
    private @Nullable Snapshot snapshot;

    private final List<String> columns;
    private boolean givenUp;

    OpenRead(List<String> columns) {
        this.columns = List.copyOf(columns);
    }

    /** The names of the columns that its rows have, in their order. */
    List<String> columns() {
        return columns;
    }

    void shows(Snapshot taken) {
        snapshot = taken;
    }

    /** It is read again, whatever it shows: too much would have to be known of what was delivered since. */
    void giveUp() {
        givenUp = true;
    }

    boolean isGivenUp() {
        return givenUp;
    }

    /** Whether its rows may lack what a delivered transaction did. */
    boolean mayMiss(DeliveredTransaction transaction) {
        Snapshot known = snapshot;
        return known == null || !transaction.isSeenBy(known);
    }
}
