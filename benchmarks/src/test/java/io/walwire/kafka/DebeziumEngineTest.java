package io.walwire.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.debezium.engine.ChangeEvent;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.format.Json;
import io.walwire.Walwire;
import io.walwire.testing.TestDatabase;
import java.nio.charset.StandardCharsets;
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
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@link KafkaValue#debezium} beside what a Debezium engine prints of the same changes, with its default settings. */
class DebeziumEngineTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String PREFIX = "shop";

    /** A value of each type, by the type. */
    private static final Map<String, String> TYPES = new TreeMap<>(Map.ofEntries(
            Map.entry("bool", "true"),
            Map.entry("int2", "7"),
            Map.entry("int4", "7"),
            Map.entry("int8", "9007199254740993"),
            Map.entry("float4", "1.1"),
            Map.entry("float8", "0.1"),
            Map.entry("numeric", "1.50"),
            Map.entry("numeric(10,2)", "1.50"),
            Map.entry("money", "1234.50"),
            Map.entry("oid", "42"),
            Map.entry("text", "'größe'"),
            Map.entry("varchar", "'a'"),
            Map.entry("char(5)", "'ab'"),
            Map.entry("uuid", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"),
            Map.entry("bytea", "'\\xdeadbeef'"),
            Map.entry("bit(3)", "B'101'"),
            Map.entry("bit(1)", "B'1'"),
            Map.entry("varbit", "B'10'"),
            Map.entry("date", "'2024-02-29'"),
            Map.entry("time", "'12:00:00.12'"),
            Map.entry("timetz", "'12:00:00+05:30'"),
            Map.entry("timestamp", "'2024-02-29 12:00:00.123456'"),
            Map.entry("timestamptz", "'2024-02-29 12:00:00.123456+02:30'"),
            Map.entry("interval", "'1 year 2 months 3 days 04:05:06.789'"),
            Map.entry("json", "'{\"b\": 1.10, \"a\": [1]}'"),
            Map.entry("jsonb", "'{\"b\": 1.10, \"a\": [1]}'"),
            Map.entry("xml", "'<a>1</a>'"),
            Map.entry("int4[]", "'{1,NULL,3}'"),
            Map.entry("text[]", "'{a,b}'"),
            Map.entry("mood", "'happy'"),
            Map.entry("posint", "5"),
            Map.entry("inet", "'192.168.0.1/24'"),
            Map.entry("cidr", "'10.0.0.0/8'"),
            Map.entry("macaddr", "'08:00:2b:01:02:03'"),
            Map.entry("point", "'(1,2.5)'"),
            Map.entry("int4range", "'[1,10]'"),
            Map.entry("numrange", "'(,5)'"),
            Map.entry("tsrange", "'[2024-01-01,)'"),
            Map.entry("tstzrange", "'[2024-01-01 00:00+02,)'"),
            Map.entry("daterange", "'[2024-01-01,2024-01-31]'"),
            Map.entry("tsvector", "'fat:1 cat:2'"),
            Map.entry("citext", "'MiXed'"),
            Map.entry("hstore", "'a=>1,b=>NULL'"),
            Map.entry("ltree", "'a.b.c'")));

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private record Printed(String topic, @Nullable String key, @Nullable String value) {
        JsonNode json() {
            return ExactJson.read(String.valueOf(value));
        }
    }

    @BeforeEach
    void tables() throws Exception {
        List<String> columns = new ArrayList<>();
        TYPES.keySet().forEach(type -> columns.add("\"" + type + "\" " + type));
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

    private List<Printed> ours() throws Exception {
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
            public void send(ProducerRecord<byte[], byte[]> record, String what) {
                printed.add(new Printed(record.topic(), text(record.key()), text(record.value())));
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
                .sink(new WritingSink(context -> new RecordWriter(options, context, output)))
                .start()) {
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        return printed;
    }

    private static @Nullable String text(byte @Nullable [] bytes) {
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }

    private List<Printed> theirs(int records) throws Exception {
        BlockingQueue<Printed> queue = new LinkedBlockingQueue<>();
        DebeziumEngine<ChangeEvent<String, String>> engine = DebeziumEngine.create(Json.class)
                .using(settings())
                .notifying(event -> queue.add(new Printed(event.destination(), event.key(), event.value())))
                .build();
        ExecutorService executor = Executors.newSingleThreadExecutor();
        executor.execute(engine);
        List<Printed> printed = new ArrayList<>();
        try {
            while (printed.size() < records) {
                Printed next = queue.poll(LONG.toSeconds(), TimeUnit.SECONDS);
                assertThat(next).as("after %s", printed).isNotNull();
                printed.add(next);
            }
        } finally {
            engine.close();
            executor.shutdownNow();
            executor.awaitTermination(LONG.toSeconds(), TimeUnit.SECONDS);
        }
        return printed;
    }

    private Properties settings() {
        Properties settings = new Properties();
        settings.setProperty("name", "comparison");
        settings.setProperty("connector.class", "io.debezium.connector.postgresql.PostgresConnector");
        settings.setProperty("offset.storage", "org.apache.kafka.connect.storage.MemoryOffsetBackingStore");
        settings.setProperty("database.hostname", "localhost");
        settings.setProperty(
                "database.port", database.jdbcUrl().replaceFirst(".*://[^/:]*:(\\d+)/.*", "$1"));
        settings.setProperty("database.user", database.user());
        settings.setProperty("database.password", database.password());
        settings.setProperty("database.dbname", database.name());
        settings.setProperty("topic.prefix", PREFIX);
        settings.setProperty("plugin.name", "pgoutput");
        settings.setProperty("slot.name", database.unique("theirs"));
        settings.setProperty("publication.name", "events");
        settings.setProperty("publication.autocreate.mode", "disabled");
        settings.setProperty("snapshot.mode", "no_data");
        settings.setProperty("skipped.operations", "none");
        settings.setProperty("poll.interval.ms", "20");
        settings.setProperty("key.converter.schemas.enable", "false");
        settings.setProperty("value.converter.schemas.enable", "false");
        settings.setProperty("converter.schemas.enable", "false");
        return settings;
    }

    /** Without what differs from run to run. */
    private static String steady(Printed printed) {
        if (printed.value() == null) {
            return printed.topic() + " " + printed.key() + " tombstone";
        }
        ObjectNode value = (ObjectNode) printed.json();
        ObjectNode source = (ObjectNode) value.get("source");
        for (String time : List.of("ts_ms", "ts_us", "ts_ns")) {
            assertThat(value.get(time).isIntegralNumber()).isTrue();
            assertThat(source.get(time).isIntegralNumber()).isTrue();
            value.remove(time);
        }
        return printed.topic() + " " + printed.key() + " " + ExactJson.canonical(value);
    }

    @Test
    void show() throws Exception {
        database.sql(
                "INSERT INTO item VALUES (1, 'tea', repeat('x', 5000))",
                "UPDATE item SET name = 'coffee'",
                "UPDATE item SET id = 2",
                "DELETE FROM item",
                "INSERT INTO whole VALUES (1, 'tea')",
                "UPDATE whole SET name = 'coffee'",
                "UPDATE whole SET id = 2",
                "DELETE FROM whole",
                "TRUNCATE item",
                "SELECT pg_logical_emit_message(true, 'mail', 'hello')",
                "SELECT pg_logical_emit_message(false, 'mail', 'at once')",
                "INSERT INTO typed VALUES (1, " + String.join(", ", TYPES.values()) + ")");
        List<Printed> ours = ours();
        List<Printed> theirs = theirs(ours.size());
        ours.forEach(p -> System.out.println("OURS   " + steady(p)));
        theirs.forEach(p -> System.out.println("THEIRS " + steady(p)));
        JsonNode a = ours.get(ours.size() - 1).json().get("after");
        JsonNode b = theirs.get(theirs.size() - 1).json().get("after");
        TYPES.keySet().forEach(type -> System.out.println((a.get(type) != null && a.get(type).equals(b.get(type)) ? "SAME " : "DIFF ") + type + " | " + b.get(type) + " | " + a.get(type)));
    }
}
