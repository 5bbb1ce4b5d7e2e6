package io.walwire.internal.undecided;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Which subtransactions of a transaction were rolled back. */
class SetAsideTest {
    private static final byte[] NOTHING = new byte[0];

    /** The ids of its subtransactions begin anew at zero. */
    private static final int XID = -1_000;

    private final StoreMemory memory = new StoreMemory(1 << 20, Path.of("nowhere"));
    private final FrameStore frames = new FrameStore(memory);
    private final SetAside transaction = new SetAside(XID, true, frames);

    private void frame(int subxid, char kind) {
        transaction.add(subxid, (byte) kind, NOTHING, 0, 0);
    }

    @Test
    void abort_millionsOneAfterAnother_takeNoMemory() {
        for (int i = 1; i <= 3_000_000; i++) {
            transaction.abort(XID + i);
        }
        assertThat(transaction.abortedRanges()).isEqualTo(1);
        frames.close();
    }

    /** The right answer is what a map of all of them says. */
    @Test
    void abortedAt_inAnyOrder_isWhatDecidesAboutRowsAndMessages() {
        for (int seed = 0; seed < 200; seed++) {
            assertAlike(new Random(seed));
        }
    }

    private void assertAlike(Random random) {
        FrameStore store = new FrameStore(memory);
        SetAside compact = new SetAside(XID, true, store);
        Map<Integer, Long> all = new HashMap<>();
        long count = 0;
        for (int step = 0; step < 300; step++) {
            int subxid = XID + 1 + random.nextInt(60);
            if (random.nextInt(3) > 0 && !all.containsKey(subxid)) {
                char kind = random.nextInt(12) == 0 ? 'M' : 'I';
                compact.add(subxid, (byte) kind, NOTHING, 0, 0);
                count++;
            } else if (count > 0 && !all.containsKey(subxid)) {
                compact.abort(subxid);
                all.put(subxid, count);
            }
        }
        for (int subxid = XID; subxid <= XID + 61; subxid++) {
            long exact = all.getOrDefault(subxid, 0L);
            long found = compact.abortedAt(subxid);
            assertThat(found > 0).isEqualTo(exact > 0);
            assertThat(found).isGreaterThanOrEqualTo(exact);
        }
        store.close();
    }

    @Test
    void abort_messageBetweenTwo_isNotCountedToTheFirst() {
        frame(XID + 1, 'I');
        transaction.abort(XID + 1);
        frame(XID, 'M');
        frame(XID + 2, 'I');
        transaction.abort(XID + 2);
        assertThat(transaction.abortedAt(XID + 1)).isEqualTo(1);
        assertThat(transaction.abortedAt(XID + 2)).isEqualTo(3);
        assertThat(transaction.abortedAt(XID)).isZero();
        frames.close();
    }
}
