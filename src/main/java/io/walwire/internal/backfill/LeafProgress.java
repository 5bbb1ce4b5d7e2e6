package io.walwire.internal.backfill;

import org.jspecify.annotations.Nullable;

/** How far the reading of one table or partition has come. Changed by its {@link TableReading} alone, under its lock. */
public final class LeafProgress {
    LeafPlan plan;
    LeafRanges ranges;
    long rows;
    long bytes;

    LeafProgress(LeafPlan plan, LeafRanges ranges) {
        this.plan = plan;
        this.ranges = ranges;
    }

    void handled(PlacedChunk placed) {
        ReadRange range = placed.range();
        if (!placed.job().isOfKeys() && range != null) {
            ranges.done(range);
        }
        rows += placed.rows().size();
        bytes += placed.bytes();
    }

    StoredLeaf stored() {
        return stored(null, rows, bytes);
    }

    /** As it is once handlers have returned from rows. */
    StoredLeaf storedWith(PlacedChunk placed) {
        ReadRange range = placed.job().isOfKeys() ? null : placed.range();
        return stored(range, rows + placed.rows().size(), bytes + placed.bytes());
    }

    private StoredLeaf stored(@Nullable ReadRange without, long rowsNow, long bytesNow) {
        String left = ranges.toText(without);
        return new StoredLeaf(
                plan.oid(),
                plan.name(),
                plan.facts().fileNode(),
                left,
                left.equals(LeafRanges.NONE),
                rowsNow,
                bytesNow,
                plan.bytes());
    }
}
