package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.event.Lsn;
import io.walwire.event.Row;
import io.walwire.event.Transaction;
import io.walwire.internal.backfill.BackfillSettings;
import io.walwire.internal.backfill.ChunkReader;
import io.walwire.internal.backfill.ChunkResult;
import io.walwire.internal.backfill.ChunkResult.Chunk;
import io.walwire.internal.backfill.DeliveredTransaction;
import io.walwire.internal.backfill.EventKeys;
import io.walwire.internal.backfill.Existing;
import io.walwire.internal.backfill.PlacedChunk;
import io.walwire.internal.backfill.ReadJob;
import io.walwire.internal.backfill.TableBackfill;
import io.walwire.internal.backfill.TablePlan;
import io.walwire.internal.backfill.TableReading;
import io.walwire.internal.backfill.UnseenTransactions;
import io.walwire.internal.connection.server.Snapshot;
import io.walwire.internal.transaction.ReceivedChange;
import io.walwire.internal.transaction.ReceivedRow;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A copy of a table, made of its rows and its stream while sessions write to it: at the end it is the table, and no row goes back.
 * The budget is {@code -Dwalwire.backfill.rounds}, of each kind; the seed {@code -Dwalwire.backfill.seed}.
 */
@Timeout(value = 5, unit = TimeUnit.HOURS) // of the largest budget
class BackfillBesideWritersTest {
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final int ROUNDS = Integer.getInteger("walwire.backfill.rounds", 1);
    private static final long SEED = Long.getLong("walwire.backfill.seed", 1);

    /** A copy of the table, by key. */
    private static final class Copy {
        final Map<String, String> rows = new TreeMap<>();
        private final Map<String, String> large = new TreeMap<>();
        private final Map<String, Long> versions = new TreeMap<>();
        private long emptied;

        void event(ReceivedChange event) {
            Row now = event.afterRow();
            Row before = event.beforeRow();
            if (event.kind() == Kind.TRUNCATE) {
                rows.clear();
                large.clear();
                emptied = versions.values().stream().max(Long::compare).orElse(0L);
            } else if (now == null) {
                forget(was(before, "none"));
            } else {
                String id = String.valueOf(now.text("id"));
                String was = was(before, id);
                String value = now.isKnown("big") ? now.text("big") : large.get(was);
                if (!was.equals(id)) {
                    forget(was);
                }
                put(id, now, String.valueOf(value));
            }
        }

        /** A partition with an index of its own as its identity does not send the id: its row is found by the version. */
        private String was(@Nullable Row before, String otherwise) {
            if (before == null || before.isKnown("id")) {
                return before == null ? otherwise : String.valueOf(before.text("id"));
            }
            String version = before.text("v") + " ";
            return rows.entrySet().stream()
                    .filter(row -> row.getValue().startsWith(version))
                    .map(Map.Entry::getKey)
                    .findFirst()
                    .orElse(otherwise);
        }

        private void forget(String id) {
            rows.remove(id);
            large.remove(id);
        }

        void read(ReceivedRow event) {
            String id = String.valueOf(event.row().text("id"));
            long version = version(event.row());
            assertThat(version)
                    .as("version of row %s", id)
                    .isGreaterThanOrEqualTo(versions.getOrDefault(id, 0L))
                    .isGreaterThan(emptied);
            put(id, event.row(), String.valueOf(event.row().text("big")));
        }

        private void put(String id, Row row, String value) {
            versions.merge(id, version(row), Math::max);
            large.put(id, value);
            rows.put(id, row.text("v") + " " + row.text("note") + " " + value);
        }

        private static long version(Row row) {
            return Long.parseLong(String.valueOf(row.text("v")));
        }
    }

    /** The instance: what its handler thread does for each transaction. */
    private static final class Instance {
        final Copy copy = new Copy();
        final UnseenTransactions unseen = new UnseenTransactions();
        final Existing existing;
        final TablePlan plan;
        final BackfillSettings settings;
        volatile @Nullable TableBackfill backfill;
        final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

        Instance(Existing existing, BackfillSettings settings) throws SQLException {
            this.existing = existing;
            this.plan = existing.plan("item");
            this.settings = settings;
        }

