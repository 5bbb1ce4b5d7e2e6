package io.walwire.internal.backfill;

/**
 * How much of one table a range has. It follows what the ranges before took. A range has some blocks. Where the rows of one block are more than a
 * chunk, because their large values are kept elsewhere (TOAST), it has some places of a block. Ranges of the key have some rows. Not thread-safe.
 */
final class RangeSizes {
    /** How many rows of the key the first range has. */
    static final int FIRST_ROWS = 1_024;

    /** A range may be larger than the blocks that fill a chunk, where few of the rows are wanted. */
    private static final int MAX_BLOCKS = 16_384;

    private static final int MAX_ROWS = 100_000;

    private final long chunkBytes;
    private long blocks;
    private int blocksAtOnce;
    private int placesAtOnce = BlockRange.MAX_PLACES_OF_A_BLOCK;

    /** The first place of a block that has a row, as in the last one that was too large. Those before it are dead. */
    private int firstOfABlock = 1;

    /** How many places a block has: as many as the last one that was too large, unless there were fewer later. */
    private int placesOfABlock = BlockRange.MAX_PLACES_OF_A_BLOCK;

    /** The last block that was too large. */
    private long blockOfPlaces = -1;

    private int rowsAtOnce = FIRST_ROWS;

    RangeSizes(LeafPlan leaf, long chunkBytes) {
        this.chunkBytes = chunkBytes;
        this.blocks = leaf.blocks();
        long bytesOfBlock = blocks == 0 ? chunkBytes : Math.max(leaf.bytes() / blocks, 1);
        this.blocksAtOnce = (int) Math.max(1, Math.min(chunkBytes / bytesOfBlock, MAX_BLOCKS));
    }

    /** How many rows the next range of the key has. */
    int rows() {
        return rowsAtOnce;
    }

    /**
     * Where the next range ends.
     *
     * @param range what is left
     * @return {@link BlockRange#to} of the range if that is no larger. The table's last range has no end: rows may be added meanwhile.
     */
    long end(BlockRange range) {
        long end = isOfPlaces() ? endOfPlaces(range) : BlockRange.place(range.firstBlock() + blocksAtOnce, 0);
        boolean whole = range.isOpen() ? end >= BlockRange.place(blocks, isOfPlaces() ? 1 : 0) : end >= range.to();
        return whole ? range.to() : end;
    }

    private boolean isOfPlaces() {
        return firstOfABlock + placesAtOnce <= placesOfABlock;
    }

    private long endOfPlaces(BlockRange range) {
        int end = Math.max(range.firstPlace(), firstOfABlock) + placesAtOnce;
        return end > placesOfABlock
                ? BlockRange.place(range.firstBlock() + 1, 0)
                : BlockRange.place(range.firstBlock(), end);
    }

    /** A range of blocks was read. */
    void read(BlockRange range, long bytes, int rows) {
        if (range.isOpen()) {
            return;
        }
        if (!range.isPartOfABlock()) {
            blocksAtOnce = next(blocksAtOnce, range.blocks(), bytes, chunkBytes, MAX_BLOCKS);
            return;
        }
        boolean rest = range.isRestOfABlock();
        if (rows == 0 && !rest && range.firstPlace() > 1 && range.firstBlock() != blockOfPlaces) {
            placesOfABlock = range.firstPlace() - 1; // this one has no more of them, and the next one may be like it
        } else if (rows > 0 || !rest) {
            int dead = Math.max(0, firstOfABlock - range.firstPlace());
            int places = rest ? rows : Math.max(1, range.places() - dead);
            placesAtOnce = next(placesAtOnce, places, bytes, chunkBytes, BlockRange.MAX_PLACES_OF_A_BLOCK);
        }
    }

    /** A range of the key was read. */
    void readByKey(long bytes, int rows) {
        rowsAtOnce = next(rowsAtOnce, rows, bytes, chunkBytes, MAX_ROWS);
    }

    /**
     * A range has more bytes than a chunk may have. The next one that begins where it did is smaller.
     *
     * @param range as it was read
     * @param found what was found
     */
    void tooLarge(BlockRange range, ChunkResult.TooLarge found) {
        blocks = Math.max(found.blocks(), range.isOpen() ? range.firstBlock() + 1 : 0);
        long touched = range.isOpen() ? blocks - range.firstBlock() : range.blocks();
        if (touched > 1) {
            blocksAtOnce = (int) Math.max(1, Math.min(blocksAtOnce, touched) / 2);
        } else {
            blocksAtOnce = 1;
            int rows = Math.min(found.rows(), BlockRange.MAX_PLACES_OF_A_BLOCK);
            placesAtOnce = rows / 2;
            firstOfABlock = Math.max(1, found.firstPlace());
            int places = Math.max(found.lastPlace(), Math.max(range.firstPlace(), firstOfABlock) + rows - 1);
            placesOfABlock = Math.min(places, BlockRange.MAX_PLACES_OF_A_BLOCK);
            blockOfPlaces = range.firstBlock();
        }
    }

    /** As {@link #tooLarge}, for a range of the key. */
    void tooLargeByKey(KeyRange range, int rows) {
        rowsAtOnce = Math.max(1, Math.min(range.rows(), rows) / 2);
    }

    /**
     * At most twice as many as before, so that one range of small rows is no promise for the next.
     *
     * @param before how many were wanted
     * @param read how many there were
     * @param bytes how much they were
     * @param chunkBytes how much a chunk is to be
     * @param max the most
     */
    static int next(int before, long read, long bytes, long chunkBytes, int max) {
        long fitting = read * chunkBytes / Math.max(bytes, 1);
        return (int) Math.max(1, Math.min(Math.min(fitting, 2L * before), max));
    }
}
