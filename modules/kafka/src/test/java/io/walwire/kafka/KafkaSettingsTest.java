package io.walwire.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import io.walwire.testing.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.ProducerInterceptor;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.config.provider.FileConfigProvider;
import org.apache.kafka.common.metrics.KafkaMetric;
import org.apache.kafka.common.metrics.MetricsReporter;
import org.apache.kafka.common.resource.ResourceType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Settings of the producer that are classes, and the settings of those classes: which clients of the sink get them. */
class KafkaSettingsTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Broker broker = Broker.shared();
    private final CommittedRecords committed = new CommittedRecords(broker);

    @BeforeEach
    void tables() throws SQLException {
        KafkaInstances.prepare(database);
    }

    private void assertOneRowArrives(WalwireBuilder builder) throws Exception {
        try (Walwire walwire = builder.start()) {
            database.sql("INSERT INTO item VALUES (1, 'tea')");
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
        }
        assertThat(committed.of(KafkaInstances.topic(database, "item"))).hasSize(1);
    }

    private void assertOneRowArrives(KafkaSink.Builder sink) throws Exception {
        assertOneRowArrives(KafkaInstances.durable(database).sink(sink.build()));
    }

    /** Adds a header to each record. */
    public static final class Stamp implements ProducerInterceptor<byte[], byte[]> {
        @Override
        public ProducerRecord<byte[], byte[]> onSend(ProducerRecord<byte[], byte[]> record) {
            record.headers().add("stamp", "acme".getBytes(StandardCharsets.UTF_8));
            return record;
        }

        @Override
        public void onAcknowledgement(@Nullable RecordMetadata metadata, @Nullable Exception exception) {}

        @Override
        public void close() {}

        @Override
        public void configure(Map<String, ?> configs) {}
    }

    @Test
    void interceptor_isOfTheProducerAlone() throws Exception {
        assertOneRowArrives(KafkaInstances.sink(database).producer("interceptor.classes", Stamp.class.getName()));
        assertThat(committed.of(KafkaInstances.topic(database, "item")).get(0).headers())
                .containsEntry("stamp", "acme");
    }

    /** Remembers the clients that have made one, with the setting of its own that each gave it. */
    public static final class Reporter implements MetricsReporter {
        private static final Set<String> CLIENTS = ConcurrentHashMap.newKeySet();

        @Override
        public void configure(Map<String, ?> configs) {
            CLIENTS.add(configs.get("client.id") + " " + configs.get("acme.reporter.url"));
        }

        @Override
        public void init(List<KafkaMetric> metrics) {}

        @Override
        public void metricChange(KafkaMetric metric) {}

        @Override
        public void metricRemoval(KafkaMetric metric) {}

        @Override
        public void close() {}
    }

    @Test
    void settingsOfAClassOfOnesOwn_reachAllClients() throws Exception {
        assertOneRowArrives(KafkaInstances.sink(database)
                .producer("metric.reporters", Reporter.class.getName())
                .producer("acme.reporter.url", "http://acme"));
        String client = "walwire-" + database.name() + "-" + KafkaInstances.slot(database);
        assertThat(Reporter.CLIENTS)
                .contains(client + " http://acme", client + "-admin http://acme", client + "-positions http://acme");
    }

    /** Doubled, because one dollar sign before a brace reads the environment. */
    @Test
    void passwordFromAProvider_letsAllClientsIn(@TempDir Path folder) throws Exception {
        Path secrets = Files.writeString(folder.resolve("secrets"), "password=tea\n");
        Map<String, String> properties = new HashMap<>();
        properties.put("bootstrap", broker.secureBootstrap());
        properties.put("positions", KafkaInstances.positions(database));
        properties.put("producer.config.providers", "file");
        properties.put("producer.config.providers.file.class", FileConfigProvider.class.getName());
        properties.put("producer.config.providers.file.param.allowed.paths", folder.toString());
        properties.put("producer.security.protocol", "SASL_PLAINTEXT");
        properties.put("producer.sasl.mechanism", "PLAIN");
        properties.put(
                "producer.sasl.jaas.config",
                "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"shop\" password=\"$${file:"
                        + secrets + ":password}\";");
        WalwireBuilder builder = KafkaInstances.durable(database);
        properties.forEach((name, value) -> builder.set("walwire.kafka." + name, value));
        List<AclBinding> rights = List.of(
                Broker.right(ResourceType.TOPIC, database.name()),
                Broker.right(ResourceType.TRANSACTIONAL_ID, "walwire-"));
        try (Admin admin = broker.admin()) {
            Broker.allow(admin, rights);
            try {
                assertOneRowArrives(builder);
            } finally {
                Broker.deny(admin, rights);
            }
        }
    }
}
