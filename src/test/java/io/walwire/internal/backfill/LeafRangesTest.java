package io.walwire.internal.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.event.ReplicaIdentity;
import io.walwire.internal.backfill.ChunkResult.TooLarge;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.text.TableName;
import io.walwire.testing.HostileContents;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** How a table is divided, and what is left of it. */
class LeafRangesTest {
    private static final long CHUNK = 64 * 1024;

    static LeafPlan leaf(long blocks, long bytes) {
        TableName name = new TableName("public", "item");
        LeafFacts facts = new LeafFacts(
                1, name, 'r', 'p', 1, "heap", true, false, "", 1, name, "", List.of("id", "Note"), null, true, null);
        Relation relation = new Relation(1, "public", "item", ReplicaIdentity.DEFAULT, List.of());
        List<KeyColumn> key = List.of(new KeyColumn("Note", "text", 1), new KeyColumn("id", "integer", 0));
        return new LeafPlan(name, facts, relation, key, null, blocks, bytes, -1);
    }

    private static ReadRange take(LeafRanges ranges) {
        return Objects.requireNonNull(ranges.take());
    }

    @Test
    void blocks_coverTheTable_andTheLastRangeIsOpen() {
        LeafRanges ranges = LeafRanges.all(leaf(20, 20 * 8192), CHUNK, false);
        List<ReadRange> taken = new ArrayList<>();
        for (ReadRange range = ranges.take(); range != null; range = ranges.take()) {
            taken.add(range);
        }
        assertThat(taken)
                .containsExactly(
                        BlockRange.ofBlocks(0, 8),
                        BlockRange.ofBlocks(8, 16),
                        new BlockRange(BlockRange.place(16, 0), BlockRange.OPEN));
        assertThat(ranges.isDone()).isFalse();
        taken.forEach(ranges::done);
        assertThat(ranges.isDone()).isTrue();
        assertThat(ranges.toText()).isEqualTo("[]");
    }

    @Test
    void emptyTable_isReadAllTheSame() {
        LeafRanges ranges = LeafRanges.all(leaf(0, 0), CHUNK, false);
        assertThat(ranges.take()).isEqualTo(BlockRange.all());
    }

    @Test
    void size_followsWhatWasRead() {
        LeafRanges ranges = LeafRanges.all(leaf(1_000, 1_000 * 8192), CHUNK, false);
        ranges.read(take(ranges), CHUNK / 100, 5, null);
        assertThat(ranges.take()).as("at most twice as many").isEqualTo(BlockRange.ofBlocks(8, 24));
        ranges.read(BlockRange.ofBlocks(8, 24), CHUNK * 4, 5, null);
        assertThat(ranges.take()).isEqualTo(BlockRange.ofBlocks(24, 28));
    }

    private static BlockRange places(int block, int from, int to) {
        return new BlockRange(BlockRange.place(block, from), BlockRange.place(block, to));
    }

    private static BlockRange rest(int block, int from) {
        return new BlockRange(BlockRange.place(block, from), BlockRange.place(block + 1, 0));
    }

    @Test
    void tooLarge_isHalved_downToOneBlock_andThenToSomeOfItsRows() {
        LeafRanges ranges = LeafRanges.all(leaf(20, 20 * 8192), CHUNK, false);
        ranges.tooLarge(take(ranges), new TooLarge(20, 1, 30, 24));
        assertThat(ranges.take()).isEqualTo(BlockRange.ofBlocks(0, 4));
        ranges.tooLarge(BlockRange.ofBlocks(0, 4), new TooLarge(20, 1, 30, 24));
        ranges.tooLarge(take(ranges), new TooLarge(20, 1, 30, 24));
        assertThat(ranges.take()).isEqualTo(BlockRange.ofBlocks(0, 1));
        ranges.tooLarge(BlockRange.ofBlocks(0, 1), new TooLarge(20, 1, 30, 24));
        assertThat(ranges.take()).isEqualTo(places(0, 0, 13));
    }

    /** Each block has 30 rows, of which 12 fit. Only the first one is too large. */
    @Test
    void rowsOfABlock_thatAreMoreThanAChunk_areReadInParts_inTheNextBlocksToo() {
        LeafRanges ranges = LeafRanges.all(leaf(3, 3 * 10 * CHUNK), CHUNK, false);
        ranges.tooLarge(take(ranges), new TooLarge(3, 1, 30, 24));
        List<BlockRange> parts = List.of(
                places(0, 0, 13),
                places(0, 13, 25),
                rest(0, 25),
                places(1, 0, 13),
                places(1, 13, 25),
                rest(1, 25),
                places(2, 0, 13),
                places(2, 13, 25),
                rest(2, 25),
                new BlockRange(BlockRange.place(3, 0), BlockRange.OPEN));
        for (BlockRange part : parts) {
            assertThat(ranges.take()).isEqualTo(part);
            ranges.done(ranges.read(part, part.isOpen() ? 0 : CHUNK, part.isOpen() ? 0 : 12, null));
        }
        assertThat(ranges.isDone()).isTrue();
    }