        void transaction(Transaction transaction) {
            try {
                TableBackfill running = backfill;
                DeliveredTransaction by = new DeliveredTransaction(
                        (int) transaction.xid(), Objects.requireNonNull(transaction.commitLsn()));
                for (Event event : transaction.events()) {
                    if (event instanceof ReceivedChange change
                            && change.source().table().equals("item")
                            && event.kind() != Kind.SCHEMA) {
                        if (running != null) {
                            running.delivered(by, change);
                        }
                        copy.event(change);
                    }
                }
                unseen.delivered(by);
                if (running == null) {
                    backfill = (TableBackfill) TableReading.begin(plan, settings, unseen, List.of(), List.of());
                    copy.rows.clear();
                } else {
                    place(running, Objects.requireNonNull(transaction.endLsn()));
                }
            } catch (Throwable e) {
                failure.compareAndSet(null, e);
            }
        }

        private void place(TableBackfill running, Lsn passed) throws SQLException {
            for (PlacedChunk placed : running.place(passed)) {
                Chunk kept = new Chunk(
                        placed.job().leaf(),
                        Objects.requireNonNull(placed.range()),
                        Snapshot.parse("100:100:"),
                        passed,
                        placed.rows(),
                        new ChunkResult.Size(0, 0),
                        null);
                existing.events(kept).forEach(copy::read);
                running.handled(placed);
            }
        }

        /** What a reader thread does. */
        void readAll(ChunkReader reader, TableBackfill running) throws SQLException {
            while (!running.isDone() && failure.get() == null) {
                if (running.wantsSnapshot()) {
                    running.sees(reader.snapshot());
                }
                if (running.brokenPlan() != null) {
                    running.planned(existing.plan("item"));
                }
                ReadJob job = running.take();
                if (job == null) {
                    Thread.onSpinWait();
                    reader.snapshot(); // takes as long as a round trip
                    continue;
                }
                ChunkResult result = reader.read(job.leaf(), job.range(), Lsn.ZERO, seen -> running.shows(job, seen));
                List<ReceivedRow> events = result instanceof Chunk chunk ? existing.events(chunk) : List.of();
                EventKeys keys = new EventKeys(job.leaf().key());
                running.read(
                        job,
                        result,
                        i -> Objects.requireNonNull(keys.of(events.get(i)).now()));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "14, false, DEFAULT, false, false",
        "18, false, DEFAULT, false, true",
        "18, false, FULL, true, false",
        "16, false, USING INDEX by_id, true, true",
        "17, true, LEAVES, false, false",
        "15, true, DEFAULT, true, true",
        "18, true, LEAVES, true, true",
    })
    void copy_isTheTable(int version, boolean partitions, String identity, boolean byKey, boolean inBinary)
            throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            RandomTable table = new RandomTable(database, partitions, identity);
            for (int round = 0; round < ROUNDS; round++) {
                table.create();
                run(table, new Random(SEED + round), byKey, inBinary);
            }
        }
    }

    private static void run(RandomTable table, Random random, boolean byKey, boolean inBinary) throws Exception {
        TestDatabase database = table.database();
        BackfillSettings settings = new BackfillSettings(8192, 1 << 20, byKey, true, false);
        try (Existing existing = Existing.in(database, "events")) {
            Instance instance = new Instance(existing, settings);
            try (Walwire walwire = Walwire.builder()
                            .url(database.url())
                            .publication("events")
                            .set("walwire.binary", inBinary ? "auto" : "false")
                            .handler(on -> on.onTransaction(instance::transaction))
                            .start();
                    ChunkReader one = existing.reader();
                    ChunkReader two = existing.reader()) {
                List<CompletableFuture<Void>> threads = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    Random own = new Random(random.nextLong());
                    boolean truncates = i == 0 && random.nextInt(3) == 0;
                    threads.add(RandomTable.thread(() -> table.write(own, truncates)));
                }
                Eventually.until(LONG, () -> instance.backfill != null);
                TableBackfill backfill = Objects.requireNonNull(instance.backfill);
                threads.add(RandomTable.thread(table::define));
                threads.add(RandomTable.thread(() -> instance.readAll(one, backfill)));
                threads.add(RandomTable.thread(() -> instance.readAll(two, backfill)));
                Eventually.until(LONG, () -> {
                    database.sql("INSERT INTO beat DEFAULT VALUES");
                    return instance.failure.get() != null || threads.stream().allMatch(CompletableFuture::isDone);
                });
                assertThat(instance.failure.get()).isNull();
                for (CompletableFuture<Void> thread : threads) {
                    thread.get();
                }
                database.sql("INSERT INTO beat DEFAULT VALUES");
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
                assertThat(instance.copy.rows).isEqualTo(table.rows());
            }
        }
    }
}
