package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Handlers that take longer than the server waits for a sign of life. */
class SlowHandlerTest {
    private static final int ROWS = 3_000;

    @RegisterExtension
    final TestDatabase database = TestDatabase.onServerOfItsOwn(Map.of("wal_sender_timeout", "10s"));

    private WalwireBuilder held(String slot, String buffer, Gate gate, Recorder<Long> into) {
        return Items.reader(database)
                .slotName(slot)
                .set("walwire.buffer", buffer)
                .handler(on -> on.table("item").onInserts(events -> {
                    gate.pass();
                    into.addAll(events.stream().map(Items::id).toList());
                }));
    }

    /** One instance with room for everything, and one whose reader cannot go on reading. */
    @Test
    void blockedHandler_outlivesWalSenderTimeout_onTheSameConnection() throws Exception {
        Items.create(database);
        Gate gate = new Gate();
        Recorder<Long> roomy = new Recorder<>();
        Recorder<Long> full = new Recorder<>();
        try (Walwire one = held("roomy", "64MiB", gate, roomy).start();
                Walwire two = held("full", "64KiB", gate, full).start()) {
            List<Integer> backends = List.of(Items.backend(database, "roomy"), Items.backend(database, "full"));
            for (int from = 1; from <= ROWS; from += 100) {
                database.sql("INSERT INTO item SELECT g, repeat('x', 1000) FROM generate_series(" + from + ", "
                        + (from + 99) + ") g");
            }
            gate.awaitReached();
            Eventually.until(Items.LONG, () -> one.status().queuedBytes() > ROWS * 1000L);
            Eventually.until(Items.LONG, () -> two.status().queuedBytes() > 30_000);
            // the measured thing: half as long again as the server's patience, by its own clock
            database.query("SELECT pg_sleep(15)");
            assertThat(two.status().queuedBytes()).isLessThan(128 * 1024);
            assertThat(List.of(Items.backend(database, "roomy"), Items.backend(database, "full")))
                    .isEqualTo(backends);
            gate.open();
            List<Long> all = LongStream.rangeClosed(1, ROWS).boxed().toList();
            assertThat(roomy.await(ROWS)).isEqualTo(all);
            assertThat(full.await(ROWS)).isEqualTo(all);
            assertThat(one.status().reconnects() + two.status().reconnects()).isZero();
        }
        assertThat(roomy.all()).hasSize(ROWS);
        assertThat(full.all()).hasSize(ROWS);
    }
}
