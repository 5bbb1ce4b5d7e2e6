package io.walwire.internal.backfill;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

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
        return storedWith(List.of());
    }

    /** As it is once handlers have returned from rows, of this leaf and of others. */
    StoredLeaf storedWith(List<PlacedChunk> placed) {
        Set<ReadRange> done = new HashSet<>();
        long rowsNow = rows;
        long bytesNow = bytes;
        for (PlacedChunk each : placed) {
            if (each.job().progress() == this) {
                ReadRange range = each.job().isOfKeys() ? null : each.range();
                if (range != null) {
                    done.add(range);
                }
                rowsNow += each.rows().size();
                bytesNow += each.bytes();
            }
        }
        String left = ranges.toText(done);
        return new StoredLeaf(
                plan.oid(),
                plan.name(),
                plan.facts().readAs(),
                left,
                left.equals(LeafRanges.NONE),
                rowsNow,
                bytesNow,
                plan.bytes());
    }
}
