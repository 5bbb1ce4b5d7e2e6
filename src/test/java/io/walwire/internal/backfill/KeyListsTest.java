package io.walwire.internal.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Lists of keys are cut to what fits into a chunk: in order, and no key is lost or comes twice. */
class KeyListsTest {
    private static final long CHUNK = 1_000;

    private final KeyLists lists = new KeyLists(CHUNK);

    private static List<TableKey> keys(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new TableKey(i, List.of(String.valueOf(i)), true))
                .toList();
    }

    private List<TableKey> rest() {
        List<TableKey> rest = new ArrayList<>();
        for (List<TableKey> next = lists.poll(); next != null; next = lists.poll()) {
            assertThat(next).isNotEmpty().hasSizeLessThanOrEqualTo(lists.atOnce());
            rest.addAll(next);
        }
        return rest;
    }

    @Test
    void nothingGivenBack_hasNothing() {
        assertThat(lists.poll()).isNull();
    }

    @Test
    void longList_comesInPieces_inItsOrder() {
        lists.back(keys(1_001));
        assertThat(rest()).containsExactlyElementsOf(keys(1_001));
    }

    @Test
    void whatIsGivenBackLast_comesFirst() {
        List<TableKey> all = keys(10);
        lists.back(all.subList(5, 10));
        lists.back(all.subList(0, 5));
        assertThat(rest()).containsExactlyElementsOf(all);
    }

    @Test
    void rowsTooLargeTogether_areReadInShorterLists_downToOne() {
        lists.back(keys(200));
        List<TableKey> read = new ArrayList<>();
        int looks = 0;
        for (List<TableKey> next = lists.poll(); next != null; next = lists.poll()) {
            looks++;
            if (next.size() > 1) {
                lists.tooLarge(next, next.size()); // each row alone fills a chunk
            } else {
                read.addAll(next);
                lists.read(next, CHUNK);
            }
        }
        assertThat(read).containsExactlyElementsOf(keys(200));
        assertThat(looks).as("halved eight times, then a row each").isEqualTo(200 + 7);
    }

    @Test
    void smallRows_letListsGrow_twiceAtMost_toTheMost() {
        lists.back(keys(200));
        List<TableKey> first = Objects.requireNonNull(lists.poll());
        lists.tooLarge(first, 8);
        assertThat(lists.atOnce()).isEqualTo(4);

        lists.read(keys(4), 40);
        assertThat(lists.atOnce()).isEqualTo(8);
        for (int i = 0; i < 10; i++) {
            lists.read(keys(lists.atOnce()), 1);
        }
        assertThat(lists.atOnce()).isEqualTo(200);
    }

    @Test
    void rangeWithoutKeys_changesNothing() {
        lists.read(List.of(), 1_000_000);
        assertThat(lists.atOnce()).isEqualTo(200);
    }

    @Test
    void cleared_hasNothing() {
        lists.back(keys(3));
        lists.clear();
        assertThat(lists.poll()).isNull();
    }
}
