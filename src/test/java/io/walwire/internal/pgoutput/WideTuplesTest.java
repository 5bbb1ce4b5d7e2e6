package io.walwire.internal.pgoutput;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.WalwireException;
import io.walwire.internal.pgoutput.MessageBytes.Cell;
import io.walwire.internal.pgoutput.PgOutputMessage.Insert;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows of many columns, most of them NULL: columns are skipped in groups, and each is found where it stands. */
class WideTuplesTest {
    private static MessageBytes insert(List<Cell> cells) {
        return MessageBytes.kind('I').int32(16384).int8('N').tuple(cells.toArray(Cell[]::new));
    }

    private static List<Cell> random(Random random) {
        List<Cell> cells = new ArrayList<>();
        int runs = 1 + random.nextInt(8);
        for (int run = 0; run < runs; run++) {
            cells.addAll(Collections.nCopies(random.nextInt(40), Cell.NULL));
            // text of the letter that marks NULL, and lengths whose bytes may be the letter
            cells.add(random.nextBoolean() ? Cell.of("n".repeat(random.nextInt(120))) : Cell.UNCHANGED);
        }
        cells.addAll(Collections.nCopies(random.nextInt(20), Cell.NULL));
        return cells;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void everyColumn_isFoundFromEveryOther(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 50; round++) {
            List<Cell> cells = random(random);
            TupleData tuple = ((Insert) insert(cells).decode()).newRow();
            assertThat(tuple.columns()).isEqualTo(cells.size());
            int[] offsets = tuple.columnOffsets();
            for (int from = 0; from < offsets.length; from++) {
                for (int to = from; to < offsets.length; to++) {
                    assertThat(tuple.after(offsets[from], to - from)).isEqualTo(offsets[to]);
                }
            }
            assertThat(tuple.after(offsets[0], offsets.length))
                    .isEqualTo(tuple.end())
                    .isEqualTo(tuple.bytes().length);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 9, 15, 16, 17, 30})
    void rowThatEndsTooEarly_isMalformed(int columns) {
        List<Cell> cells = new ArrayList<>(List.of(Cell.of("long enough for the count of columns")));
        cells.addAll(Collections.nCopies(columns, Cell.NULL));
        byte[] whole = insert(cells).toArray();
        assertThat(((Insert) PgOutput.decode(whole, 0, whole.length)).newRow().columns())
                .isEqualTo(1 + columns);
        // what follows in the array belongs to no message, though it looks as if it did
        assertThatThrownBy(() -> PgOutput.decode(whole, 0, whole.length - 1))
                .isInstanceOf(WalwireException.class)
                .hasMessageContaining("ends too early");
    }
}
