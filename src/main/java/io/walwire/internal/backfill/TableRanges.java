package io.walwire.internal.backfill;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How far the reading of a table has come, leaf by leaf. Not thread-safe. */
final class TableRanges {
    private final BackfillSettings settings;
    private final Map<Long, LeafProgress> leaves = new LinkedHashMap<>();
    private TablePlan plan;
    private boolean byKey;

    /** Nothing is read yet. */
    TableRanges(TablePlan plan, BackfillSettings settings) {
        this.plan = plan;
        this.settings = settings;
        this.byKey = plan.isComparedByKey() && (settings.byKey() || !plan.hasBlockRanges());
        plan.leaves().forEach(leaf -> leaves.put(leaf.oid(), begun(leaf)));
    }

    private LeafProgress begun(LeafPlan leaf) {
        return new LeafProgress(leaf, LeafRanges.all(leaf, settings.chunkBytes(), byKey));
    }

    /**
     * Goes on with what was left. A leaf whose file is another one begins again, or whose changes may have been missing in between; so does
     * one with ranges of blocks where ranges of the key are read, since another rule says which keys are read again.
     */
    void resume(List<StoredLeaf> stored) {
        Map<StoredLeaf, LeafRanges> left = new LinkedHashMap<>();
        for (StoredLeaf each : stored) {
            LeafProgress leaf = leaves.get(each.oid());
            if (leaf != null && leaf.plan.facts().readAs() == each.readAs()) {
                left.put(each, LeafRanges.resumed(leaf.plan, settings.chunkBytes(), each.ranges()));
            }
        }
        boolean hadKeyRanges = left.values().stream().anyMatch(LeafRanges::hasKeys);
        if (hadKeyRanges && !byKey) {
            restart(true);
        }
        left.forEach((each, ranges) -> {
            if (!byKey || !ranges.hasBlocks()) {
                LeafProgress leaf = Objects.requireNonNull(leaves.get(each.oid()));
                leaf.ranges = ranges;
                leaf.rows = ranges.isUnread() ? 0 : each.rows(); // those of a snapshot that is gone come again
                leaf.bytes = ranges.isUnread() ? 0 : each.bytes();
            }
        });
    }

    /** Whether keys that were kept have as many columns as the key. */
    boolean haveKeysOf(List<StoredLeaf> stored, List<TableKey> keys) {
        int columns = plan.key().size();
        return plan.leaves().isEmpty()
                || (keys.stream().allMatch(key -> key.values().size() == columns)
                        && stored.stream()
                                .flatMap(leaf -> LeafRanges.parse(leaf.ranges()).stream())
                                .allMatch(range -> !(range instanceof KeyRange keyed) || keyed.hasColumns(columns)));
    }

    TablePlan plan() {
        return plan;
    }

    ReadMode mode() {
        return new ReadMode(!byKey, plan.hasPartitions(), settings.everyEventHeard(), settings.keyBytes());
    }

    /** A range of a leaf. */
    record Taken(LeafProgress leaf, ReadRange range) {}

    /** The next range; null if there is none now. */
    @Nullable
    Taken take() {
        for (LeafProgress leaf : leaves.values()) {
            ReadRange range = leaf.ranges.take();
            if (range != null) {
                return new Taken(leaf, range);
            }
        }
        return null;
    }

    /** Takes all that is left of a leaf, to be read in one go. */
    Taken takeWhole(LeafPlan plan) {
        LeafProgress leaf = Objects.requireNonNull(leaves.get(plan.oid()));
        return new Taken(leaf, leaf.ranges.takeWhole());
    }

    /** What was taken of a leaf that is read in one go. */
    Taken taken(LeafPlan plan) {
        LeafProgress leaf = Objects.requireNonNull(leaves.get(plan.oid()));
        return new Taken(leaf, leaf.ranges.takenWhole());
    }

    /** Any leaf, to read rows by their keys; null if there is none. */
    @Nullable
    LeafProgress any() {
        return leaves.isEmpty() ? null : leaves.values().iterator().next();
    }

    /** Whether handlers have returned from all rows. */
    boolean areDone() {
        return leaves.values().stream().allMatch(leaf -> leaf.ranges.isDone());
    }

    List<StoredLeaf> stored() {
        return leaves.values().stream().map(LeafProgress::stored).toList();
    }

    /** As {@link #stored()}, once handlers have returned from rows. */
    List<StoredLeaf> storedWith(List<PlacedChunk> placed) {
        return leaves.values().stream().map(leaf -> leaf.storedWith(placed)).toList();
    }

    ReadAmount amount() {
        return leaves.values().stream()
                .map(leaf -> new ReadAmount(leaf.rows, leaf.bytes, leaf.plan.bytes()))
                .reduce(new ReadAmount(0, 0, 0), ReadAmount::plus);
    }

    /** Every row is read again. */
    void restart(boolean byKeyNow) {
        byKey |= byKeyNow;
        leaves.replaceAll((oid, leaf) -> begun(leaf.plan));
    }

    /** Why changes of a leaf may have been missing since it was planned; null if none were. */
    @Nullable
    String whyMayMiss(TablePlan next) {
        for (LeafPlan leaf : next.leaves()) {
            LeafProgress before = leaves.get(leaf.oid());
            String why = before == null ? null : before.plan.facts().whyMayMiss(leaf.facts());
            if (why != null) {
                return why;
            }
        }
        return null;
    }

    /**
     * Goes on with a new plan.
     *
     * @param next of the same table
     * @param areRead whether all ranges were read: then a rewrite moves no row past the reading any more
     * @return false if every row has to be read again
     */
    boolean replan(TablePlan next, boolean areRead) {
        boolean sameKey = next.key().equals(plan.key());
        boolean fewerRanges = !byKey && next.isComparedByKey() && !next.hasBlockRanges();
        boolean newLeaf = next.leaves().stream().anyMatch(leaf -> !leaves.containsKey(leaf.oid()));
        plan = next;
        Map<Long, LeafProgress> known = new LinkedHashMap<>(leaves);
        leaves.clear();
        for (LeafPlan leaf : next.leaves()) {
            LeafProgress before = known.get(leaf.oid());
            if (before == null || (!byKey && !areRead && isRewritten(before.plan, leaf))) {
                leaves.put(leaf.oid(), begun(leaf));
            } else {
                before.plan = leaf;
                leaves.put(leaf.oid(), before);
            }
        }
        byKey |= fewerRanges;
        return sameKey && !fewerRanges && !(newLeaf && areRead);
    }

    private static boolean isRewritten(LeafPlan before, LeafPlan now) {
        return before.facts().fileNode() != now.facts().fileNode();
    }
}
