package io.walwire.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.Walwire;
import io.walwire.error.ConfigurationException;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What cannot work ends with a message that says what to do. */
class KafkaRefusalsTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void tables() throws SQLException {
        KafkaInstances.prepare(database);
    }

    private static void assertFails(ErrorCode code, ThrowingCallable call, String... words) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        WalwireException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContainingAll(words);
    }

    private void assertRefusedAtStart(KafkaSink.Builder sink, String... words) {
        assertFails(
                ErrorCode.SINK,
                () -> KafkaInstances.durable(database)
                        .sink(sink.build())
                        .start()
                        .close(),
                words);
    }

    @Test
    void noBroker() {
        assertRefusedAtStart(
                KafkaInstances.sink(database).bootstrap("127.0.0.1:1").producer("max.block.ms", "500"),
                "The sink KafkaSink[127.0.0.1:1] cannot be opened",
                "No broker of walwire.kafka.bootstrap (127.0.0.1:1) answers");
        assertRefusedAtStart(
                KafkaInstances.sink(database).bootstrap("nonsense"), "Correct walwire.kafka.bootstrap", "nonsense");
    }

    @Test
    void transactionTimeout_aboveTheBrokers() {
        assertRefusedAtStart(
                KafkaInstances.sink(database).producer("transaction.timeout.ms", "900001"),
                "lower walwire.kafka.producer.transaction.timeout.ms, which is 900001");
    }

    @Test
    void positions_thatWouldBeDeleted() throws Exception {
        String topic = KafkaInstances.positions(database);
        try (Admin admin = Broker.shared().admin()) {
            admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
        }
        assertRefusedAtStart(
                KafkaInstances.sink(database),
                "The topic " + topic + " holds positions, but its cleanup.policy is delete");
    }

    @Test
    void temporarySlot() {
        assertThatThrownBy(() -> Walwire.builder()
                        .url(database.url())
                        .publication("events")
                        .set("walwire.kafka.bootstrap", "127.0.0.1:1")
                        .start())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("the slot is temporary, but the sink KafkaSink[127.0.0.1:1] keeps the position");
    }

    @Test
    void topicFunction_withoutAName() throws Exception {
        try (Walwire walwire = KafkaInstances.durable(database)
                .sink(KafkaInstances.sink(database).topic(event -> "").build())
                .start()) {
            database.sql("INSERT INTO item VALUES (1, 'tea')");
            assertFails(
                    ErrorCode.SINK,
                    () -> walwire.awaitTermination(LONG),
                    "The topic of table public.item has an empty name.",
                    "Correct the function of KafkaSink.builder().topic");
        }
    }

    @Test
    void compactedTopic_ofATableWithoutKey() throws Exception {
        String topic = KafkaInstances.topic(database, "keyless");
        try (Admin admin = Broker.shared().admin()) {
            admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1).configs(Map.of("cleanup.policy", "compact"))))
                    .all()
                    .get();
        }
        try (Walwire walwire = KafkaInstances.durable(database)
                .sink(KafkaInstances.sink(database).build())
                .start()) {
            database.sql("CREATE TABLE keyless (id int)", "INSERT INTO keyless VALUES (1)");
            assertFails(
                    ErrorCode.SINK,
                    () -> walwire.awaitTermination(LONG),
                    "A compacted topic needs a key: give the table");
        }
    }

    @Test
    void userWithoutRights_orWithAWrongPassword() {
        Broker broker = Broker.shared();
        assertRefusedAtStart(
                broker.asUser(KafkaInstances.sink(database), "tea"),
                "The sink KafkaSink[" + broker.secureBootstrap() + "] cannot be opened",
                "AuthorizationException",
                "Read, Write, Describe and DescribeConfigs on " + KafkaInstances.positions(database),
                "walwire doctor prints the commands that give the rights");
        assertRefusedAtStart(
                broker.asUser(KafkaInstances.sink(database), "coffee"),
                "SaslAuthenticationException",
                "The brokers refuse the client: look at walwire.kafka.producer.security.protocol");
    }

    @Test
    void formatWithoutItsLibrary() throws Exception {
        try (Walwire walwire = KafkaInstances.durable(database)
                .sink(KafkaInstances.sink(database)
                        .value(event -> {
                            throw new NoClassDefFoundError("com/acme/Schema");
                        })
                        .build())
                .start()) {
            database.sql("INSERT INTO item VALUES (1, 'tea')");
            assertFails(
                    ErrorCode.SINK,
                    () -> walwire.awaitTermination(LONG),
                    "A class is missing: com/acme/Schema.",
                    "Add the library that has it. The format of the values, "
                            + getClass().getName());
        }
    }

    @Test
    void unknownField_ofABuildersTemplate() {
        assertThatThrownBy(() -> KafkaSink.builder().topic("{name}.{tabel}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the template {name}.{tabel} has the unknown field {tabel}; there are {name}, {database},"
                        + " {schema}, {table}");
        assertThatThrownBy(() -> KafkaSink.builder().topic("no blanks.{table}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is not a valid name of a Kafka topic");
    }

    @Test
    void properties_areCheckedAllAtOnce() {
        assertThatThrownBy(() -> KafkaInstances.durable(database)
                        .properties(Map.of(
                                "walwire.kafka.topik", "x",
                                "walwire.kafka.topic", "{name}.{tabel}",
                                "walwire.kafka.value", "avro",
                                "walwire.kafka.delivery", "twice",
                                "walwire.kafka.positions", "no blanks",
                                "walwire.kafka.producer.acks", "1"))
                        .start())
                .isInstanceOfSatisfying(ConfigurationException.class, e -> assertThat(e.problems())
                        .hasSize(7))
                .hasMessageContainingAll(
                        "Unknown property walwire.kafka.topik. Did you mean walwire.kafka.topic?",
                        "walwire.kafka.topic: the template {name}.{tabel} has the unknown field {tabel}; there are"
                                + " {name}, {database}, {schema}, {table}",
                        "walwire.kafka.value: it is avro; it must be one of json, debezium, cloudevents",
                        "walwire.kafka.delivery: it is twice; it must be one of exactly-once, at-least-once",
                        "walwire.kafka.positions: no blanks is not a valid name of a Kafka topic",
                        "walwire.kafka.producer.acks: acks cannot be set; Walwire sets it itself",
                        "walwire.kafka.bootstrap is missing");
    }

    @Test
    void sinkOfTheBuilder_andProperties() {
        assertThatThrownBy(() -> KafkaInstances.durable(database)
                        .sink(KafkaInstances.sink(database).build())
                        .set("walwire.kafka.bootstrap", "127.0.0.1:1")
                        .start())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("an instance has one sink: leave one of the two out");
    }
}
