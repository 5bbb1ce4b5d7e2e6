package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.backfill.BackfillRun;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * As {@link BackfillHistoryTest}, where the primary is killed at a random moment, and its standby is promoted, which has received everything
 * or not. The budget is {@code -Dwalwire.backfill.histories}, the first seed {@code -Dwalwire.backfill.seed}.
 */
@Timeout(value = 5, unit = TimeUnit.HOURS) // of the largest budget
class FailoverBackfillHistoryTest {
    private static final int[] VERSIONS = {18, 17};
    private static final String[] IDENTITIES = {"DEFAULT", "FULL", "USING INDEX by_id", "LEAVES"};

    /**
     * What a seed draws.
     *
     * @param synchronizes whether nothing is sent before the standby has it
     * @param behind whether the standby is cut off for a while before
     * @param early whether the primary is killed before the slot's copy is as new as the moment
     */
    private record Drawn(
            long seed,
            int version,
            boolean partitions,
            String identity,
            boolean synchronizes,
            boolean behind,
            boolean early,
            int rate) {
        static Drawn of(long seed, Random random) {
            String identity = IDENTITIES[random.nextInt(IDENTITIES.length)];
            boolean synchronizes = random.nextInt(3) > 0;
            return new Drawn(
                    seed,
                    VERSIONS[(int) (seed % VERSIONS.length)],
                    identity.equals("LEAVES") || (identity.equals("DEFAULT") && random.nextBoolean()),
                    identity,
                    synchronizes,
                    !synchronizes && random.nextBoolean(),
                    random.nextBoolean(),
                    20 + random.nextInt(200));
        }
    }

    @Test
    void copy_isTheTable() throws Exception {
        Histories.run("walwire.backfill", 2, Drawn::of, (drawn, random) -> {
            try (FailoverPair pair = new FailoverPair(drawn.version(), drawn.synchronizes())) {
                new One(pair, drawn, random).run();
            }
        });
    }

    /** One history. */
    private static final class One {
        private final FailoverPair pair;
        private final Drawn drawn;
        private final Random random;
        private final RandomTable table;
        private final HistoryCopy copy = new HistoryCopy();
        private final AtomicBoolean killed = new AtomicBoolean();

        One(FailoverPair pair, Drawn drawn, Random random) {
            this.pair = pair;
            this.drawn = drawn;
            this.random = random;
            this.table = new RandomTable(pair.database, drawn.partitions(), drawn.identity());
        }

        void run() throws Exception {
            table.create();
            ExistingItems.createProgress(pair.database);
            Walwire walwire = start();
            try {
                List<CompletableFuture<Void>> writers = write(pair.primary);
                pair.awaitSynced(); // else the new primary would have no slot
                walwire = interrupted(walwire, pair.primary);
                if (!drawn.early()) {
                    pair.awaitSynced();
                }
                if (drawn.behind()) {
                    pair.cutOff();
                    pair.sql(pair.primary, "SELECT pg_sleep(" + random.nextInt(2_000) / 1000.0 + ")");
                }
                killed.set(true);
                pair.promote();
                for (CompletableFuture<Void> writer : writers) {
                    writer.get();
                }
                assertThat(walwire.awaitStreaming(FailoverPair.LONG)).isTrue();
                writers = write(pair.standby);
                walwire = interrupted(walwire, pair.standby);
                for (CompletableFuture<Void> writer : writers) {
                    writer.get();
                }
                requireCopied(walwire);
            } finally {
                walwire.close();
            }
        }

        private void requireCopied(Walwire walwire) throws Exception {
            Eventually.until(FailoverPair.LONG, () -> pair.text(
                            pair.standby,
                            "SELECT string_agg(state || timeline, ' ') FROM walwire_backfill WHERE leaf = 0")
                    .equals("done2"));
            assertThat(walwire.awaitCurrent(FailoverPair.LONG)).isTrue();
            Map<String, String> rows;
            try (Connection connection = pair.standby.connect(pair.database.name())) {
                rows = RandomTable.rows(connection);
            }
            assertThat(copy.rows()).isEqualTo(rows);
        }

        private List<CompletableFuture<Void>> write(PostgresServer server) {
            return Histories.write(random, (own, truncates, session) -> {
                try (Connection connection = server.connect(pair.database.name())) {
                    table.write(connection, own, truncates, 0, 1);
                } catch (SQLException e) {
                    if (server != pair.primary || !killed.get()) {
                        throw e;
                    }
                }
            });
        }

        private Walwire start() {
            return pair.instance()
                    .set("walwire.backfill", "new")
                    .set("walwire.backfill.rate", drawn.rate() + "KiB")
                    .set("walwire.subscriptions", "item, beat")
                    .handler("copy", copy)
                    .handler("gaps", on -> on.onGap(gap -> copy.forget()))
                    .start();
        }

        private Walwire interrupted(Walwire walwire, PostgresServer server) throws Exception {
            switch (random.nextInt(5)) {
                case 0 ->
                    pair.sql(
                            server,
                            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname ="
                                    + " current_database() AND application_name LIKE 'walwire%'");
                case 1 -> {
                    walwire.backfills().forEach(BackfillRun::pause);
                    walwire.backfills().forEach(BackfillRun::resume);
                }
                case 2 -> {
                    walwire.close();
                    Walwire next = start();
                    // until then its stream does not know what the one before got ahead of the standby
                    assertThat(drawn.synchronizes() || next.awaitCurrent(FailoverPair.LONG))
                            .isTrue();
                    return next;
                }
                default -> pair.sql(server, "SELECT pg_sleep(" + random.nextInt(1_000) / 1000.0 + ")");
            }
            return walwire;
        }
    }
}
