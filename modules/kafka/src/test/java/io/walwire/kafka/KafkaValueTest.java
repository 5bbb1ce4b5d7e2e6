package io.walwire.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.format.EventFormat;
import io.cloudevents.core.provider.EventFormatProvider;
import io.walwire.Walwire;
import io.walwire.kafka.CommittedRecords.Seen;
import io.walwire.testing.HostileContents;
import io.walwire.testing.TestDatabase;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The values that other programs read. */
class KafkaValueTest {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final int DEPTH = 6_000;

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final CommittedRecords committed = new CommittedRecords(Broker.shared());

    @BeforeEach
    void tables() throws SQLException {
        KafkaInstances.prepare(database);
    }

    /** An insert, an update, an update of the key, a delete, a truncate and a message; the records with a value. */
    private List<Seen> records(KafkaValue value) throws Exception {
        String topic = database.name() + "-one";
        try (Walwire walwire = KafkaInstances.durable(database)
                .sink(KafkaInstances.sink(database)
                        .topic(event -> topic)
                        .messages(topic)
                        .value(value)
                        .build())
                .start()) {
            database.sql(
                    "INSERT INTO item VALUES (1, 'tea')",
                    "UPDATE item SET name = 'coffee'",
                    "UPDATE item SET id = 2",
                    "DELETE FROM item",
                    "TRUNCATE item",
                    "SELECT pg_logical_emit_message(true, 'mail', 'hello')");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        return committed.of(topic).stream()
                .filter(record -> !record.isTombstone())
                .toList();
    }

    @Test
    void cloudEvents_areReadByTheirSdk() throws Exception {
        EventFormat format =
                Objects.requireNonNull(EventFormatProvider.getInstance().resolveFormat("application/cloudevents+json"));
        List<Seen> records = records(KafkaValue.cloudEvents());
        List<CloudEvent> events = records.stream()
                .map(record -> format.deserialize(
                        Objects.requireNonNull(record.value()).getBytes(StandardCharsets.UTF_8)))
                .toList();
        assertThat(events.stream().map(CloudEvent::getType))
                .containsExactlyInAnyOrder(
                        "io.walwire.insert",
                        "io.walwire.update",
                        "io.walwire.delete",
                        "io.walwire.update",
                        "io.walwire.delete",
                        "io.walwire.truncate",
                        "io.walwire.truncate",
                        "io.walwire.truncate",
                        "io.walwire.message");
        CloudEvent insert = events.stream()
                .filter(event -> event.getType().endsWith("insert"))
                .findFirst()
                .orElseThrow();
        assertThat(insert.getSource()).isEqualTo(URI.create("/walwire/" + database.name()));
        assertThat(insert.getSubject()).isEqualTo("public.item");
        assertThat(insert.getTime()).isNotNull();
        JsonNode data = ExactJson.read(
                new String(Objects.requireNonNull(insert.getData()).toBytes(), StandardCharsets.UTF_8));
        assertThat(data.at("/new_record/name").asText()).isEqualTo("tea");
        assertThat(insert.getId()).isEqualTo(data.at("/transaction/commit_lsn").asText() + "#0");
        assertThat(records).allSatisfy(record -> assertThat(record.headers())
                .containsEntry("content-type", "application/cloudevents+json; charset=UTF-8"));
    }

    @Test
    void debezium_hasItsEnvelope() throws Exception {
        List<JsonNode> envelopes = records(KafkaValue.debezium()).stream()
                .map(Seen::json)
                .filter(envelope -> !"t".equals(envelope.get("op").asText()))
                .toList();
        assertThat(envelopes.stream()
                        .map(envelope -> envelope.get("op").asText() + " " + envelope.get("before") + " "
                                + envelope.get("after")))
                .containsExactlyInAnyOrder(
                        "c null {\"id\":1,\"name\":\"tea\"}",
                        "u null {\"id\":1,\"name\":\"coffee\"}",
                        "d {\"id\":1} null",
                        "c null {\"id\":2,\"name\":\"coffee\"}",
                        "d {\"id\":2} null",
                        "m null null");
        assertThat(envelopes).allSatisfy(envelope -> {
            JsonNode source = envelope.get("source");
            assertThat(source.get("connector").asText()).isEqualTo("postgresql");
            assertThat(source.get("db").asText()).isEqualTo(database.name());
            assertThat(source.get("txId").isIntegralNumber()).isTrue();
            assertThat(source.get("lsn").isIntegralNumber()).isTrue();
            assertThat(source.get("ts_ms").asLong() * 1000)
                    .isLessThanOrEqualTo(source.get("ts_us").asLong());
            assertThat(envelope.get("ts_ms").isIntegralNumber()).isTrue();
        });
    }

    /** PostgreSQL keeps them as they are. A tree of the first cannot be written; names of the others are refused by Jackson. */
    private static List<String> documents() {
        return List.of(
                "{\"a\":".repeat(DEPTH) + "1e99999999999" + "}".repeat(DEPTH),
                "{\"\\ud800\":1}",
                HostileContents.collidingNames(10));
    }

    @Test
    void documents_thatJacksonRefuses_areThereInEachFormat() throws Exception {
        database.sql("CREATE TABLE deep (id int PRIMARY KEY, doc json)", "ALTER TABLE deep REPLICA IDENTITY FULL");
        for (KafkaValue value : List.of(KafkaValue.json(), KafkaValue.debezium(), KafkaValue.cloudEvents())) {
            String topic = database.name() + "-deep-" + value.getClass().getSimpleName();
            try (Walwire walwire = KafkaInstances.durable(database)
                    .sink(KafkaInstances.sink(database)
                            .topic(event -> topic)
                            .value(value)
                            .build())
                    .start()) {
                for (String document : documents()) {
                    database.sql(
                            "INSERT INTO deep VALUES (1, '" + document + "')",
                            "UPDATE deep SET id = 2",
                            "DELETE FROM deep");
                }
                assertThat(walwire.awaitCurrent(LONG)).isTrue();
            }
            List<Seen> records = committed.of(topic);
            for (String document : documents()) {
                assertThat(records.stream()
                                .filter(record -> String.valueOf(record.value()).contains(document)))
                        .hasSize(4);
            }
        }
    }

    /** With the default identity the old row is its key alone. */
    @Test
    void document_ofAChangedKey() throws Exception {
        database.sql("CREATE TABLE deep (id int PRIMARY KEY, doc json)");
        try (Walwire walwire = KafkaInstances.durable(database)
                .sink(KafkaInstances.sink(database).build())
                .start()) {
            database.sql("INSERT INTO deep VALUES (1, '" + documents().get(1) + "')", "UPDATE deep SET id = 2");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(committed.of(KafkaInstances.topic(database, "deep"))).hasSize(4);
    }

    @Test
    void jsonbKey_withNamesThatCollide() throws Exception {
        String document = HostileContents.collidingNames(8);
        database.sql("CREATE TABLE keyed (doc jsonb, n int, PRIMARY KEY (n, doc))");
        try (Walwire walwire = KafkaInstances.durable(database)
                .sink(KafkaInstances.sink(database).build())
                .start()) {
            database.sql("INSERT INTO keyed VALUES ('" + document + "', 1)", "UPDATE keyed SET n = 2");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(committed.of(KafkaInstances.topic(database, "keyed")).stream()
                        .map(Seen::key))
                .hasSize(4)
                .allMatch(key -> key != null && key.contains("\"AbAbAbAbAbAbAbAb\":1"));
    }

    @Test
    void controlCharacters_ofKeys_areEscapedAsTheCoreDoes() {
        String key = "{\"id\":\"a\\u001fb\"}";
        assertThat(ExactJson.canonical(ExactJson.read(key))).isEqualTo(key);
    }
}