    @Test
    void blockWithMoreRowsThanThoseBefore_isReadInParts() {
        LeafRanges ranges = LeafRanges.all(leaf(9, 9 * 10 * CHUNK), CHUNK, false);
        ranges.tooLarge(take(ranges), new TooLarge(9, 1, 14, 24));
        ranges.done(take(ranges));
        assertThat(ranges.take()).isEqualTo(rest(0, 13));
        ranges.tooLarge(rest(0, 13), new TooLarge(9, 1, 60, 20));
        assertThat(ranges.take()).isEqualTo(places(0, 13, 23));
    }

    @Test
    void blockOfSmallRows_isReadWholeAgain() {
        LeafRanges ranges = LeafRanges.all(leaf(9, 9 * 10 * CHUNK), CHUNK, false);
        ranges.tooLarge(take(ranges), new TooLarge(9, 1, 30, 24));
        ranges.read(take(ranges), CHUNK / 100, 12, null);
        assertThat(ranges.take()).isEqualTo(rest(0, 13));
        ranges.read(rest(0, 13), CHUNK / 100, 18, null);
        assertThat(ranges.take()).isEqualTo(BlockRange.ofBlocks(1, 2));
        ranges.read(BlockRange.ofBlocks(1, 2), CHUNK / 100, 30, null);
        assertThat(ranges.take()).isEqualTo(BlockRange.ofBlocks(2, 4));
    }

    @Test
    void rowsOfTheKey_thatAreTooLarge_areFewerAtOnce() {
        LeafRanges ranges = LeafRanges.all(leaf(9, 9 * 8192), CHUNK, true);
        ranges.tooLarge(take(ranges), new TooLarge(9, 0, 0, 20));
        assertThat(ranges.take()).isEqualTo(new KeyRange(null, null, 10));
    }

    @Test
    void keys_goOnBehindTheLastRow() {
        LeafRanges ranges = LeafRanges.all(leaf(9, 9 * 8192), CHUNK, true);
        ReadRange first = take(ranges);
        assertThat(first).isEqualTo(new KeyRange(null, null, 1_024));
        assertThat(ranges.take())
                .as("nobody knows yet where the next one begins")
                .isNull();
        ReadRange read = ranges.read(first, CHUNK * 2, 1_024, List.of("b", "7"));
        assertThat(read).isEqualTo(new KeyRange(null, List.of("b", "7"), 1_024));
        ReadRange second = take(ranges);
        assertThat(second).isEqualTo(new KeyRange(List.of("b", "7"), null, 512));
        assertThat(ranges.read(second, CHUNK, 100, List.of("c", "1"))).isEqualTo(second);
        ranges.done(second);
        assertThat(ranges.isDone()).isFalse();
        ranges.done(read);
        assertThat(ranges.isDone()).isTrue();
    }

    @Test
    void condition_comparesRows() {
        LeafPlan leaf = leaf(1, 1);
        KeyRange range = new KeyRange(List.of("it's", "7"), List.of("z\\", "1"), 10);
        assertThat(leaf.copy(range))
                .isEqualTo("COPY (SELECT \"id\", \"Note\" FROM ONLY \"public\".\"item\" WHERE"
                        + " (\"Note\", \"id\") > ('it''s'::text, '7'::integer)"
                        + " AND (\"Note\", \"id\") <= (E'z\\\\'::text, '1'::integer)"
                        + " ORDER BY \"Note\", \"id\" LIMIT 10) TO STDOUT");
        assertThat(leaf.copy(BlockRange.ofBlocks(1, 2)))
                .isEqualTo("COPY (SELECT \"id\", \"Note\" FROM ONLY \"public\".\"item\" WHERE"
                        + " ctid >= '(1,0)'::pg_catalog.tid AND ctid < '(2,0)'::pg_catalog.tid) TO STDOUT");
    }

    @Test
    void text_bringsBackWhatWasNotDone() {
        LeafRanges ranges = LeafRanges.all(leaf(20, 20 * 8192), CHUNK, false);
        ranges.done(take(ranges));
        ReadRange open = take(ranges);
        LeafRanges resumed = LeafRanges.resumed(leaf(20, 20 * 8192), CHUNK, ranges.toText());
        assertThat(resumed.take()).isEqualTo(open);
        assertThat(resumed.take()).isEqualTo(new BlockRange(BlockRange.place(16, 0), BlockRange.OPEN));
        assertThat(resumed.take()).isNull();

        KeyRange range = new KeyRange(List.of("a \"quoted\" one", "é"), null, 5);
        assertThat(KeptRange.of(range.toJson())).isEqualTo(range);
        assertThatThrownBy(() -> LeafRanges.resumed(leaf(1, 1), CHUNK, "[[\"other\"]]"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> LeafRanges.resumed(leaf(1, 1), CHUNK, "[["))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** Else a table whose progress another hand has changed would be taken for read. */
    @ParameterizedTest
    @MethodSource("hostileTexts")
    void textThatWalwireHasNotWritten_isRefused_andNotShown(String text) {
        assertThatThrownBy(() -> LeafRanges.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("The ranges that are left ")
                .hasNoCause();
    }

    static Stream<String> hostileTexts() {
        return Stream.of(
                        HostileContents.jsonTexts(),
                        HostileContents.brokenJsonTexts(),
                        List.of("[] []", "[1]", "[[]]", "[[\"rows\",1]]", HostileContents.collidingNames(10)))
                .flatMap(List::stream);
    }
}
