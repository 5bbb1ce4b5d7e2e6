package io.walwire.internal.backfill;

import io.walwire.event.Lsn;
import io.walwire.internal.connection.server.Snapshot;
import io.walwire.internal.pgoutput.TupleData;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What came of an attempt to read a chunk. */
public sealed interface ChunkResult {
    /**
     * The rows of a range, as of one snapshot.
     *
     * @param leaf the table
     * @param range which rows
     * @param snapshot what the rows show
     * @param horizon once the stream has passed this position, everything that the snapshot shows was delivered
     * @param rows the rows, as the stream would send them, each over bytes of its own
     * @param size how much they are
     * @param lastKey of a range of the key, the key of the last row as text; null if there is no row
     */
    record Chunk(
            LeafPlan leaf,
            ReadRange range,
            Snapshot snapshot,
            Lsn horizon,
            List<TupleData> rows,
            Size size,
            @Nullable List<String> lastKey)
            implements ChunkResult {
        public Chunk {
            rows = List.copyOf(rows);
        }

        @Override
        public String toString() {
            return "Chunk[" + leaf.name() + ", " + rows.size() + " rows, " + size.text() + " bytes]";
        }
    }

    /**
     * How much the rows of a chunk are.
     *
     * @param memory the bytes that they take in memory
     * @param text their bytes in PostgreSQL's text form, as they were sent
     */
    record Size(long memory, long text) {}

    /**
     * The range has more bytes than a chunk may have, and more than one row. Nothing of it is kept.
     *
     * @param blocks how many blocks the table has now
     * @param firstPlace the first place of that block which has a row, if one block was read; else 0
     * @param lastPlace the last one; else 0
     * @param rows how many rows were read until they were too large together
     */
    record TooLarge(long blocks, int firstPlace, int lastPlace, int rows) implements ChunkResult {}

    /**
     * The table is not what the plan says.
     *
     * @param state why; never {@link PlanState#HOLDS}
     */
    record PlanBroken(PlanState state) implements ChunkResult {}

    /**
     * Another session holds a lock on the table, or waits for one. It is tried again later.
     *
     * @param message what the server said, with those who hold the lock
     */
    record Locked(String message) implements ChunkResult {}
}
