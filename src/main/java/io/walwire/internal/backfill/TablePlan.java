package io.walwire.internal.backfill;

import io.walwire.internal.text.TableName;
import java.util.List;

/**
 * How one table is read, whose changes the stream sends under one name.
 *
 * @param request what the caller asked for
 * @param sentName the name under which the stream sends its changes
 * @param leaves the tables that have its rows, the largest first; the table itself if it is not partitioned
 */
public record TablePlan(TableRequest request, TableName sentName, List<LeafPlan> leaves) {
    public TablePlan {
        leaves = List.copyOf(leaves);
    }

    /**
     * Whether every leaf has a key that identifies its rows, of which values of one column at least have one text, or one form, each.
     * If not, rows cannot be compared with events, and the stream has to be held while the table is read.
     */
    public boolean isComparedByKey() {
        return leaves.stream().allMatch(LeafPlan::hasExactKey);
    }

    /** Whether a row may move from one leaf to another. */
    boolean hasPartitions() {
        return leaves.stream().anyMatch(leaf -> !leaf.name().equals(sentName));
    }

    /** Whether partitions may be added: not to a table without any, nor to a partition that is sent under its own name. */
    boolean mayGrow() {
        return leaves.isEmpty() || hasPartitions();
    }

    /** Whether ranges of blocks can be read everywhere. */
    boolean hasBlockRanges() {
        return leaves.stream().allMatch(LeafPlan::hasBlockRanges);
    }

    /** The key's columns, which are the same everywhere. */
    List<KeyColumn> key() {
        return leaves.isEmpty() ? List.of() : leaves.get(0).key();
    }

    /** The size of all leaves. */
    public long bytes() {
        return leaves.stream().mapToLong(LeafPlan::bytes).sum();
    }
}
