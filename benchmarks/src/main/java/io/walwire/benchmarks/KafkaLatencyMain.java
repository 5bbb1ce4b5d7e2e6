package io.walwire.benchmarks;

import io.walwire.Walwire;
import io.walwire.benchmarks.latency.Writers;
import io.walwire.kafka.KafkaSink;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * When a {@code read_committed} consumer gets changes: lone ones beside records of a bare producer, in turns, and one-row transactions at
 * a steady rate. Prints its figures on one line.
 */
public final class KafkaLatencyMain {
    static final String LONE = "lone";
    static final String BARE = "lone-bare";
    static final String STEADY = "steady";

    private static final int WARM_UP = 50;
    private static final int CONNECTIONS = 4;

    private final String jdbcUrl;
    private final String url;
    private final String bootstrap;
    private final String round;

    private KafkaLatencyMain(String port, String bootstrap, String round) {
        this.jdbcUrl = "jdbc:postgresql://localhost:" + port + "/" + BenchmarkServer.DATABASE + "?user="
                + BenchmarkServer.USER;
        this.url = new Target(Integer.parseInt(port), null, "", "").url();
        this.bootstrap = bootstrap;
        this.round = round;
    }

    /** The slot of a topic; another one in each round, so that no position is there. */
    static String slot(String topic, String round) {
        return "latency_" + topic + "_" + round;
    }

    /** Port of the server, brokers, round, lone changes, and the rate and the seconds of the steady ones. The topics are there. */
    public static void main(String[] arguments) throws Exception {
        KafkaLatencyMain main = new KafkaLatencyMain(arguments[0], arguments[1], arguments[2]);
        try (KafkaArrivals arrivals = new KafkaArrivals(arguments[1], List.of(LONE, BARE, STEADY))) {
            String lone = main.lone(arrivals, Integer.parseInt(arguments[3]));
            String steady = main.steady(arrivals, Integer.parseInt(arguments[4]), Integer.parseInt(arguments[5]));
            System.out.println(lone + " " + steady);
        }
        Runtime.getRuntime().halt(0);
    }

    private Walwire start(String publication, String topic) {
        return Walwire.builder()
                .url(url)
                .publication(publication)
                .slotName(slot(topic, round))
                .name(topic)
                .sink(KafkaSink.builder()
                        .bootstrap(bootstrap)
                        .topic(event -> topic)
                        .build())
                .start();
    }

    /** Medians in milliseconds: of the bare loop, from the begin of its transaction on, and of Walwire, from the return of the commit on. */
    private String lone(KafkaArrivals arrivals, int count) throws Exception {
        List<Double> bare = new ArrayList<>();
        List<Double> walwire = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(jdbcUrl);
                Walwire running = start("lone", LONE);
                KafkaProducer<byte[], byte[]> producer = producer();
                PreparedStatement insert = connection.prepareStatement("INSERT INTO lone VALUES (?)")) {
            producer.initTransactions();
            for (int i = 0; i < WARM_UP + count; i++) {
                pause();
                insert.setLong(1, i);
                insert.executeUpdate();
                long committed = System.nanoTime();
                double ours = (arrivals.await(LONE, i + 1) - committed) / 1e6;
                pause();
                long began = System.nanoTime();
                producer.beginTransaction();
                Future<RecordMetadata> unused = producer.send(new ProducerRecord<>(BARE, key(i), new byte[300]));
                producer.commitTransaction();
                double theirs = (arrivals.await(BARE, i + 1) - began) / 1e6;
                if (i >= WARM_UP) {
                    walwire.add(ours);
                    bare.add(theirs);
                }
            }
            if (running.completion().toCompletableFuture().isDone()) {
                throw new IllegalStateException("Walwire has ended");
            }
        }
        return String.format(
                Locale.ROOT, "%f %f", Median.of(bare, Double::doubleValue), Median.of(walwire, Double::doubleValue));
    }

    /** So that a change is a lone one: what came before is stored. */
    private static void pause() {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }

    private static byte[] key(int id) {
        return ("{\"id\":" + id + "}").getBytes(StandardCharsets.UTF_8);
    }

    private KafkaProducer<byte[], byte[]> producer() {
        return new KafkaProducer<>(Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrap,
                ProducerConfig.TRANSACTIONAL_ID_CONFIG,
                BARE,
                ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG,
                ByteArraySerializer.class,
                ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG,
                ByteArraySerializer.class));
    }

    /** Rows a second that were written, seconds from the last commit to the last record, and milliseconds from commits to records. */
    private String steady(KafkaArrivals arrivals, int rate, int seconds) throws Exception {
        Writers writers = new Writers(jdbcUrl, true);
        writers.prepare();
        try (Walwire running = start(Writers.PUBLICATION, STEADY)) {
            if (!running.awaitCurrent(Duration.ofSeconds(30))) {
                throw new IllegalStateException("Walwire does not keep up with nothing");
            }
            int total = rate * seconds / CONNECTIONS * CONNECTIONS;
            double took = writers.write(rate, CONNECTIONS, total);
            long ended = System.nanoTime();
            double behind = (arrivals.await(STEADY, total) - ended) / 1e9;
            return String.format(
                    Locale.ROOT,
                    "%f %f %f %f",
                    total / took,
                    Math.max(0, behind),
                    arrivals.delayMillis(0.5),
                    arrivals.delayMillis(0.99));
        }
    }
}
