package io.walwire.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.walwire.Walwire;
import io.walwire.kafka.CommittedRecords.Seen;
import io.walwire.testing.HostileContents;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Which records a table's changes become. */
class KafkaSinkTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final CommittedRecords committed = new CommittedRecords(Broker.shared());

    @BeforeEach
    void tables() throws SQLException {
        KafkaInstances.prepare(database);
    }

    private void stream(KafkaSink.Builder sink, String... statements) throws Exception {
        try (Walwire walwire =
                KafkaInstances.durable(database).sink(sink.build()).start()) {
            database.sql(statements);
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
    }

    private void stream(String... statements) throws Exception {
        stream(KafkaInstances.sink(database), statements);
    }

    private List<Seen> item() throws Exception {
        return committed.of(KafkaInstances.topic(database, "item"));
    }

    private static List<String> keyAndType(List<Seen> records) {
        return records.stream()
                .map(record -> record.key() + " "
                        + (record.isTombstone()
                                ? "-"
                                : record.json().get("type").asText()))
                .toList();
    }

    @Test
    void rows_haveKeysHeadersAndTheEventsJson() throws Exception {
        stream("INSERT INTO item VALUES (1, 'tea')", "UPDATE item SET name = 'coffee'", "DELETE FROM item");
        List<Seen> records = item();
        assertThat(keyAndType(records))
                .containsExactly("{\"id\":1} insert", "{\"id\":1} update", "{\"id\":1} delete", "{\"id\":1} -");
        assertThat(records.stream().map(Seen::partition).distinct()).hasSize(1);
        JsonNode update = records.get(1).json();
        assertThat(update.at("/new_record/name").asText()).isEqualTo("coffee");
        assertThat(records.get(1).headers())
                .containsEntry("walwire-table", "public.item")
                .containsEntry(
                        "walwire-commit", update.at("/transaction/commit_lsn").asText())
                .containsEntry("walwire-xid", update.at("/transaction/xid").asText())
                .containsEntry(
                        "walwire-id", update.at("/transaction/commit_lsn").asText() + "#0")
                .containsEntry("content-type", "application/json")
                .hasSize(5);
        assertThat(records.get(3).id()).isEqualTo(records.get(2).id());
    }

    @Test
    void changedKey_isADeleteUnderTheOldKey_andTheRowUnderTheNew() throws Exception {
        stream("INSERT INTO item VALUES (1, 'tea')", "UPDATE item SET id = 2");
        List<Seen> records = item();
        List<Seen> old = records.stream()
                .filter(record -> "{\"id\":1}".equals(record.key()))
                .toList();
        assertThat(keyAndType(old)).containsExactly("{\"id\":1} insert", "{\"id\":1} delete", "{\"id\":1} -");
        assertThat(old.get(1).json().at("/old_record/id").asInt()).isEqualTo(1);
        assertThat(old.get(1).json().get("new_record").isNull()).isTrue();
        assertThat(old.get(1).headers()).containsEntry("walwire-key-change", "old");
        List<Seen> now = records.stream()
                .filter(record -> "{\"id\":2}".equals(record.key()))
                .toList();
        assertThat(keyAndType(now)).containsExactly("{\"id\":2} update");
        assertThat(now.get(0).headers()).containsEntry("walwire-key-change", "new");
        assertThat(now.get(0).id()).isEqualTo(old.get(1).id());
    }

    @Test
    void keys_areCanonical() throws Exception {
        stream(
                "CREATE TABLE pair (b numeric, a text, PRIMARY KEY (b, a))",
                "INSERT INTO pair VALUES (1.50, 'x')",
                "UPDATE pair SET b = 1.5",
                "INSERT INTO pair VALUES (1200.00, 'x')",
                "CREATE TABLE keyless (n int)",
                "INSERT INTO keyless SELECT generate_series(1, 20)");
        assertThat(keyAndType(committed.of(KafkaInstances.topic(database, "pair"))))
                .containsExactlyInAnyOrder(
                        "{\"a\":\"x\",\"b\":1.5} insert",
                        "{\"a\":\"x\",\"b\":1.5} update",
                        "{\"a\":\"x\",\"b\":1200} insert");
        List<Seen> keyless = committed.of(KafkaInstances.topic(database, "keyless"));
        assertThat(keyless.stream()
                        .map(record -> record.json().at("/new_record/n").asInt()))
                .isEqualTo(IntStream.rangeClosed(1, 20).boxed().toList());
        assertThat(keyless).allMatch(record -> record.key() == null);
    }

    @Test
    void truncate_isInEveryPartition_messagesAndTransactionsHaveTopics() throws Exception {
        String transactions = database.name() + ".transactions";
        stream(
                KafkaInstances.sink(database).transactions(transactions),
                "INSERT INTO item SELECT g FROM generate_series(1, 30) g",
                "TRUNCATE item",
                "SELECT pg_logical_emit_message(true, 'mail', 'hello')",
                "SELECT pg_logical_emit_message(false, 'mail', 'at once')");
        List<Seen> truncates = item().stream()
                .filter(record -> "\"truncate\"".equals(record.key()))
                .toList();
        assertThat(truncates.stream().map(Seen::partition)).containsExactlyInAnyOrder(0, 1, 2);
        assertThat(truncates.stream().map(Seen::id).distinct()).hasSize(1);
        List<Seen> messages = committed.of(database.name() + ".messages");
        assertThat(keyAndType(messages)).containsExactly("\"mail\" message", "\"mail\" message");
        assertThat(messages.stream()
                        .map(record -> record.json().at("/message/content").asText()))
                .containsExactly("hello", "at once");
        List<Seen> ends = committed.of(transactions);
        assertThat(ends.stream().map(end -> end.json().get("events").toString()))
                .containsExactly(
                        "{\"" + KafkaInstances.topic(database, "item") + "\":30}",
                        "{\"" + KafkaInstances.topic(database, "item") + "\":1}",
                        "{\"" + database.name() + ".messages\":1}");
    }

    /** Any role can write a context: it takes no event away, and it may hold a trace. */
    @Test
    void context_withNamesThatCollide() throws Exception {
        String trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        String names = HostileContents.collidingNames(10).substring(1);
        stream(
                "SELECT pg_logical_emit_message(true, 'walwire.context', '{\"traceparent\":1," + names + "')",
                "BEGIN; SELECT pg_logical_emit_message(true, 'walwire.context', '{\"traceparent\":\"" + trace + "\","
                        + names + "'); INSERT INTO item VALUES (1, 'tea'); COMMIT");
        assertThat(item()).singleElement().satisfies(record -> assertThat(record.headers())
                .containsEntry("traceparent", trace));
    }

    @Test
    void largeTransaction_comesInParts_eachRowOnce() throws Exception {
        try (Walwire walwire = KafkaInstances.durable(database)
                .set("walwire.buffer", "64KiB")
                .sink(KafkaInstances.sink(database).build())
                .start()) {
            database.sql("INSERT INTO item SELECT g, repeat('x', 100) FROM generate_series(1, 3000) g");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        List<Seen> records = item();
        assertThat(records.stream().map(Seen::id)).hasSize(3000).doesNotHaveDuplicates();
        assertThat(records.stream()
                        .map(record -> record.headers().get("walwire-part"))
                        .distinct())
                .hasSizeGreaterThan(2);
        assertThat(records.stream()
                        .map(record -> record.headers().get("walwire-last"))
                        .distinct())
                .containsExactlyInAnyOrder("true", "false");
    }

    @Test
    void positions_areInACompactedTopic_andARestartGoesOn() throws Exception {
        stream("INSERT INTO item VALUES (1)");
        stream("INSERT INTO item VALUES (2)");
        assertThat(item().stream().map(Seen::id)).hasSize(2).doesNotHaveDuplicates();
        String positions = KafkaInstances.positions(database);
        try (Admin admin = Broker.shared().admin()) {
            ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, positions);
            assertThat(Objects.requireNonNull(admin.describeConfigs(List.of(topic))
                                    .all()
                                    .get()
                                    .get(topic))
                            .get("cleanup.policy")
                            .value())
                    .isEqualTo("compact");
        }
        List<Seen> records = committed.of(positions);
        assertThat(records.stream().map(Seen::key).distinct())
                .containsExactly("{\"system\":\""
                        + database.queryString("SELECT system_identifier::text FROM pg_control_system()")
                        + "\",\"database\":\"" + database.name() + "\",\"slot\":\""
                        + KafkaInstances.slot(database) + "\"}");
    }

    @Test
    void topicFunction_andAtLeastOnce() throws Exception {
        String topic = database.name() + "-all";
        stream(
                KafkaInstances.sink(database).topic(event -> topic).delivery(KafkaSink.Delivery.AT_LEAST_ONCE),
                "INSERT INTO item VALUES (1, 'tea')",
                "INSERT INTO item VALUES (2, 'tea')");
        assertThat(committed.of(topic).stream().map(Seen::key)).containsExactlyInAnyOrder("{\"id\":1}", "{\"id\":2}");
        assertThat(committed.of(KafkaInstances.positions(database))).isEmpty();
    }

    @Test
    void properties_areEnough() throws Exception {
        try (Walwire walwire = KafkaInstances.durable(database)
                .properties(Map.of(
                        "walwire.kafka.bootstrap",
                        Broker.shared().bootstrap(),
                        "walwire.kafka.topic",
                        "{name}-{table}",
                        "walwire.kafka.positions",
                        KafkaInstances.positions(database),
                        "walwire.kafka.producer.compression.type",
                        "gzip"))
                .start()) {
            database.sql("INSERT INTO item VALUES (1, 'tea')");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(committed.of(database.name() + "-item")).hasSize(1);
    }
}
