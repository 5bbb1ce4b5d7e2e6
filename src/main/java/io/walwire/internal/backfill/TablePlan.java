package io.walwire.internal.backfill;

import io.walwire.internal.text.TableName;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

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

    /** Whether the stream sends its changes under this name. */
    public boolean isSentAs(String schema, String table) {
        return sentName.table().equals(table) && sentName.schema().equals(schema);
    }

    /** Whether a row may move from one leaf to another. */
    boolean hasPartitions() {
        return leaves.stream().anyMatch(leaf -> !leaf.name().equals(sentName));
    }

    /**
     * Whether the plan has each table with rows, and no change of one may be missing since it was made.
     *
     * @param sending see {@link ReadableTables#sending}
     */
    public boolean covers(Map<Long, @Nullable String> sending) {
        Map<Long, @Nullable String> planned = new HashMap<>();
        leaves.forEach(leaf -> planned.put(leaf.oid(), leaf.facts().sending()));
        return sending.entrySet().stream()
                .allMatch(now -> planned.containsKey(now.getKey())
                        ? Objects.equals(planned.get(now.getKey()), now.getValue())
                        : !mayGrow());
    }

    /** Whether partitions may be added: not to a table without any, nor to a partition that is sent under its own name. */
    public boolean mayGrow() {
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

    /** How much is read, for people: {@code about 1000 rows, 81920 bytes}. A condition may leave some of it out. */
    public String amount() {
        boolean isCounted = leaves.stream().allMatch(leaf -> leaf.rows() >= 0 || leaf.blocks() == 0);
        long rows = Math.round(
                leaves.stream().mapToDouble(leaf -> Math.max(0, leaf.rows())).sum());
        return (isCounted ? "about " + rows + " rows" : "rows that ANALYZE has not counted yet") + ", " + bytes()
                + " bytes";
    }

    /** The size of all leaves. */
    public long bytes() {
        return leaves.stream().mapToLong(LeafPlan::bytes).sum();
    }
}
