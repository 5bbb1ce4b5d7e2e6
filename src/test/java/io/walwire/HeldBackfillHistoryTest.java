package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.backfill.BackfillRun;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
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
 * A run of a table without a key beside random writers, with interruptions: at the end a handler's copy has each row as often as the table.
 * Each seed draws the server, the table, the instance and what interrupts it. The budget is {@code -Dwalwire.held.histories}, the
 * first seed {@code -Dwalwire.held.seed}.
 */
@Timeout(value = 5, unit = TimeUnit.HOURS) // of the largest budget
class HeldBackfillHistoryTest {
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final int[] VERSIONS = {18, 14, 16, 15, 17};

    /** What a seed draws. */
    private record Drawn(
            long seed,
            int version,
            boolean partitions,
            String identity,
            boolean inBinary,
            boolean durable,
            boolean streaming,
            int concurrency) {
        static Drawn of(long seed, Random random) {
            return new Drawn(
                    seed,
                    VERSIONS[(int) (seed % VERSIONS.length)],
                    random.nextInt(3) == 0,
                    random.nextInt(4) == 0 ? "NOTHING" : "FULL",
                    random.nextBoolean(),
                    random.nextInt(3) > 0,
                    random.nextInt(3) == 0,
                    random.nextInt(3) == 0 ? 8 : 1);
        }
    }

    @Test
    void copy_isTheTable() throws Exception {
        Histories.run("walwire.held", 5, Drawn::of, (drawn, random) -> {
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
        private final BareTable table;
        private final BareCopy copy = new BareCopy();
        private final List<CompletableFuture<Void>> writers = new ArrayList<>();
        private boolean inBinary;
        private String run = "";

        One(TestDatabase database, Drawn drawn, Random random) {
            this.database = database;
            this.drawn = drawn;
            this.random = random;
            this.table = new BareTable(database, drawn.partitions(), drawn.identity());
            this.inBinary = drawn.inBinary();
        }

        void run() throws Exception {
            database.sql("ALTER DATABASE \"" + database.name() + "\" SET logical_decoding_work_mem = '64kB'");
            table.create();
            database.sql(Files.readString(Path.of("sql/backfill.sql")));
            Walwire walwire = start();
            try {
                write();
                BackfillRun started = walwire.backfill("bare").start();
                run = started.id();
                for (int left = random.nextInt(4); left > 0; left--) {
                    int reads = copy.reads.get() + random.nextInt(300);
                    Walwire now = walwire;
                    Eventually.until(LONG, () -> copy.reads.get() >= reads || isDone(started, now));
                    walwire = interrupted(walwire);
                }
                for (CompletableFuture<Void> writer : writers) {
                    writer.get();
                }
                Walwire last = walwire;
                Eventually.until(LONG, () -> isDone(started, last));
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
                assertThat(copy.rows()).isEqualTo(table.rows());
                assertThat(copy.ends).hasPositiveValue();
            } finally {
                walwire.close();
            }
        }

        private boolean isDone(BackfillRun started, Walwire last) throws SQLException {
            if (drawn.durable()) {
                String state = ExistingItems.state(database, run);
                assertThat(state).isIn("requested", "running", "done");
                return state.equals("done");
            }
            return started.completion().toCompletableFuture().isDone()
                    && last.backfills().isEmpty();
        }

        private void write() {
            writers.addAll(Histories.write(random, (own, truncates, session) -> table.write(own, truncates)));
        }

        private Walwire start() {
            return (drawn.durable() ? Instances.durable(database) : Instances.temporary(database))
                    .set("walwire.binary", Boolean.toString(inBinary))
                    .set("walwire.backfill.chunk", "16KiB")
                    .set("walwire.streaming", drawn.streaming() ? "on" : "off")
                    .concurrency(drawn.concurrency())
                    .handler("copy", copy)
                    .start();
        }

        private Walwire interrupted(Walwire walwire) throws SQLException {
            switch (random.nextInt(drawn.durable() ? 6 : 2)) {
                case 0 -> table.define();
                case 1 -> terminate("backend_type = 'client backend'");
                case 2 -> database.terminateWalsenders();
                case 3 -> {
                    walwire.backfills().forEach(BackfillRun::pause);
                    walwire.backfills().forEach(BackfillRun::resume);
                }
                default -> {
                    walwire.close();
                    inBinary = !inBinary;
                    return start();
                }
            }
            return walwire;
        }

        /** Ends all plain connections of the instance. */
        private void terminate(String which) throws SQLException {
            database.query(
                    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database()"
                            + " AND application_name LIKE 'walwire%' AND " + which);
        }
    }
}
