package io.walwire.benchmarks;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** When a {@code read_committed} consumer gets records. */
final class KafkaArrivals implements AutoCloseable {
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final String TIMESTAMP = "\"timestamp\":\"";
    private static final int MOST = 1 << 20;

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final List<TopicPartition> partitions;
    private final Thread thread = new Thread(this::run, "arrivals");
    private final Map<String, Integer> counts = new HashMap<>();
    private final long[] delays = new long[MOST];
    private long last;

    /** Begins to read topics of one partition each, which are there. */
    KafkaArrivals(String bootstrap, List<String> topics) {
        this.partitions =
                topics.stream().map(topic -> new TopicPartition(topic, 0)).toList();
        this.consumer = new KafkaConsumer<>(Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrap,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed",
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest",
                ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG,
                ByteArrayDeserializer.class,
                ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG,
                ByteArrayDeserializer.class));
        thread.start();
    }

    private void run() {
        try (consumer) {
            consumer.assign(partitions);
            while (true) {
                consumer.poll(POLL).forEach(this::add);
            }
        } catch (WakeupException e) {
            // closed
        }
    }

    private synchronized void add(ConsumerRecord<byte[], byte[]> record) {
        if (record.topic().equals(KafkaLatencyMain.STEADY)) {
            String json = new String(record.value(), StandardCharsets.UTF_8);
            if (!json.contains("\"type\":\"insert\"")) {
                return; // the table was made empty before
            }
            int from = json.indexOf(TIMESTAMP) + TIMESTAMP.length();
            Instant committed = Instant.parse(json.substring(from, json.indexOf('"', from)));
            delays[counts.getOrDefault(record.topic(), 0)] = ChronoUnit.MICROS.between(committed, Instant.now());
        }
        last = System.nanoTime();
        counts.merge(record.topic(), 1, Integer::sum);
        notifyAll();
    }

    /** Waits until so many records of a topic have come; when the last one came, by {@link System#nanoTime}. */
    synchronized long await(String topic, int count) throws InterruptedException {
        while (counts.getOrDefault(topic, 0) < count) {
            wait();
        }
        return last;
    }

    /** From commits of the steady changes to their records: what a share of them does not exceed. The first fifth warms up. */
    synchronized double delayMillis(double share) {
        int count = counts.getOrDefault(KafkaLatencyMain.STEADY, 0);
        long[] sorted = Arrays.copyOfRange(delays, count / 5, count);
        Arrays.sort(sorted);
        return sorted[(int) Math.ceil(share * sorted.length) - 1] / 1e3;
    }

    @Override
    public void close() throws InterruptedException {
        consumer.wakeup();
        thread.join();
    }
}
