package io.walwire.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.debezium.engine.ChangeEvent;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.format.Json;
import io.walwire.Walwire;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

/** {@link KafkaValue#debezium} beside what a Debezium engine prints of the same changes, with its default settings. */
class DebeziumEngineTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String PREFIX = "shop";

    /** What stands in the source and differs, or is not known here. */
    private static final List<String> OWN_FACTS = List.of("name", "version", "lsn", "sequence", "origin", "origin_lsn");

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private record Printed(
            String topic, @Nullable String key, @Nullable String value) {
        JsonNode json() {
            return ExactJson.read(String.valueOf(value));
        }
    }

    /** Its log shows the rows, which no log of these tests may. */
    @BeforeAll
    static void quietly() {
        ((Logger) LoggerFactory.getLogger("io.debezium")).setLevel(Level.OFF);
    }

    @BeforeEach
    void tables() throws Exception {
        List<String> columns = new ArrayList<>();
        DebeziumTypes.VALUES.keySet().forEach(type -> columns.add("\"" + type + "\" " + type));
        database.sql(
                "CREATE EXTENSION citext",
                "CREATE EXTENSION hstore",
                "CREATE EXTENSION ltree",
                "CREATE TYPE mood AS ENUM ('sad', 'happy')",
                "CREATE DOMAIN posint AS int CHECK (VALUE > 0)",
                "CREATE TABLE item (id int PRIMARY KEY, name text, big text)",
                "ALTER TABLE item ALTER big SET STORAGE EXTERNAL",
                "CREATE TABLE whole (id int PRIMARY KEY, name text)",
                "ALTER TABLE whole REPLICA IDENTITY FULL",
                "CREATE TABLE typed (id int PRIMARY KEY, " + String.join(", ", columns) + ")",
                "CREATE PUBLICATION events FOR ALL TABLES");
        database.createSlot(database.unique("ours"));
        database.createSlot(database.unique("theirs"));
    }

    private List<Printed> ours(String backfill) throws Exception {
        List<Printed> printed = new ArrayList<>();
        KafkaOptions options = new KafkaOptions(
                "",
                Topics.of(PREFIX + ".{schema}.{table}"),
                KafkaValue.debezium(),
                KafkaSink.Delivery.AT_LEAST_ONCE,
                "positions",
                null,
                PREFIX + ".message",
                Map.of());
        RecordWriter.Output output = new RecordWriter.Output() {
            @Override
            public void send(ProducerRecord<byte[], byte[]> record, Supplier<String> what) {
                printed.add(new Printed(record.topic(), text(record.key()), text(record.value())));
            }

            @Override
            public String topic(String wanted) {
                return wanted;
            }

            @Override
            public int partitions(String topic) {
                return 1;
            }
        };
        try (Walwire walwire = Walwire.builder()
                .url(database.url())
                .publication("events")
                .slotName(database.unique("ours"))
                .set("walwire.backfill", backfill)
                .sink(new WritingSink(context -> new RecordWriter(options, context, output)))
                .start()) {
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            if (backfill.equals("new")) {
                Eventually.until(
                        LONG,
                        () -> database.queryLong(
                                        "SELECT count(*) FROM walwire_backfill WHERE leaf = 0 AND state = 'done' AND table_name = 'public.whole'")
                                == 1);
            }
        }
        return printed;
    }

    private static @Nullable String text(byte @Nullable [] bytes) {
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }

    private List<Printed> theirs(int records, String snapshot) throws Exception {
        BlockingQueue<Printed> queue = new LinkedBlockingQueue<>();
        DebeziumEngine<ChangeEvent<String, String>> engine = DebeziumEngine.create(Json.class)
                .using(settings(snapshot))
                .using((success, message, error) -> queue.add(new Printed("ended: " + message, null, null)))
                .notifying(event -> queue.add(new Printed(event.destination(), event.key(), event.value())))
                .build();
        ExecutorService executor = Executors.newSingleThreadExecutor();
        executor.execute(engine);
        List<Printed> printed = new ArrayList<>();
        try {
            while (printed.size() < records) {
                Printed next = queue.poll(30, TimeUnit.SECONDS);
                assertThat(next).isNotNull();
                assertThat(next.topic()).startsWith(PREFIX);
                printed.add(next);
            }
        } finally {
            if (!snapshot.equals("initial_only")) {
                engine.close();
            }
            executor.shutdownNow();
            executor.awaitTermination(LONG.toSeconds(), TimeUnit.SECONDS);
        }
        return printed;
    }

    private Properties settings(String snapshot) {
        Properties settings = new Properties();
        settings.setProperty("name", "comparison");
        settings.setProperty("connector.class", "io.debezium.connector.postgresql.PostgresConnector");
        settings.setProperty("offset.storage", "org.apache.kafka.connect.storage.MemoryOffsetBackingStore");
        settings.setProperty("database.hostname", "localhost");
        settings.setProperty("database.port", database.jdbcUrl().replaceFirst(".*://[^/:]*:(\\d+)/.*", "$1"));
        settings.setProperty("database.user", database.user());
        settings.setProperty("database.password", database.password());
        settings.setProperty("database.dbname", database.name());
        settings.setProperty("topic.prefix", PREFIX);
        settings.setProperty("plugin.name", "pgoutput");
        settings.setProperty("slot.name", database.unique("theirs"));
        settings.setProperty("publication.name", "events");
        settings.setProperty("publication.autocreate.mode", "disabled");
        settings.setProperty("snapshot.mode", snapshot);
        settings.setProperty("skipped.operations", "none");
        settings.setProperty("poll.interval.ms", "20");
        settings.setProperty("table.include.list", "public.item,public.whole,public.typed");
        settings.setProperty("key.converter.schemas.enable", "false");
        settings.setProperty("value.converter.schemas.enable", "false");
        settings.setProperty("converter.schemas.enable", "false");
        return settings;
    }

    /** What is compared of a record: what differs from run to run, and what docs/kafka.md lists, is left out. */
    private static String comparable(Printed printed) {
        boolean isRow = printed.topic().startsWith(PREFIX + ".public") && !"\"truncate\"".equals(printed.key());
        String key = isRow ? printed.key() + " " : "";
        if (printed.value() == null) {
            return key + "tombstone";
        }
        ObjectNode value = (ObjectNode) printed.json();
        ObjectNode source = (ObjectNode) value.get("source");
        assertThat(source.path("lsn").isIntegralNumber()).as("%s", value).isTrue();
        for (String time : List.of("ts_ms", "ts_us", "ts_ns")) {
            assertThat(value.path(time).isIntegralNumber())
                    .as("%s", value)
                    .isEqualTo(time.equals("ts_ms") || !value.get("op").asText().equals("m"));
            assertThat(source.path(time).isIntegralNumber()).as("%s", value).isTrue();
            value.remove(time);
            source.remove(time);
        }
        source.remove(OWN_FACTS);
        for (String row : List.of("before", "after")) {
            if (value.path(row).isObject()) {
                withoutUnsent((ObjectNode) value.get(row), row.equals("before"));
            }
        }
        return key + ExactJson.canonical(value);
    }

    /** Debezium shows values that PostgreSQL did not send as a text of its own, and in old rows as null. */
    private static void withoutUnsent(ObjectNode row, boolean old) {
        List<String> unsent = new ArrayList<>();
        row.properties().forEach(column -> {
            if (column.getValue().asText().equals("__debezium_unavailable_value")
                    || (old && column.getValue().isNull())) {
                unsent.add(column.getKey());
            }
        });
        row.remove(unsent);
    }

    private static List<String> comparable(List<Printed> printed) {
        return printed.stream()
                .map(DebeziumEngineTest::comparable)
                .filter(line -> !line.startsWith("null {\"after\"")) // Debezium's truncate has no key
                .toList();
    }

    @Test
    void events_areDebeziums() throws Exception {
        database.sql(
                "INSERT INTO item VALUES (1, 'tea', repeat('x', 3000))",
                "UPDATE item SET name = 'coffee'",
                "UPDATE item SET id = 2",
                "DELETE FROM item",
                "INSERT INTO whole VALUES (1, 'tea')",
                "UPDATE whole SET name = 'coffee'",
                "UPDATE whole SET id = 2",
                "DELETE FROM whole",
                "SELECT pg_logical_emit_message(true, 'mail', 'hello')",
                "SELECT pg_logical_emit_message(false, 'mail', 'at once')",
                "TRUNCATE item");
        List<Printed> ours = ours("off");
        List<Printed> theirs = theirs(ours.size(), "no_data");
        List<String> expected = new ArrayList<>(comparable(theirs));
        List<String> found = new ArrayList<>(comparable(ours));
        // the key of a truncate alone differs
        String truncate = found.remove(found.size() - 1);
        assertThat(truncate).contains("\"op\":\"t\"");
        assertThat(theirs.get(theirs.size() - 1).json().get("op").asText()).isEqualTo("t");
        assertThat(found).isEqualTo(expected);
    }

    @Test
    void values_areDebeziums_exceptThoseThatAreListed() throws Exception {
        database.sql("INSERT INTO typed VALUES (1, " + String.join(", ", DebeziumTypes.VALUES.values()) + ")");
        List<Printed> ours = ours("off");
        JsonNode here = ours.get(0).json().get("after");
        JsonNode there = theirs(1, "no_data").get(0).json().get("after");
        Map<String, String> different = new TreeMap<>();
        DebeziumTypes.VALUES.keySet().forEach(type -> {
            if (!here.get(type).equals(there.get(type))) {
                different.put(type, there.get(type) + " " + here.get(type));
            }
        });
        assertThat(different).isEqualTo(DebeziumTypes.DIFFERENT);
    }

    @Test
    void existingRows_areThoseOfASnapshot() throws Exception {
        database.sql(
                Files.readString(Path.of("sql/backfill.sql")),
                "INSERT INTO whole VALUES (1, 'tea'), (2, 'coffee')",
                "DROP TABLE item",
                "DROP TABLE typed");
        List<Printed> reads = ours("new").stream()
                .filter(record -> record.topic().endsWith(".whole")
                        && record.json().path("op").asText().equals("r"))
                .toList();
        List<Printed> theirs = theirs(2, "initial_only");
        for (int i = 0; i < 2; i++) {
            JsonNode here = reads.get(i).json();
            JsonNode there = theirs.get(i).json();
            assertThat(reads.get(i).key()).isEqualTo(theirs.get(i).key());
            assertThat(here.get("after")).isEqualTo(there.get("after"));
            assertThat(here.get("before")).isEqualTo(there.get("before"));
            assertThat(here.get("op")).isEqualTo(there.get("op"));
        }
    }
}
