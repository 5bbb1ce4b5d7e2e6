package io.walwire.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.debezium.engine.ChangeEvent;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.DebeziumEngine.RecordCommitter;
import io.debezium.engine.format.Json;
import io.walwire.Walwire;
import io.walwire.kafka.KafkaSink;
import io.walwire.kafka.KafkaValue;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** A JVM that writes the changes of one slot to Kafka, or records that are there, and prints its figures on one line. */
public final class KafkaDrainMain {
    private static final int BATCH_BYTES = 128 << 10;
    private static final Duration POLL = Duration.ofMillis(200);

    private final KafkaWriter writer;
    private final Target target;
    private final String bootstrap;
    private final Path groups;
    private final Progress progress;

    private KafkaDrainMain(String[] arguments) {
        writer = KafkaWriter.valueOf(arguments[0]);
        target = new Target(Integer.parseInt(arguments[1]), null, arguments[2], arguments[3]);
        bootstrap = arguments[4];
        groups = Path.of(arguments[5]);
        progress = new Progress(writer.title(), Long.parseLong(arguments[6]), Long.parseLong(arguments[7]));
    }

    /** Writer, port, slot, publication, brokers, file of the sizes of groups, events to warm up, and events with those. */
    public static void main(String[] arguments) throws Exception {
        KafkaDrainMain drain = new KafkaDrainMain(arguments);
        switch (drain.writer) {
            case WALWIRE_JSON -> drain.walwire(KafkaValue.json());
            case WALWIRE_DEBEZIUM -> drain.walwire(KafkaValue.debezium());
            case BARE_JSON -> drain.bare(KafkaWriter.WALWIRE_JSON);
            case BARE_DEBEZIUM -> drain.bare(KafkaWriter.WALWIRE_DEBEZIUM);
            case DEBEZIUM -> drain.debezium();
        }
        System.out.println(drain.progress.figures());
        Runtime.getRuntime().halt(0);
    }

    /** What is stored so far. What counts is from the end of the first group behind the warm-up to the end of the last one. */
    private static final class Progress {
        private final OperatingSystemMXBean system =
                (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        private final CountDownLatch done = new CountDownLatch(1);
        private final String title;
        private final long warmUp;
        private final long events;
        private final List<Integer> groups = new ArrayList<>();
        private @Nullable Samples samples;
        private long seen;
        private long counted;
        private long nanos;
        private long cpu;

        Progress(String title, long warmUp, long events) {
            this.title = title;
            this.warmUp = warmUp;
            this.events = events;
        }

        synchronized void stored(int more) {
            groups.add(more);
            seen += more;
            if (counted == 0 && seen >= warmUp) {
                samples = Samples.ifWanted();
                counted = -seen;
                nanos = -System.nanoTime();
                cpu = -system.getProcessCpuTime();
            }
            if (seen >= events) {
                counted += seen;
                nanos += System.nanoTime();
                cpu += system.getProcessCpuTime();
                done.countDown();
            }
        }

        void await() throws InterruptedException {
            done.await();
            if (samples != null) {
                samples.print(title, System.err);
            }
        }

        synchronized List<Integer> groups() {
            return List.copyOf(groups);
        }

        /** Events a second, processor seconds of a million events, and events in a group. */
        synchronized String figures() {
            return String.format(
                    Locale.ROOT,
                    "%f %f %f",
                    counted * 1e9 / nanos,
                    cpu * 1e-9 * 1e6 / counted,
                    (double) seen / groups.size());
        }
    }

    private void walwire(KafkaValue value) throws Exception {
        KafkaSink sink = KafkaSink.builder()
                .bootstrap(bootstrap)
                .topic(event -> writer.topic())
                .value(value)
                .build();
        try (Walwire walwire = Walwire.builder()
                .url(target.url())
                .publication(target.publication())
                .slotName(target.slot())
                .sink(new GroupedSink(sink, progress::stored))
                .start()) {
            progress.await();
        }
        Files.writeString(
                groups, progress.groups().stream().map(String::valueOf).collect(Collectors.joining("\n")));
    }

    private KafkaProducer<byte[], byte[]> producer(Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(more);
        settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        settings.put(ProducerConfig.ACKS_CONFIG, "all");
        settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        settings.put(ProducerConfig.BATCH_SIZE_CONFIG, BATCH_BYTES);
        settings.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        settings.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        return new KafkaProducer<>(settings);
    }

    private void bare(KafkaWriter source) throws Exception {
        List<ProducerRecord<byte[], byte[]>> records = records(source);
        List<Integer> sizes =
                Files.readAllLines(groups).stream().map(Integer::valueOf).toList();
        try (KafkaProducer<byte[], byte[]> producer =
                producer(Map.of(ProducerConfig.TRANSACTIONAL_ID_CONFIG, target.slot()))) {
            producer.initTransactions();
            int next = 0;
            for (int size : sizes) {
                producer.beginTransaction();
                for (int i = 0; i < size; i++) {
                    Future<RecordMetadata> unused = producer.send(records.get(next++));
                }
                Future<RecordMetadata> position =
                        producer.send(new ProducerRecord<>("bare-positions", new byte[50], new byte[80]));
                producer.commitTransaction();
                if (!position.isDone()) {
                    throw new IllegalStateException("A commit has not waited for its records");
                }
                progress.stored(size);
            }
        }
        progress.await();
    }

    private List<ProducerRecord<byte[], byte[]>> records(KafkaWriter source) {
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        TopicPartition partition = new TopicPartition(source.topic(), 0);
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrap,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed",
                ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG,
                ByteArrayDeserializer.class,
                ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG,
                ByteArrayDeserializer.class))) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            while (records.size() < progress.events) {
                consumer.poll(POLL)
                        .forEach(record -> records.add(new ProducerRecord<>(
                                writer.topic(), null, record.key(), record.value(), record.headers())));
            }
        }
        return records;
    }

    private void debezium() throws Exception {
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
            executor.execute(DebeziumEngine.create(Json.class)
                    .using(DebeziumDrain.properties(target))
                    .notifying(
                            (List<ChangeEvent<String, String>> records,
                                    RecordCommitter<ChangeEvent<String, String>> committer) ->
                                    send(producer, records, committer))
                    .build());
            progress.await();
        }
    }

    /** As its users do: all records of a batch are sent, and confirmed before the batch is. */
    private void send(
            KafkaProducer<byte[], byte[]> producer,
            List<ChangeEvent<String, String>> records,
            RecordCommitter<ChangeEvent<String, String>> committer)
            throws InterruptedException {
        for (ChangeEvent<String, String> each : records) {
            ProducerRecord<byte[], byte[]> record =
                    new ProducerRecord<>(writer.topic(), bytes(each.key()), bytes(each.value()));
            Future<RecordMetadata> unused = producer.send(record, (at, failure) -> {
                if (failure != null) {
                    System.err.println(failure);
                    Runtime.getRuntime().halt(1);
                }
            });
        }
        producer.flush();
        for (ChangeEvent<String, String> each : records) {
            committer.markProcessed(each);
        }
        committer.markBatchFinished();
        progress.stored(records.size());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
