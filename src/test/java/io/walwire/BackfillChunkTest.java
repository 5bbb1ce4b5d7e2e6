package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.backfill.BackfillRun;
import io.walwire.testing.TestDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How much is read at once, and in a second. */
class BackfillChunkTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @Test
    void chunkThatTheBufferDoesNotAllow_isSaid() throws Exception {
        ExistingItems.create(database);
        try (LogLines log = new LogLines();
                Walwire walwire = Instances.temporary(database)
                        .set("walwire.buffer", "16MiB")
                        .set("walwire.backfill.readers", "4")
                        .set("walwire.backfill.chunk", "1MiB")
                        .handler(on -> on.table("item").onReads(rows -> {}))
                        .start()) {
            assertThat(log.with("walwire.backfill.chunk"))
                    .anyMatch(
                            line -> line.contains(
                                    "walwire.backfill.chunk is 1048576 bytes; at most 262144 are read at once, a 64th of walwire.buffer"));
            assertThat(walwire.state().isFinal()).isFalse();
        }
    }

    /** A slow machine reads less: the bound holds on each. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void rate_isTheMostBytesASecond_ofAllReaders(boolean hasKey) throws Exception {
        ExistingItems.create(database);
        database.sql("UPDATE item SET big = repeat('b', 200)", "VACUUM FULL item");
        if (!hasKey) {
            database.sql("ALTER TABLE item DROP CONSTRAINT item_pkey", "ALTER TABLE item REPLICA IDENTITY FULL");
        }
        int rate = 128 << 10;
        long chunksInHand = 4 * 2 * (8 << 10);
        try (Walwire walwire = Instances.temporary(database)
                .set("walwire.backfill.rate", rate + "")
                .set("walwire.backfill.chunk", "8KiB")
                .handler(on -> on.table("item").onReads(rows -> {}))
                .start()) {
            long began = System.nanoTime();
            BackfillRun run = walwire.backfill("item").start();
            ExistingItems.await(run);
            double seconds = (System.nanoTime() - began) / 1e9;
            assertThat(run.progress().rows()).isEqualTo(ExistingItems.ROWS);
            assertThat(run.progress().bytes())
                    .isGreaterThan(3L * rate)
                    .isLessThan((long) (seconds * rate) + chunksInHand);
        }
    }
}
