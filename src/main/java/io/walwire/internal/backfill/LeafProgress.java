package io.walwire.internal.backfill;

/** How far the reading of one table or partition has come. Changed by {@link TableBackfill} alone, under its lock. */
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
        if (!placed.job().isOfKeys()) {
            ranges.done(placed.range());
        }
        rows += placed.rows().size();
        bytes += placed.bytes();
    }

    StoredLeaf stored() {
        return new StoredLeaf(
                plan.oid(),
                plan.name(),
                plan.facts().fileNode(),
                ranges.toText(),
                ranges.isDone(),
                rows,
                bytes,
                plan.bytes());
    }
}
