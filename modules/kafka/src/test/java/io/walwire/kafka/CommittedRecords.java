package io.walwire.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a {@code read_committed} consumer sees of a topic. */
final class CommittedRecords {
    private static final Logger LOG = LoggerFactory.getLogger(CommittedRecords.class);
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final Duration POLL = Duration.ofMillis(100);

    private final String bootstrap;

    CommittedRecords(Broker broker) {
        this(broker.bootstrap());
    }

    CommittedRecords(String bootstrap) {
        this.bootstrap = bootstrap;
    }

    /**
     * A record.
     *
     * @param value null for a tombstone
     */
    record Seen(
            int partition, @Nullable String key, @Nullable String value, Map<String, String> headers) {
        private static Seen of(ConsumerRecord<byte[], byte[]> record) {
            Map<String, String> headers = new TreeMap<>();
            for (Header header : record.headers()) {
                headers.put(header.key(), text(header.value()));
            }
            return new Seen(record.partition(), text(record.key()), text(record.value()), headers);
        }

        private static @Nullable String text(byte @Nullable [] bytes) {
            return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
        }

        JsonNode json() {
            return ExactJson.read(String.valueOf(value));
        }

        boolean isTombstone() {
            return value == null;
        }

        @Nullable
        String id() {
            return headers.get("walwire-id");
        }
    }

    /** All records, in the order of each partition; empty if there is no such topic. */
    List<Seen> of(String topic) throws InterruptedException, ExecutionException {
        List<Seen> seen = new ArrayList<>();
        try (Admin admin = Broker.admin(bootstrap);
                KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            awaitMarkers(admin);
            Map<TopicPartition, Long> ends = ends(admin, topic);
            consumer.assign(ends.keySet());
            consumer.seekToBeginning(ends.keySet());
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(POLL).forEach(record -> seen.add(Seen.of(record)));
            }
        }
        return seen;
    }

    /** The coordinator answers to a commit before its partitions know of it. Until then, the last stable offset lies before the records. */
    private static void awaitMarkers(Admin admin) throws InterruptedException, ExecutionException {
        long began = System.nanoTime();
        int asked = 1;
        while (!admin.listTransactions(
                        new ListTransactionsOptions().filterStates(List.of(TransactionState.PREPARE_COMMIT)))
                .all()
                .get()
                .isEmpty()) {
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .as("time for which a commit is not in its partitions")
                    .isLessThan(LONG);
            asked++;
        }
        if (asked > 1) {
            LOG.info("A commit has reached its partitions after {} questions", asked);
        }
    }

    /** Up to the last stable offset: what is behind it is not committed. */
    private static Map<TopicPartition, Long> ends(Admin admin, String topic)
            throws InterruptedException, ExecutionException {
        try {
            return admin
                    .listOffsets(
                            partitions(admin, topic).stream()
                                    .collect(Collectors.toMap(at -> at, at -> OffsetSpec.latest())),
                            new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                    .all()
                    .get()
                    .entrySet()
                    .stream()
                    .collect(Collectors.toMap(
                            Map.Entry::getKey, end -> end.getValue().offset()));
        } catch (ExecutionException e) {
            if (partitions(admin, topic).isEmpty()) { // deleted meanwhile
                return Map.of();
            }
            throw e;
        }
    }

    private static List<TopicPartition> partitions(Admin admin, String topic)
            throws InterruptedException, ExecutionException {
        try {
            return Objects.requireNonNull(admin.describeTopics(List.of(topic))
                            .allTopicNames()
                            .get()
                            .get(topic))
                    .partitions()
                    .stream()
                    .map(partition -> new TopicPartition(topic, partition.partition()))
                    .toList();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                return List.of();
            }
            throw e;
        }
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        return new KafkaConsumer<>(Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrap,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed",
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest",
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false,
                ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG,
                ByteArrayDeserializer.class,
                ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG,
                ByteArrayDeserializer.class));
    }
}
