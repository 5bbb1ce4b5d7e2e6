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
 * Tables that are read before the stream's first change beside random writers, with interruptions: at the end handlers' copies are the
 * tables, and no row of them went back. The budget is {@code -Dwalwire.first.histories}, the first seed {@code -Dwalwire.first.seed}.
 */
@Timeout(value = 5, unit = TimeUnit.HOURS) // of the largest budget
class FirstBackfillHistoryTest {
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final int HISTORIES = Integer.getInteger("walwire.first.histories", 4);
    private static final long FIRST_SEED = Long.getLong("walwire.first.seed", 1);
    private static final int[] VERSIONS = {18, 14, 16, 15, 17};
    private static final String[] IDENTITIES = {"DEFAULT", "FULL", "USING INDEX by_id", "LEAVES"};

    @Test
    void copies_areTheTables() throws Exception {
        for (long seed = FIRST_SEED; seed < FIRST_SEED + HISTORIES; seed++) {
            Random random = new Random(seed);
            int version = VERSIONS[(int) (seed % VERSIONS.length)];
            try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
                new One(database, random).run();
            } catch (Exception | AssertionError e) {
                throw new AssertionError("Seed " + seed + ", PostgreSQL " + version + ": " + e.getMessage(), e);
            }
        }
    }

    /** One history. */
    private static final class One {
        private final TestDatabase database;
        private final Random random;
        private final boolean durable;
        private final boolean streaming;
        private final int concurrency;
        private final RandomTable items;
        private final BareTable bare;
        private final HistoryCopy copy = new HistoryCopy();
        private final BareCopy bareCopy = new BareCopy();
        private final List<CompletableFuture<Void>> writers = new ArrayList<>();
        private boolean inBinary;

        One(TestDatabase database, Random random) {
            this.database = database;
            this.random = random;
            this.durable = random.nextInt(4) > 0;
            this.streaming = random.nextBoolean();
            this.concurrency = random.nextBoolean() ? 1 : 8;
            this.inBinary = random.nextBoolean();
            String identity = IDENTITIES[random.nextInt(IDENTITIES.length)];
            boolean partitions = identity.equals("LEAVES") || (identity.equals("DEFAULT") && random.nextBoolean());
            this.items = new RandomTable(database, partitions, identity);
            this.bare = new BareTable(database, random.nextInt(3) == 0, "FULL");
        }

        void run() throws Exception {
            database.sql("ALTER DATABASE \"" + database.name() + "\" SET logical_decoding_work_mem = '64kB'");
            bare.create();
            items.create();
            database.sql("ALTER PUBLICATION events ADD TABLE bare", Files.readString(Path.of("sql/backfill.sql")));
            write();
            Walwire walwire = start();
            try {
                for (int left = random.nextInt(4); left > 0; left--) {
                    int reads = bareCopy.reads.get() + random.nextInt(200);
                    Walwire now = walwire;
                    Eventually.until(
                            LONG,
                            () -> bareCopy.reads.get() >= reads
                                    || now.backfills().isEmpty());
                    walwire = interrupted(walwire);
                }
                for (CompletableFuture<Void> writer : writers) {
                    writer.get();
                }
                Walwire last = walwire;
                Eventually.until(LONG, () -> isDone(last));
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
                assertThat(copy.rows()).isEqualTo(items.rows());
                assertThat(bareCopy.rows()).isEqualTo(bare.rows());
            } finally {
                walwire.close();
            }
        }

        private boolean isDone(Walwire last) throws SQLException {
            return durable
                    ? ExistingItems.doneRuns(database) == 2
                    : last.backfills().isEmpty() && bareCopy.ends.get() > 0;
        }

        private void write() {
            for (int i = 0; i < 2; i++) {
                Random own = new Random(random.nextLong());
                Random other = new Random(random.nextLong());
                boolean truncates = i == 0 && random.nextInt(2) == 0;
                writers.add(RandomTable.thread(() -> items.write(own, truncates)));
                writers.add(RandomTable.thread(() -> bare.write(other, truncates)));
            }
        }

        private Walwire start() {
            return (durable ? Instances.durable(database) : Instances.temporary(database))
                    .set("walwire.binary", inBinary ? "auto" : "false")
                    .set("walwire.backfill", "new")
                    .set("walwire.backfill.order", "first")
                    .set("walwire.backfill.chunk", "16KiB")
                    .set("walwire.streaming", streaming ? "on" : "off")
                    .concurrency(concurrency)
                    .handler("copy", copy)
                    .handler("bare", bareCopy)
                    .start();
        }

        private Walwire interrupted(Walwire walwire) throws SQLException {
            switch (random.nextInt(durable ? 7 : 3)) {
                case 0 -> items.define();
                case 1 -> bare.define();
                case 2 -> terminate();
                case 3 -> database.terminateWalsenders();
                case 4 -> {
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
        private void terminate() throws SQLException {
            database.query(
                    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database()"
                            + " AND application_name LIKE 'walwire%' AND backend_type = 'client backend'");
        }
    }
}
