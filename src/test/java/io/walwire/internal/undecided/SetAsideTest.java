package io.walwire.internal.undecided;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which subtransactions of a transaction were rolled back. */
class SetAsideTest {
    private static final byte[] NOTHING = new byte[0];

    /** The ids of its subtransactions begin anew at zero. */
    private static final int XID = -1_000;

    @TempDir
    static Path folder = Path.of("");

    private final StoreMemory memory = new StoreMemory(1 << 20, folder);
    private final SetAside transaction = new SetAside(XID, true, memory);

    @AfterEach
    void close() {
        transaction.close();
    }

    private void frame(int subxid, char kind) {
        transaction.add(subxid, (byte) kind, NOTHING, 0, 0);
    }

    @Test
    void abort_millionsThatAlternateWithCommittedOnes_takeNoMemory() {
        frame(XID, 'I');
        long before = usedBytes();
        for (int i = 1; i <= 3_000_000; i++) {
            transaction.abort(XID + 2 * i);
        }
        assertThat(usedBytes() - before).isLessThan(1 << 20);
        for (int i : new int[] {1, 2, 1_500_000, 2_999_999, 3_000_000}) {
            assertThat(transaction.abortedAt(XID + 2 * i)).isEqualTo(1);
            assertThat(transaction.abortedAt(XID + 2 * i + 1)).isZero();
        }
    }

    private static long usedBytes() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    @Test
    void abort_someThousands_needNoFile() {
        try (SetAside some = new SetAside(XID, true, new StoreMemory(1 << 20, folder.resolve("missing")))) {
            some.add(XID, (byte) 'I', NOTHING, 0, 0);
            for (int i = 1; i <= 2_000; i++) {
                some.abort(XID + i);
            }
            assertThat(some.abortedAt(XID + 1)).isEqualTo(1);
            assertThat(some.abortedAt(XID + 2_000)).isEqualTo(1);
        }
    }

    /** The right answer is what a map of all of them says. */
    @Test
    void abortedAt_inAnyOrder_isWhenEachWasRolledBack() {
        for (int seed = 0; seed < 200; seed++) {
            assertAlike(new Random(seed));
        }
    }

    private void assertAlike(Random random) {
        Map<Integer, Long> all = new HashMap<>();
        long count = 0;
        try (SetAside some = new SetAside(XID, true, memory)) {
            for (int step = 0; step < 300; step++) {
                // far apart, so that their pages do not fit in memory
                int subxid = XID + 1 + 77 * random.nextInt(60);
                if (random.nextInt(3) > 0 && !all.containsKey(subxid)) {
                    some.add(subxid, (byte) 'I', NOTHING, 0, 0);
                    count++;
                } else if (count > 0 && !all.containsKey(subxid)) {
                    some.abort(subxid);
                    all.put(subxid, count);
                }
            }
            for (int subxid = XID; subxid <= XID + 77 * 61; subxid++) {
                assertThat(some.abortedAt(subxid)).isEqualTo(all.getOrDefault(subxid, 0L));
            }
        }
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
    }
}
