package io.walwire.cli.demo.kafka;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.walwire.internal.concurrent.TimedWait;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/** What a {@code read_committed} consumer sees of the topics: each record, and the rows that compaction leaves. */
public final class TopicView implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(500);
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final List<String> topics;
    private final Consumer<String> lines;
    private final Thread thread = new Thread(this::run, "walwire-demo-consumer");
    private final Map<String, Integer> records = new TreeMap<>();
    private final Map<String, Map<String, String>> rows = new TreeMap<>();

    /**
     * A view that does not read yet.
     *
     * @param bootstrap where clients connect to
     * @param topics of one partition each
     * @param lines gets one line for each record; called by a thread of the view
     */
    public TopicView(String bootstrap, List<String> topics, Consumer<String> lines) {
        this.topics = List.copyOf(topics);
        this.lines = lines;
        this.consumer = new KafkaConsumer<>(Map.of(
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

    /** Begins to read. */
    public void start() {
        thread.start();
    }

    private void run() {
        try (consumer) {
            consumer.assign(
                    topics.stream().map(topic -> new TopicPartition(topic, 0)).toList());
            while (true) {
                consumer.poll(POLL).forEach(this::add);
            }
        } catch (WakeupException e) {
            // closed
        }
    }

    private synchronized void add(ConsumerRecord<byte[], byte[]> record) {
        String key = text(record.key());
        JsonNode event = record.value() == null ? null : read(text(record.value()));
        records.merge(record.topic(), 1, Integer::sum);
        Map<String, String> known = rows.computeIfAbsent(record.topic(), topic -> new TreeMap<>());
        JsonNode row = event == null ? null : event.get("new_record");
        if (event == null) {
            known.remove(key);
        } else if (row != null && row.isObject()) {
            known.put(key, row.toString());
        }
        lines.accept("%-21s %-13s %-10s %s"
                .formatted(
                        record.topic(),
                        key,
                        event == null ? "tombstone" : event.path("type").asText(),
                        row == null || row.isNull() ? "" : row));
        notifyAll();
    }

    private static String text(byte @Nullable [] bytes) {
        return bytes == null ? "null" : new String(bytes, StandardCharsets.UTF_8);
    }

    private static JsonNode read(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** How many records of a topic were seen. */
    public synchronized int records(String topic) {
        return records.getOrDefault(topic, 0);
    }

    /** The rows that compaction leaves in a topic. */
    public synchronized int rows(String topic) {
        return rows.getOrDefault(topic, Map.of()).size();
    }

    /**
     * Waits until a topic has so many rows.
     *
     * @return whether it has
     */
    public synchronized boolean awaitRows(String topic, long count, Duration atMost) throws InterruptedException {
        return TimedWait.until(this, () -> rows.getOrDefault(topic, Map.of()).size() == count, atMost.toNanos());
    }

    @Override
    public void close() throws InterruptedException {
        if (thread.getState() == Thread.State.NEW) {
            consumer.close(); // the thread would have done it
            return;
        }
        consumer.wakeup();
        thread.join();
    }
}
