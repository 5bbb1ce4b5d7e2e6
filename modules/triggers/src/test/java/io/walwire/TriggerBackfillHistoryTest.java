package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.backfill.BackfillRun;
import io.walwire.handler.Filter;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A run beside random writers whose changes triggers capture, with interruptions: at the end a handler's copy is the table, and no row of it
 * went back. Transactions overlap, so that snapshots see some ids and not those between. Each session has keys of its own: where two change one
 * key, the source itself may have their changes in another order. Each seed draws the server, the table, the instance and what interrupts
 * it. The budget is {@code -Dwalwire.backfill.histories}, the first seed {@code -Dwalwire.backfill.seed}.
 */
@Timeout(value = 5, unit = TimeUnit.HOURS) // of the largest budget
class TriggerBackfillHistoryTest {
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final int[] VERSIONS = {18, 14, 16, 15, 17};

    /** What a seed draws. */
    private record Drawn(
            long seed,
            int version,
            boolean partitions,
            int concurrency,
            boolean filters,
            boolean durable,
            boolean slow,
            boolean notifies) {
        static Drawn of(long seed, Random random) {
            return new Drawn(
                    seed,
                    VERSIONS[(int) (seed % VERSIONS.length)],
                    random.nextBoolean(),
                    random.nextBoolean() ? 1 : 8,
                    random.nextInt(3) == 0,
                    random.nextInt(3) > 0,
                    random.nextInt(3) == 0,
                    random.nextBoolean());
        }
    }

    @Test
    void copy_isTheTable() throws Exception {
        Histories.run("walwire.backfill", 3, Drawn::of, (drawn, random) -> {
            try (TestDatabase database = TestDatabase.create(PostgresServer.of(drawn.version()))) {
                new One(database, drawn, random).run();
            }
        });
    }

    /** One history. */
    private static final class One {
        private final TestDatabase database;
        private final Drawn drawn;
        private final Random random;
        private final RandomTable table;
        private final HistoryCopy copy = new HistoryCopy();
        private final List<CompletableFuture<Void>> writers = new ArrayList<>();

        One(TestDatabase database, Drawn drawn, Random random) {
            this.database = database;
            this.drawn = drawn;
            this.random = random;
            this.table = new RandomTable(database, drawn.partitions(), drawn.partitions() ? "LEAVES" : "DEFAULT");
        }

        void run() throws Exception {
            table.create();
            ExistingItems.createProgress(database);
            Walwire walwire = start();
            try {
                write();
                BackfillRun started = walwire.backfill("item").start();
                for (int left = random.nextInt(4); left > 0; left--) {
                    walwire = interrupted(walwire);
                }
                for (CompletableFuture<Void> writer : writers) {
                    writer.get();
                }
                Walwire last = walwire;
                Eventually.until(LONG, () -> isDone(started, last));
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
                assertThat(copy.rows()).isEqualTo(table.rows());
            } finally {
                walwire.close();
            }
        }

        private boolean isDone(BackfillRun started, Walwire last) throws SQLException {
            if (drawn.durable()) {
                return ExistingItems.state(database, started.id()).equals("done");
            }
            return started.completion().toCompletableFuture().isDone()
                    && last.backfills().isEmpty();
        }

        private void write() {
            writers.addAll(Histories.write(
                    random, (own, truncates, session) -> table.write(own, truncates, session, Histories.SESSIONS)));
        }

        private Walwire start() {
            WalwireBuilder builder = (drawn.durable() ? Outboxes.durable(database) : Outboxes.temporary(database))
                    .set("walwire.triggers.notify", Boolean.toString(drawn.notifies()))
                    .set("walwire.backfill.chunk", "8KiB")
                    .concurrency(drawn.concurrency())
                    .handler("copy", copy);
            if (drawn.slow()) {
                builder.set("walwire.backfill.rate", "200KiB");
            }
            if (drawn.filters()) {
                // so that events do not say all that a handler needs
                builder.handler("few", on -> on.table("item")
                        .filter((Filter) event -> event.id().index() % 2 == 0)
                        .onReads(reads -> {}));
            }
            return builder.start();
        }

        private Walwire interrupted(Walwire walwire) throws SQLException {
            switch (random.nextInt(drawn.durable() ? 5 : 3)) {
                case 0 -> table.define();
                case 1 ->
                    database.query("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                            + " WHERE datname = current_database() AND application_name LIKE 'walwire%'");
                case 2 -> {
                    walwire.backfills().forEach(BackfillRun::pause);
                    walwire.backfills().forEach(BackfillRun::resume);
                }
                default -> {
                    walwire.close();
                    return start();
                }
            }
            return walwire;
        }
    }
}
