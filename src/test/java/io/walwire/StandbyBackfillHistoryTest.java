package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.backfill.BackfillRun;
import io.walwire.testing.Eventually;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * As {@link BackfillHistoryTest}, with sessions that write on the primary, and an instance that reads from its standby. The budget is
 * {@code -Dwalwire.backfill.histories}, the first seed {@code -Dwalwire.backfill.seed}.
 */
@Timeout(value = 5, unit = TimeUnit.HOURS) // of the largest budget
class StandbyBackfillHistoryTest {
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final int[] VERSIONS = {18, 16, 17};
    private static final String[] IDENTITIES = {"DEFAULT", "FULL", "USING INDEX by_id", "LEAVES"};

    /** What a seed draws. */
    private record Drawn(long seed, int version, boolean partitions, String identity, boolean durable, boolean slow) {
        static Drawn of(long seed, Random random) {
            String identity = IDENTITIES[random.nextInt(IDENTITIES.length)];
            return new Drawn(
                    seed,
                    VERSIONS[(int) (seed % VERSIONS.length)],
                    identity.equals("LEAVES") || (identity.equals("DEFAULT") && random.nextBoolean()),
                    identity,
                    seed % 2 == 0 || random.nextBoolean(),
                    random.nextBoolean());
        }
    }

    @Test
    void copy_isTheTable() throws Exception {
        Histories.run("walwire.backfill", 2, Drawn::of, (drawn, random) -> {
            try (StandbyPair pair = new StandbyPair(drawn.version())) {
                new One(pair, drawn, random).run();
            }
        });
    }

    /** One history. */
    private static final class One {
        private final StandbyPair pair;
        private final Drawn drawn;
        private final Random random;
        private final RandomTable table;
        private final HistoryCopy copy = new HistoryCopy();

        One(StandbyPair pair, Drawn drawn, Random random) {
            this.pair = pair;
            this.drawn = drawn;
            this.random = random;
            this.table = new RandomTable(pair.database, drawn.partitions(), drawn.identity());
        }

        void run() throws Exception {
            table.create();
            Walwire walwire = start();
            try {
                List<CompletableFuture<Void>> writers =
                        Histories.write(random, (own, truncates, session) -> table.write(own, truncates));
                BackfillRun started = walwire.backfill("item").start();
                for (int left = random.nextInt(4); left > 0; left--) {
                    walwire = interrupted(walwire);
                }
                for (CompletableFuture<Void> writer : writers) {
                    writer.get();
                }
                Walwire last = walwire;
                Eventually.until(LONG, () -> isDone(started, last));
                pair.awaitReplayed();
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
                assertThat(copy.rows()).isEqualTo(table.rows());
            } finally {
                walwire.close();
            }
        }

        private boolean isDone(BackfillRun started, Walwire last) throws SQLException {
            if (drawn.durable()) {
                assertThat(pair.state()).isIn("running", "done");
                return pair.state().equals("done");
            }
            return started.completion().toCompletableFuture().isDone()
                    && last.backfills().isEmpty();
        }

        private Walwire start() throws Exception {
            WalwireBuilder builder = (drawn.durable() ? pair.durable() : pair.temporary())
                    .set("walwire.backfill.chunk", "8KiB")
                    .handler("copy", copy)
                    .handler(
                            "gaps",
                            on -> on.onGap(gap -> copy.forget())); // recovery may cancel the stream, and end its slot
            if (drawn.slow()) {
                builder.set("walwire.backfill.rate", "200KiB");
            }
            return pair.start(builder);
        }

        private Walwire interrupted(Walwire walwire) throws Exception {
            switch (random.nextInt(drawn.durable() ? 6 : 3)) {
                case 0 -> table.define();
                case 1 ->
                    pair.sql(
                            pair.standby,
                            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname ="
                                    + " current_database() AND application_name LIKE 'walwire%'"
                                    + " AND backend_type = 'client backend'");
                case 2 -> {
                    walwire.backfills().forEach(BackfillRun::pause);
                    walwire.backfills().forEach(BackfillRun::resume);
                }
                case 3 -> pair.endStreams();
                case 4 -> {
                    pair.standby.stopImmediately();
                    pair.standby.startAgain();
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
