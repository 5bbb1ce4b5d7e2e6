package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.backfill.BackfillRun;
import io.walwire.lifecycle.State;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows that have their place in the stream, and wait for room in the queue of the handlers. */
class PlacedRowsTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    /** There is no room for a row. */
    private static final long ALMOST_FULL = 400_000;

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    /** Nothing sends them again. */
    @ParameterizedTest
    @ValueSource(strings = {"id int PRIMARY KEY", "id int"})
    void streamThatEndsMeanwhile_losesNone(String id) throws Exception {
        ExistingItems.createProgress(database);
        database.sql(
                "CREATE TABLE item (" + id + ", big text)",
                "ALTER TABLE item ALTER big SET STORAGE EXTERNAL, REPLICA IDENTITY FULL",
                "INSERT INTO item SELECT i, repeat('b', 300000) FROM generate_series(1, 1) i",
                "CREATE TABLE beat (big text)",
                "CREATE PUBLICATION events FOR TABLE item, beat");
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger rows = new AtomicInteger();
        AtomicInteger ends = new AtomicInteger();
        try (Walwire walwire = Instances.durable(database)
                .name("placed")
                .set("walwire.buffer", "1MiB")
                .handler("copy", on -> {
                    on.table("beat").onInsert(event -> {
                        assertThat(go.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
                    });
                    on.table("item")
                            .onReads(all -> rows.addAndGet(all.size()))
                            .onBackfilled(event -> ends.incrementAndGet());
                })
                .start()) {
            for (long full = 0; full < ALMOST_FULL; ) {
                long before = full;
                database.sql("INSERT INTO beat SELECT repeat('b', 10000)");
                Eventually.until(LONG, () -> walwire.status().queuedBytes() > before);
                full = walwire.status().queuedBytes();
            }
            BackfillRun run = walwire.backfill("item").start();
            InstanceThreads.awaitIn("placed", "reader", "until");
            assertThat(database.terminateWalsenders()).isPositive();
            Eventually.until(
                    LONG,
                    () -> walwire.status().state() != State.STREAMING
                            || walwire.status().reconnects() > 0);
            go.countDown();
            ExistingItems.await(run);
        }
        assertThat(rows).hasValueGreaterThanOrEqualTo(1); // a table without a key may begin again
        assertThat(ends).hasValue(1);
    }
}
