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
import io.walwire.internal.backfill.EventKeys;
import io.walwire.internal.backfill.Existing;
import io.walwire.internal.backfill.PlacedChunk;
import io.walwire.internal.backfill.ReadJob;
import io.walwire.internal.backfill.TableBackfill;
import io.walwire.internal.backfill.TablePlan;
import io.walwire.internal.backfill.UnseenTransactions;
import io.walwire.internal.connection.server.Snapshot;
import io.walwire.internal.transaction.ReceivedChange;
import io.walwire.internal.transaction.ReceivedRow;
import io.walwire.testing.Eventually;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A copy of a table, made of its rows and its stream while sessions write to it: at the end it is the table, and no row goes back.
 * The budget is {@code -Dwalwire.backfill.rounds}, of each kind; the seed {@code -Dwalwire.backfill.seed}.
 */
class BackfillBesideWritersTest {
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final int ROUNDS = Integer.getInteger("walwire.backfill.rounds", 1);
    private static final long SEED = Long.getLong("walwire.backfill.seed", 1);
    private static final int ROWS = 300;
    private static final int CHANGES = 250;
    private static final String BIG = "repeat(chr(97 + (random() * 25)::int), 3000)";

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
                forget(String.valueOf(before == null ? null : before.text("id")));
            } else {
                String id = String.valueOf(now.text("id"));
                String was = before == null || !before.isKnown("id") ? id : String.valueOf(before.text("id"));
                String value = now.isKnown("big") ? now.text("big") : large.get(was);
                if (!was.equals(id)) {
                    forget(was);
                }
                put(id, now, String.valueOf(value));
            }
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
                for (Event event : transaction.events()) {
                    if (event instanceof ReceivedChange change
                            && change.source().table().equals("item")
                            && event.kind() != Kind.SCHEMA) {
                        if (running != null) {
                            running.delivered(change);
                        }
                        copy.event(change);
                    }
                }
                unseen.delivered((int) transaction.xid());
                if (running == null) {
                    backfill = new TableBackfill(plan, settings, unseen);
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
                        placed.range(),
                        Snapshot.parse("100:100:"),
                        passed,
                        placed.rows(),
                        0,
                        null);
                existing.events(kept).forEach(copy::read);
                running.handled(placed);
            }
        }

        /** What a reader thread does. */
        void readAll(ChunkReader reader, boolean inBinary, TableBackfill running) throws SQLException {
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
                ChunkResult result = reader.read(job.leaf(), job.range(), inBinary, seen -> running.shows(job, seen));
                List<ReceivedRow> events = result instanceof Chunk chunk ? existing.events(chunk) : List.of();
                EventKeys keys = new EventKeys(job.leaf().key());
                running.read(
                        job,
                        result,
                        i -> Objects.requireNonNull(keys.of(events.get(i)).now()));
            }
        }
    }

    /** Random changes; one key is changed by one session at a time, so that its versions follow its commits. */
    private static void write(TestDatabase database, Random random, boolean partitions, boolean truncates)
            throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (int i = 0; i < CHANGES; i++) {
                // before any other lock, so that none waits in a circle with those who define the table again
                statement.execute(
                        truncates && i == CHANGES / 2 ? "TRUNCATE item" : "LOCK TABLE item IN ROW EXCLUSIVE MODE");
                int changes = 1 + random.nextInt(3);
                int id = random.nextInt(ROWS + 20);
                for (int j = 0; j < changes; j++) {
                    id = Math.min(id + random.nextInt(20), ROWS + 400); // in one order, so that none waits in a circle
                    statement.execute("SELECT pg_advisory_xact_lock(" + id + ")");
                    statement.execute(change(random, id, partitions));
                    if (random.nextInt(6) == 0) {
                        statement.execute("SAVEPOINT s");
                        statement.execute("UPDATE item SET v = nextval('versions'), note = 'undone' WHERE id = " + id);
                        statement.execute("ROLLBACK TO s");
                    }
                }
                if (random.nextInt(8) == 0) {
                    connection.rollback();
                } else {
                    connection.commit();
                }
            }
        }
    }

    /** Rewrites the table, and defines it again. */
    private static void define(TestDatabase database) throws SQLException {
        database.sql(
                "VACUUM FULL item",
                "ALTER TABLE item ADD more int DEFAULT 7",
                "ALTER TABLE item ALTER note TYPE varchar(5000)",
                "ALTER TABLE item DROP more");
    }

    private static String change(Random random, int id, boolean partitions) {
        String of = " WHERE id = " + id;
        return switch (random.nextInt(8)) {
            case 0 ->
                "INSERT INTO item SELECT " + id + ", nextval('versions'), 'inserted', " + BIG + ", 0"
                        + " WHERE NOT EXISTS (SELECT FROM item" + of + ")";
            case 1 -> "DELETE FROM item" + of;
            case 2 -> "UPDATE item SET v = nextval('versions'), big = " + BIG + of;
            case 3 ->
                "UPDATE item SET v = nextval('versions'), id = id + 100000" + of
                        + " AND NOT EXISTS (SELECT FROM item WHERE id = " + (id + 100_000) + ")";
            case 4 -> "UPDATE item SET v = nextval('versions'), part = " + (partitions ? random.nextInt(2) : 0) + of;
            default -> "UPDATE item SET v = nextval('versions'), note = note || 'x'" + of;
        };
    }

    private static void create(TestDatabase database, boolean partitions, String identity) throws SQLException {
        database.sql(
                "DROP TABLE IF EXISTS item",
                "CREATE TABLE IF NOT EXISTS beat (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)",
                "CREATE SEQUENCE IF NOT EXISTS versions");
        String columns = "CREATE TABLE item (id int NOT NULL, v bigint, note text, big text, part int NOT NULL)";
        database.sql(columns + (partitions ? " PARTITION BY LIST (part)" : ""));
        if (partitions) {
            database.sql(
                    "CREATE TABLE item_0 PARTITION OF item FOR VALUES IN (0)",
                    "CREATE TABLE item_1 PARTITION OF item FOR VALUES IN (1)");
        }
        database.sql(
                "ALTER TABLE item ALTER big SET STORAGE EXTERNAL",
                "ALTER TABLE item ADD PRIMARY KEY (id, part)",
                "INSERT INTO item SELECT i, nextval('versions'), 'n', " + BIG + ", 0 FROM generate_series(1, " + ROWS
                        + ") i");
        if (!partitions) {
            database.sql("ALTER TABLE item DROP CONSTRAINT item_pkey", "ALTER TABLE item ADD PRIMARY KEY (id)");
            database.sql("CREATE UNIQUE INDEX by_id ON item (id)", "ALTER TABLE item REPLICA IDENTITY " + identity);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "14, false, DEFAULT, false, false",
        "18, false, DEFAULT, false, true",
        "18, false, FULL, true, false",
        "16, false, USING INDEX by_id, true, true",
        "18, true, DEFAULT, false, false",
        "15, true, DEFAULT, true, true",
    })
    void copy_isTheTable(int version, boolean partitions, String identity, boolean byKey, boolean inBinary)
            throws Exception {
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            for (int round = 0; round < ROUNDS; round++) {
                create(database, partitions, identity);
                database.sql(
                        "DROP PUBLICATION IF EXISTS events",
                        "CREATE PUBLICATION events FOR TABLE item, beat WITH (publish_via_partition_root = true)");
                run(database, new Random(SEED + round), partitions, byKey, inBinary);
            }
        }
    }

    private static void run(TestDatabase database, Random random, boolean partitions, boolean byKey, boolean inBinary)
            throws Exception {
        BackfillSettings settings = new BackfillSettings(8192, 1 << 20, byKey, null, true);
        try (Existing existing = Existing.in(database, "events")) {
            Instance instance = new Instance(existing, settings);
            try (Walwire walwire = Walwire.builder()
                            .url(database.url())
                            .publication("events")
                            .set("walwire.binary", Boolean.toString(inBinary))
                            .handler(on -> on.onTransaction(instance::transaction))
                            .start();
                    ChunkReader one = existing.reader();
                    ChunkReader two = existing.reader()) {
                List<CompletableFuture<Void>> threads = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    Random own = new Random(random.nextLong());
                    boolean truncates = i == 0 && random.nextInt(3) == 0;
                    threads.add(thread(() -> write(database, own, partitions, truncates)));
                }
                Eventually.until(LONG, () -> instance.backfill != null);
                TableBackfill backfill = Objects.requireNonNull(instance.backfill);
                threads.add(thread(() -> define(database)));
                threads.add(thread(() -> instance.readAll(one, inBinary, backfill)));
                threads.add(thread(() -> instance.readAll(two, inBinary, backfill)));
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
                assertThat(instance.copy.rows).isEqualTo(table(database));
            }
        }
    }

    private interface Work {
        void run() throws Exception;
    }

    private static CompletableFuture<Void> thread(Work work) {
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        work.run();
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                },
                task -> new Thread(task, "beside").start());
    }

    private static Map<String, String> table(TestDatabase database) throws SQLException {
        Map<String, String> rows = new TreeMap<>();
        database.query("SELECT id, v, note, big FROM item")
                .forEach(row -> rows.put(
                        String.valueOf(row.get("id")), row.get("v") + " " + row.get("note") + " " + row.get("big")));
        return rows;
    }
}
