package io.walwire.internal.backfill;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

/**
 * Rows by their place in the table: PostgreSQL's ctid, which is a block and a number in the block.
 *
 * @param from the first place, as {@link #place} makes it
 * @param to the place behind the last one; {@link #OPEN} for all that follow
 */
public record BlockRange(long from, long to) implements KeptRange {
    /** In place of an end: all that follows. */
    public static final long OPEN = Long.MAX_VALUE;

    static final String NAME = "blocks";

    private static final int OFFSET_BITS = 16;
    private static final long OFFSETS = (1L << OFFSET_BITS) - 1;

    /** No block has more rows: 32 KiB, the largest block, with the smallest rows. */
    static final int MAX_PLACES_OF_A_BLOCK = 2_048;

    public BlockRange {
        if (from < 0 || to <= from) {
            throw new IllegalArgumentException("No place lies between " + from + " and " + to);
        }
    }

    /** All of a table. */
    public static BlockRange all() {
        return new BlockRange(0, OPEN);
    }

    /** Blocks, the last one excluded. */
    public static BlockRange ofBlocks(long from, long to) {
        return new BlockRange(place(from, 0), place(to, 0));
    }

    /** A place. */
    static long place(long block, int offset) {
        return block << OFFSET_BITS | offset;
    }

    /** The block of the first place. */
    public long firstBlock() {
        return from >>> OFFSET_BITS;
    }

    /** Whether it has no end. */
    public boolean isOpen() {
        return to == OPEN;
    }

    /** How many blocks it touches; meaningless if it has no end. */
    public long blocks() {
        return ((to - 1) >>> OFFSET_BITS) - firstBlock() + 1;
    }

    /** The number of its first place in that block. PostgreSQL counts them from 1. */
    int firstPlace() {
        return Math.max(1, (int) (from & OFFSETS));
    }

    /** Whether it lies in one block, and is not all of it. It must have an end. */
    boolean isPartOfABlock() {
        return blocks() == 1 && !equals(firstWholeBlock());
    }

    /** Whether it ends where a block ends. It must have an end. */
    boolean isRestOfABlock() {
        return (to & OFFSETS) == 0;
    }

    /** How many places it has, if it lies in one block and ends before that block's end. */
    int places() {
        return (int) (to & OFFSETS) - firstPlace();
    }

    /** The first block that it touches, all of it. */
    BlockRange firstWholeBlock() {
        return ofBlocks(firstBlock(), firstBlock() + 1);
    }

    @Override
    public String condition(LeafPlan leaf) {
        String end = isOpen() ? "true" : "ctid < " + tid(to);
        return from == 0 ? end : "ctid >= " + tid(from) + " AND " + end;
    }

    private static String tid(long place) {
        return "'(" + (place >>> OFFSET_BITS) + "," + (place & OFFSETS) + ")'::pg_catalog.tid";
    }

    @Override
    public String order(LeafPlan leaf) {
        return "";
    }

    @Override
    public JsonNode toJson() {
        return JsonNodeFactory.instance.arrayNode().add(NAME).add(from).add(isOpen() ? -1 : to);
    }

    /** The number of a place in its block, as PostgreSQL prints both. */
    static int placeIn(String tid) {
        return Integer.parseInt(tid.substring(tid.indexOf(',') + 1, tid.length() - 1));
    }

    static BlockRange parse(JsonNode json) {
        long to = json.path(2).asLong();
        return new BlockRange(json.path(1).asLong(), to < 0 ? OPEN : to);
    }
}
