package io.walwire.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import io.walwire.event.Lsn;
import io.walwire.kafka.CommittedRecords.Seen;
import io.walwire.testing.Eventually;
import io.walwire.testing.Seed;
import io.walwire.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Existing rows and changes together: the last record of each key is the row, as compaction leaves it. */
class KafkaBackfillTest {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final int KILLS = Integer.getInteger("walwire.kafka.rounds", 3);
    private static final int ROWS = 2_000;

    @RegisterExtension
    final Seed seed = new Seed();

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final CommittedRecords committed = new CommittedRecords(Broker.shared());

    @BeforeEach
    void tables() throws Exception {
        KafkaInstances.prepare(database);
        database.sql(
                Files.readString(Path.of("sql/backfill.sql")),
                "CREATE SEQUENCE moved START 100000",
                "INSERT INTO item SELECT i, repeat('old', 20) FROM generate_series(1, " + ROWS + ") i");
    }

    private WalwireBuilder reading() {
        return reading(KafkaInstances.sink(database).build());
    }

    private WalwireBuilder reading(KafkaSink sink) {
        return KafkaInstances.durable(database)
                .set("walwire.backfill", "new")
                .set("walwire.backfill.chunk", "8KiB")
                .sink(sink);
    }

    private boolean isDone() throws SQLException {
        return database.queryLong(
                        "SELECT count(*) FROM walwire_backfill WHERE leaf = 0 AND state = 'done' AND table_name = 'public.item'")
                == 1;
    }

    private List<Seen> item() throws Exception {
        return committed.of(KafkaInstances.topic(database, "item"));
    }

    private Map<Integer, String> table() throws SQLException {
        Map<Integer, String> rows = new TreeMap<>();
        database.query("SELECT id, name FROM item")
                .forEach(row -> rows.put(
                        (Integer) Objects.requireNonNull(row.get("id")),
                        Objects.requireNonNull(row.get("name")).toString()));
        return rows;
    }

    private static boolean isRow(Seen record) {
        return record.key() != null && record.key().startsWith("{");
    }

    /** What compaction leaves of the rows. No record of a key may be older than one before it. */
    private static Map<Integer, String> compacted(List<Seen> records) {
        Map<Integer, String> rows = new TreeMap<>();
        Map<Integer, Lsn> versions = new HashMap<>();
        for (Seen record : records) {
            if (!isRow(record)) {
                continue;
            }
            int id = ExactJson.read(Objects.requireNonNull(record.key()))
                    .get("id")
                    .asInt();
            if (record.isTombstone()) {
                rows.remove(id);
                continue;
            }
            JsonNode event = record.json();
            JsonNode place = event.hasNonNull("position") ? event.get("position") : event.at("/transaction/commit_lsn");
            Lsn version = Lsn.parse(place.asText());
            assertThat(version).isGreaterThanOrEqualTo(versions.getOrDefault(id, Lsn.ZERO));
            versions.put(id, version);
            if (event.get("new_record").isObject()) {
                rows.put(id, event.at("/new_record/name").asText());
            }
        }
        return rows;
    }

    private static boolean isRead(Seen record) {
        return isRow(record)
                && !record.isTombstone()
                && record.json().get("type").asText().equals("read");
    }

    private static long reads(List<Seen> records) {
        return records.stream().filter(KafkaBackfillTest::isRead).count();
    }

    /**
     * The reads that came before, with no change of their row in between. A row that an update has moved to a block that is read later
     * may come again after it.
     */
    private static List<String> readAgain(List<Seen> records) {
        Map<String, String> last = new HashMap<>();
        List<String> again = new ArrayList<>();
        for (Seen record : records) {
            String id = isRead(record) ? Objects.requireNonNull(record.id()) : "";
            if (isRow(record) && id.equals(last.put(Objects.requireNonNull(record.key()), id)) && !id.isEmpty()) {
                again.add(id);
            }
        }
        return again;
    }

    private void write(Random random, int writes) {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            for (int i = 0; i < writes; i++) {
                int id = 1 + random.nextInt(ROWS);
                statement.execute(
                        switch (random.nextInt(4)) {
                            case 0 -> "DELETE FROM item WHERE id = " + id;
                            case 1 -> "UPDATE item SET id = nextval('moved') WHERE id = " + id;
                            case 2 -> "INSERT INTO item VALUES (" + id + ", 'again') ON CONFLICT DO NOTHING";
                            default -> "UPDATE item SET name = 'new " + i + "' WHERE id = " + id;
                        });
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void existingRows_besideWriters_andCompaction_areTheTable() throws Exception {
        try (Walwire walwire = reading().start()) {
            write(new Random(1), 300); // the rows are read meanwhile
            Eventually.until(LONG, this::isDone);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        List<Seen> records = item();
        assertThat(compacted(records)).isEqualTo(table());
        assertThat(reads(records)).isPositive();
        assertThat(records.stream()
                        .filter(record -> "\"backfilled\"".equals(record.key()))
                        .map(Seen::partition))
                .containsExactlyInAnyOrder(0, 1, 2);
        Seen read =
                records.stream().filter(KafkaBackfillTest::isRead).findFirst().orElseThrow();
        assertThat(read.key()).isEqualTo(read.json().get("key").toString());
        assertThat(read.headers()).containsOnlyKeys("walwire-id", "walwire-table", "content-type");
    }

    @Test
    void rowsThatWereRead_areNotReadByTheNextInstance() throws Exception {
        try (Walwire walwire = reading().start()) {
            Eventually.until(LONG, this::isDone);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        long reads = reads(item());
        assertThat(reads).isEqualTo(ROWS);
        database.sql("UPDATE item SET name = 'later' WHERE id = 7");
        KafkaSink next = KafkaInstances.sink(database).build();
        try (Walwire walwire = reading(next).start()) {
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(next.notes()).as("what it still holds of the notes").isEmpty();
        }
        List<Seen> records = item();
        assertThat(reads(records)).isEqualTo(reads);
        assertThat(compacted(records)).isEqualTo(table());
    }

    /** The process is killed while it reads. Changes and reads are there once. */
    @Test
    @Timeout(value = 12, unit = TimeUnit.HOURS)
    void killedInALoop_theRowsAreTheTable() throws Exception {
        Random random = seed.random();
        for (int kill = 0; kill < KILLS; kill++) {
            int enough = item().size() + 1 + random.nextInt(ROWS / 4);
            Process process = KafkaSinkProcess.start(
                    database,
                    "walwire.backfill=new",
                    "walwire.backfill.chunk=8KiB",
                    "walwire.backfill.rate=" + (15 + random.nextInt(30)) + "KiB");
            try {
                Eventually.until(LONG, () -> {
                    write(random, 10);
                    return item().size() >= enough;
                });
            } finally {
                KafkaSinkProcess.kill(process);
            }
            write(random, 10);
        }
        try (Walwire walwire = reading().start()) {
            Eventually.until(LONG, this::isDone);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        List<Seen> records = item();
        assertThat(compacted(records)).isEqualTo(table());
        assertThat(readAgain(records)).isEmpty();
        assertThat(records.stream().filter(record -> "\"backfilled\"".equals(record.key())))
                .as("one end, in each partition of the topic")
                .hasSize(3);
        assertThat(records.stream()
                        .filter(record -> isRow(record)
                                && !record.isTombstone()
                                && !record.json().get("type").asText().equals("read")
                                && !"old".equals(record.headers().get("walwire-key-change")))
                        .map(Seen::id))
                .doesNotHaveDuplicates();
    }
}
