package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Event;
import io.walwire.event.RowEvent;
import io.walwire.event.Transaction;
import io.walwire.sink.Sink;
import io.walwire.sink.SinkContext;
import io.walwire.sink.SinkPosition;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A sink that keeps the position and stores on other threads, while connections are lost and instances end at any moment. */
class SinkHistoryTest {
    private static final Logger LOG = LoggerFactory.getLogger(SinkHistoryTest.class);
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final int LONGEST_STORE_MILLIS = 300;

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Store store = new Store();
    private final long seed = Long.getLong("walwire.chaos.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private long rows;

    /** What outlives the sinks. */
    private static final class Store {
        private final List<Long> ids = new ArrayList<>();
        private final List<String> others = new ArrayList<>();
        private @Nullable SinkPosition position;

        synchronized void add(List<Long> moreIds, List<String> moreOthers, SinkPosition end) {
            ids.addAll(moreIds);
            others.addAll(moreOthers);
            position = end;
        }

        synchronized Optional<SinkPosition> position() {
            return Optional.ofNullable(position);
        }

        synchronized List<Long> ids() {
            return List.copyOf(ids);
        }

        synchronized List<String> others() {
            return List.copyOf(others);
        }
    }

    /** Stores each group at once, soon or late, by chance. */
    private static final class Asynchronous implements Sink {
        private final Store store;
        private final Random random;
        private List<Long> ids = new ArrayList<>();
        private List<String> others = new ArrayList<>();

        Asynchronous(Store store, Random random) {
            this.store = store;
            this.random = random;
        }

        @Override
        public boolean keepsPosition() {
            return true;
        }

        @Override
        public Optional<SinkPosition> open(SinkContext context) {
            return store.position();
        }

        @Override
        public void write(Transaction part) {
            for (Event event : part.events()) {
                if (event instanceof RowEvent<?> row) {
                    ids.add(Objects.requireNonNull(
                            Objects.requireNonNull(row.afterRow()).getLong("id")));
                } else {
                    others.add(event.toString());
                }
            }
        }

        @Override
        public void write(Event event) {
            others.add(event.toString());
        }

        @Override
        public CompletionStage<Void> flush(SinkPosition position) {
            List<Long> group = ids;
            List<String> rest = others;
            ids = new ArrayList<>();
            others = new ArrayList<>();
            int how = random.nextInt(3);
            if (how == 0) {
                store.add(group, rest, position);
                return CompletableFuture.completedFuture(null);
            }
            return CompletableFuture.runAsync(
                    () -> store.add(group, rest, position),
                    CompletableFuture.delayedExecutor(
                            random.nextInt(how == 1 ? 5 : LONGEST_STORE_MILLIS), TimeUnit.MILLISECONDS));
        }

        @Override
        public void close() {
            // nothing is held
        }
    }

    private Walwire start() {
        return Instances.durable(database)
                .subscriptions("item")
                .sink(new Asynchronous(store, new Random(random.nextLong())))
                .set("walwire.buffer", random.nextBoolean() ? "64KiB" : "1MiB")
                .set("walwire.slot.busy", "wait")
                .set("walwire.binary", random.nextBoolean() ? "auto" : "false")
                .closeTimeout(LONG)
                .start();
    }

    private void insert() throws SQLException {
        int count = 1 + random.nextInt(random.nextInt(4) == 0 ? 3_000 : 5);
        database.sql("INSERT INTO item SELECT g, repeat('x', 100) FROM generate_series(" + (rows + 1) + ", "
                + (rows + count) + ") g");
        rows += count;
    }

    /** Transactions, with lost connections between some of them. */
    private void write(Walwire walwire) throws Exception {
        for (int i = random.nextInt(20); i >= 0; i--) {
            insert();
            if (random.nextInt(4) == 0) {
                assertThat(walwire.awaitTermination(Duration.ofMillis(random.nextInt(200))))
                        .isFalse();
            }
            if (random.nextInt(8) == 0) {
                database.query(
                        "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = ?",
                        Instances.slot(database));
            }
        }
    }

    @Test
    void lostConnectionsAndRestarts_eachEventIsStoredOnce_inOrder() throws Exception {
        LOG.info("-Dwalwire.chaos.seed={}", seed);
        Instances.prepare(database, "CREATE TABLE item (id bigint PRIMARY KEY, name text)");
        database.createSlot(Instances.slot(database));
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Integer.getInteger("walwire.sink.seconds", 4));
        while (System.nanoTime() - end < 0) {
            try (Walwire walwire = start()) {
                write(walwire);
                if (random.nextInt(4) == 0) {
                    assertThat(walwire.drain(LONG)).isTrue();
                }
            }
        }
        try (Walwire walwire = start()) {
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(walwire.drain(LONG)).isTrue();
        }
        assertThat(store.ids())
                .as("seed %d", seed)
                .isEqualTo(LongStream.rangeClosed(1, rows).boxed().toList());
        assertThat(store.others()).isEmpty();
    }
}
