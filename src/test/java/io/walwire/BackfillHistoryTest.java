package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.backfill.BackfillRun;
import io.walwire.handler.Filter;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A run beside random writers, with interruptions: at the end a handler's copy is the table, and no row of it went back. Each seed
 * draws the server, the table, the instance and what interrupts it. The budget is {@code -Dwalwire.backfill.histories}, the first
 * seed {@code -Dwalwire.backfill.seed}.
 */
@Timeout(value = 5, unit = TimeUnit.HOURS) // of the largest budget
class BackfillHistoryTest {
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final int[] VERSIONS = {18, 14, 16, 15, 17};
    private static final String[] IDENTITIES = {"DEFAULT", "FULL", "USING INDEX by_id", "LEAVES", "NOTHING"};

    /** What a seed draws. */
    private record Drawn(
            long seed,
            int version,
            boolean partitions,
            String identity,
            boolean inBinary,
            int concurrency,
            boolean filters,
            boolean durable,
            boolean slow,
            boolean requested) {
        static Drawn of(long seed, Random random) {
            String identity = IDENTITIES[random.nextInt(IDENTITIES.length)];
            boolean partitions = identity.equals("LEAVES") || (identity.equals("DEFAULT") && random.nextBoolean());
            boolean durable = random.nextInt(3) > 0;
            return new Drawn(
                    seed,
                    VERSIONS[(int) (seed % VERSIONS.length)],
                    partitions,
                    identity,
                    random.nextBoolean(),
                    random.nextBoolean() ? 1 : 8,
                    random.nextInt(3) == 0,
                    durable,
                    random.nextInt(3) == 0,
                    durable && random.nextInt(3) == 0);
        }
    }

    @Test
    void copy_isTheTable() throws Exception {
        Histories.run("walwire.backfill", 2, Drawn::of, (drawn, random) -> {
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
        private boolean inBinary;
        private String run = "";

        One(TestDatabase database, Drawn drawn, Random random) {
            this.database = database;
            this.drawn = drawn;
            this.random = random;
            this.table = new RandomTable(database, drawn.partitions(), drawn.identity());
            this.inBinary = drawn.inBinary();
        }

        void run() throws Exception {
            table.create();
            database.sql(Files.readString(Path.of("sql/backfill.sql")));
            Walwire walwire = start();
            try {
                write();
                BackfillRun started = begin(walwire);
                for (int left = random.nextInt(4); left > 0; left--) {
                    walwire = interrupted(walwire);
                }
                for (CompletableFuture<Void> writer : writers) {
                    writer.get();
                }
                Walwire last = walwire;
                Eventually.until(LONG, () -> isDone(started, last));
                if (drawn.durable()) {
                    assertThat(database.queryLong("SELECT count(*) FROM walwire_backfill WHERE leaf = 0"))
                            .isEqualTo(1);
                }
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
                assertThat(copy.rows()).isEqualTo(table.rows());
            } finally {
                walwire.close();
            }
        }

        /** By the application, or by another process. */
        private @Nullable BackfillRun begin(Walwire walwire) throws SQLException {
            if (drawn.requested()) {
                run = "asked";
                ExistingItems.request(database, run, Map.of());
                return null;
            }
            BackfillRun started = walwire.backfill("item").start();
            run = started.id();
            return started;
        }

        private boolean isDone(@Nullable BackfillRun started, Walwire last) throws SQLException {
            if (drawn.durable()) {
                String state = ExistingItems.state(database, run);
                assertThat(state).isIn("requested", "running", "done");
                return state.equals("done");
            }
            return Objects.requireNonNull(started)
                            .completion()
                            .toCompletableFuture()
                            .isDone()
                    && last.backfills().isEmpty();
        }

        private void write() {
            writers.addAll(Histories.write(random, (own, truncates, session) -> table.write(own, truncates)));
        }

        private Walwire start() {
            WalwireBuilder builder = (drawn.durable() ? Instances.durable(database) : Instances.temporary(database))
                    .set("walwire.binary", inBinary ? "auto" : "false")
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
            switch (random.nextInt(drawn.durable() ? 7 : 2)) {
                case 0 -> table.define();
                case 1 -> terminate("backend_type = 'client backend'");
                case 2 -> database.terminateWalsenders();
                case 3 -> {
                    walwire.backfills().forEach(BackfillRun::pause);
                    walwire.backfills().forEach(BackfillRun::resume);
                }
                case 4 -> holdRows(random.nextInt(3_000));
                default -> {
                    walwire.close();
                    inBinary = !inBinary;
                    return start();
                }
            }
            return walwire;
        }

        /** Another session holds the rows of the progress locked for a while. */
        private void holdRows(int millis) {
            writers.add(RandomTable.thread(() -> database.inTransaction(connection -> {
                try (Statement statement = connection.createStatement()) {
                    statement.execute("SELECT 1 FROM walwire_backfill FOR UPDATE");
                    statement.execute("SELECT pg_sleep(" + millis / 1000.0 + ")");
                }
            })));
        }

        /** Ends all plain connections of the instance. */
        private void terminate(String which) throws SQLException {
            database.query(
                    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database()"
                            + " AND application_name LIKE 'walwire%' AND " + which);
        }
    }
}
