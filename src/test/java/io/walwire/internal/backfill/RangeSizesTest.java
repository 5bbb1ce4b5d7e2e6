package io.walwire.internal.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.internal.backfill.ChunkResult.TooLarge;
import java.util.ArrayList;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How many chunks tables of many shapes take. A chunk that is too large costs a connection, too. */
class RangeSizesTest {
    private static final long CHUNK = 1 << 20;
    private static final int WIDE = 60_000;

    /** A table by what its blocks have: the bytes of the row at each place, and 0 where there is none. */
    private static final class Table {
        final List<int[]> blocks;
        int chunks;
        int tooLarge;
        final List<Long> read = new ArrayList<>();

        Table(int blocks, IntFunction<int[]> block) {
            this.blocks = IntStream.range(0, blocks).mapToObj(block).toList();
        }

        List<Long> rows() {
            List<Long> rows = new ArrayList<>();
            for (int block = 0; block < blocks.size(); block++) {
                for (int i = 0; i < blocks.get(block).length; i++) {
                    if (blocks.get(block)[i] > 0) {
                        rows.add(BlockRange.place(block, i + 1));
                    }
                }
            }
            return rows;
        }

        /** As a reader reads it: up to twice a chunk, but for a row that is larger alone. */
        void read(LeafRanges ranges, BlockRange range) {
            chunks++;
            List<Long> found = new ArrayList<>();
            long bytes = 0;
            for (int block = (int) range.firstBlock(); block < blocks.size(); block++) {
                int[] rows = blocks.get(block);
                for (int i = 0; i < rows.length; i++) {
                    long place = BlockRange.place(block, i + 1);
                    if (rows[i] == 0 || place < range.from()) {
                        continue;
                    }
                    if (place >= range.to()) {
                        ranges.done(ranges.read(range, bytes, found.size(), null));
                        read.addAll(found);
                        return;
                    }
                    found.add(place);
                    bytes += rows[i];
                    if (bytes > 2 * CHUNK && found.size() > 1) {
                        tooLarge++;
                        int[] first = blocks.get((int) range.firstBlock());
                        IntSummaryStatistics places = IntStream.rangeClosed(1, first.length)
                                .filter(at -> first[at - 1] > 0)
                                .summaryStatistics();
                        boolean any = places.getCount() > 0;
                        ranges.tooLarge(
                                range,
                                new TooLarge(
                                        blocks.size(),
                                        any ? places.getMin() : 0,
                                        any ? places.getMax() : 0,
                                        found.size()));
                        return;
                    }
                }
                if (BlockRange.place(block + 1, 0) >= range.to()) {
                    break;
                }
            }
            ranges.done(ranges.read(range, bytes, found.size(), null));
            read.addAll(found);
        }

        /** By some readers, whose chunks end in any order. */
        void readAll(int readers, Random random) {
            LeafPlan leaf = LeafRangesTest.leaf(blocks.size(), blocks.size() * 8192L);
            LeafRanges ranges = LeafRanges.all(leaf, CHUNK, false);
            List<BlockRange> open = new ArrayList<>();
            while (!ranges.isDone()) {
                ReadRange next = open.size() < readers ? ranges.take() : null;
                if (next != null) {
                    open.add((BlockRange) next);
                } else {
                    read(ranges, open.remove(random.nextInt(open.size())));
                }
            }
            assertThat(read).containsExactlyInAnyOrderElementsOf(rows());
        }
    }

    private static int[] rows(int places, int bytes) {
        return IntStream.range(0, places).map(i -> bytes).toArray();
    }

    private static Table read(int blocks, IntFunction<int[]> block) {
        Table table = new Table(blocks, block);
        table.readAll(1, new Random(1));
        return table;
    }

    @Test
    void denseBlocks_takeAsManyChunksAsTheirBytes() {
        Table table = read(500, block -> rows(30, WIDE));
        assertThat(table.tooLarge).isLessThan(12);
        assertThat(table.chunks).isLessThan(2 * 500 + 30);
    }

    /** What was deleted, or is not wanted. */
    @Test
    void emptyBlocks_behindDenseOnes_areReadInFewChunks() {
        Table table = read(20_000, block -> block < 10 ? rows(30, WIDE) : new int[0]);
        assertThat(table.chunks).isLessThan(70);
    }

    @Test
    void blocksWithOneRow_behindDenseOnes_areReadTogether() {
        Table table = read(4_000, block -> {
            int[] rows = rows(30, block < 10 ? WIDE : 0);
            rows[block % 30] = WIDE;
            return rows;
        });
        assertThat(table.chunks).isLessThan(4_000 / 17 + 80);
        assertThat(table.tooLarge).isLessThan(20);
    }

    @Test
    void blockOfManySmallRows_costsThoseBehindItNothing() {
        Table table = read(2_000, block -> {
            int[] rows = rows(block == 0 ? 220 : 30, block == 0 ? 20 : WIDE);
            for (int i = 0; block == 0 && i < 50; i++) {
                rows[i] = WIDE;
            }
            return rows;
        });
        assertThat(table.chunks).isLessThan(2 * 2_000 + 60);
        assertThat(table.tooLarge).isLessThan(20);
    }

    @Test
    void deadRowsBeforeTheOthers_costNothing() {
        Table table = read(300, block -> {
            int[] rows = rows(253, 0);
            for (int i = 250; i < 253; i++) {
                rows[i] = 800_000;
            }
            return rows;
        });
        assertThat(table.chunks).isLessThan(3 * 300 + 60);
        assertThat(table.tooLarge).isLessThan(20);
    }

    @Test
    void deadRowsInTheMiddle_costFewChunks() {
        Table table = read(1_000, block -> {
            int[] rows = rows(220, 0);
            for (int i = 0; i < 220; i++) {
                rows[i] = i < 17 || i >= 200 ? WIDE : 0;
            }
            return rows;
        });
        assertThat(table.chunks).isLessThan(8 * 1_000);
        assertThat(table.tooLarge).isLessThan(3 * 1_000);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void randomRows_areReadOnce_byManyReaders(long seed) {
        Random random = new Random(seed);
        int wide = 1 + random.nextInt(1 << random.nextInt(23));
        int dead = 1 + random.nextInt(20);
        Table table = new Table(
                1 + random.nextInt(200),
                block -> random.nextInt(300) < 1
                        ? new int[0]
                        : random.ints(1 + random.nextInt(220))
                                .map(any -> any % dead == 0 ? 1 + Math.floorMod(any, wide) : 0)
                                .toArray());
        table.readAll(1 + random.nextInt(4), random);
        assertThat(table.chunks).isLessThan(4 * table.rows().size() + 2_000);
    }
}
