package io.walwire.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * The Kafka sink beside a bare producer loop, which sends the same records in the same groups, and beside Debezium's engine with a producer
 * in its handler; what a lone change takes longer than a bare record; and a steady rate of one-row transactions.
 */
public final class KafkaBenchmark {
    private static final Bytes BYTES = Bytes.WIDE_INSERTS;
    private static final int RATE = 2_000;

    private final BenchmarkServer server;
    private final BenchmarkBroker broker;
    private final String libraries;
    private final boolean quick;
    private final Map<KafkaWriter, List<Turn>> turns = new EnumMap<>(KafkaWriter.class);
    private final List<double[]> latencies = new ArrayList<>();

    private KafkaBenchmark(BenchmarkServer server, BenchmarkBroker broker, String libraries, boolean quick) {
        this.server = server;
        this.broker = broker;
        this.libraries = libraries;
        this.quick = quick;
    }

    /**
     * One turn.
     *
     * @param cpu processor seconds of the writing process for a million events
     * @param brokerCpu processor seconds of the broker for a million events, those of the warm-up included
     * @param group events in a group
     */
    private record Turn(double rate, double cpu, double brokerCpu, double group) {}

    /**
     * Prints tables of medians.
     *
     * @param arguments {@code --quick} shows that it works, and not how fast it is
     */
    public static void main(String[] arguments) throws Exception {
        boolean quick = List.of(arguments).contains("--quick");
        String libraries = System.getProperty("walwire.benchmarks.broker");
        try (BenchmarkServer server = BenchmarkServer.start();
                BenchmarkBroker broker = BenchmarkBroker.start(Path.of(libraries))) {
            KafkaBenchmark benchmark = new KafkaBenchmark(server, broker, libraries, quick);
            benchmark.prepare();
            for (int round = 1; round <= benchmark.rounds(); round++) {
                benchmark.round(round);
            }
            benchmark.print();
        }
    }

    /** Each child prints its samples. */
    static void profile() throws Exception {
        String libraries = System.getProperty("walwire.benchmarks.broker");
        try (BenchmarkServer server = BenchmarkServer.start();
                BenchmarkBroker broker = BenchmarkBroker.start(Path.of(libraries))) {
            KafkaBenchmark benchmark = new KafkaBenchmark(server, broker, libraries, false);
            benchmark.prepare();
            Path groups = Files.createTempFile("walwire-bench-", ".groups");
            try {
                for (KafkaWriter writer : List.of(KafkaWriter.WALWIRE_JSON, KafkaWriter.BARE_JSON)) {
                    benchmark.turn(writer, 1, groups);
                }
            } finally {
                Files.delete(groups);
            }
        }
    }

    private int rounds() {
        return quick ? 1 : 5;
    }

    /** Walwire stores up to 8 MiB together, which are 50,000 of these events: fewer events than these show nothing. */
    private int events() {
        return quick ? 200_000 : 500_000;
    }

    /** Debezium's batches are small, and it takes long. */
    private int events(KafkaWriter writer) {
        return quick && writer == KafkaWriter.DEBEZIUM ? events() / 4 : events();
    }

    private void prepare() throws Exception {
        BYTES.create(server);
        server.run("CREATE PUBLICATION " + BYTES.slot() + " FOR TABLE wide_inserts");
        server.run("CREATE TABLE lone (id bigint PRIMARY KEY)");
        server.run("CREATE PUBLICATION lone FOR TABLE lone");
        server.run("SELECT pg_create_logical_replication_slot('" + BYTES.slot() + "', 'pgoutput')");
        BYTES.write(server, events());
    }

    /** Walwire comes before the loop that sends its records; Debezium comes first in every other round. */
    private void round(int round) throws Exception {
        Path groups = Files.createTempFile("walwire-bench-", ".groups");
        List<KafkaWriter> order = new ArrayList<>(List.of(
                KafkaWriter.WALWIRE_JSON,
                KafkaWriter.BARE_JSON,
                KafkaWriter.WALWIRE_DEBEZIUM,
                KafkaWriter.BARE_DEBEZIUM));
        order.add(round % 2 == 0 ? 0 : order.size(), KafkaWriter.DEBEZIUM);
        try {
            for (KafkaWriter writer : order) {
                turn(writer, round, groups);
            }
        } finally {
            Files.delete(groups);
        }
        broker.delete(order.stream().map(KafkaWriter::topic).toList());
        latency(round);
    }

    private void turn(KafkaWriter writer, int round, Path groups) throws Exception {
        String slot = "kafka_" + writer.name().toLowerCase(Locale.ROOT) + "_" + round;
        broker.create(writer.topic());
        if (!writer.isBare()) {
            server.run("SELECT pg_copy_logical_replication_slot('" + BYTES.slot() + "', '" + slot + "')");
        }
        server.run("CHECKPOINT");
        double brokerBefore = broker.cpuSeconds();
        double[] figures = ChildJvm.figures(
                writer.isBare() ? "-Xmx2g" : "-Xmx512m", // a bare loop holds all records before it begins
                writer.classPath(libraries),
                KafkaDrainMain.class,
                List.of(
                        writer.name(),
                        String.valueOf(server.port()),
                        slot,
                        BYTES.slot(),
                        broker.bootstrap(),
                        groups.toString(),
                        String.valueOf(events(writer) / 5),
                        String.valueOf(events(writer))));
        double brokerCpu = (broker.cpuSeconds() - brokerBefore) * 1e6 / events(writer);
        if (!writer.isBare()) {
            server.dropSlot(slot);
        }
        turns.computeIfAbsent(writer, key -> new ArrayList<>())
                .add(new Turn(figures[0], figures[1], brokerCpu, figures[2]));
        System.err.printf(Locale.ROOT, "round %d: %,9.0f events/s, %s%n", round, figures[0], writer.title());
    }

    private void latency(int round) throws Exception {
        List<String> topics = List.of(KafkaLatencyMain.LONE, KafkaLatencyMain.BARE, KafkaLatencyMain.STEADY);
        for (String topic : topics) {
            broker.create(topic);
        }
        server.run("TRUNCATE lone");
        double[] figures = ChildJvm.figures(
                "-Xmx512m",
                KafkaLatencyMain.class,
                List.of(
                        String.valueOf(server.port()),
                        broker.bootstrap(),
                        String.valueOf(round),
                        quick ? "100" : "500",
                        String.valueOf(RATE),
                        quick ? "5" : "30"));
        latencies.add(figures);
        System.err.printf(
                Locale.ROOT, "round %d: lone %.1f ms, of the bare loop %.1f ms%n", round, figures[1], figures[0]);
        server.dropSlot(KafkaLatencyMain.slot(KafkaLatencyMain.LONE, String.valueOf(round)));
        server.dropSlot(KafkaLatencyMain.slot(KafkaLatencyMain.STEADY, String.valueOf(round)));
        broker.delete(topics);
    }

    private double median(KafkaWriter writer, ToDoubleFunction<Turn> figure) {
        return Median.of(turns.get(writer), figure);
    }

    private double figure(int figure) {
        return Median.of(latencies, each -> each[figure]);
    }

    private void print() {
        System.out.printf(
                Locale.ROOT,
                "%,d inserts of ten columns, 100 a transaction, the first fifth to warm up; %d rounds, medians.%n%n",
                events(),
                rounds());
        System.out.println("| writer | events/s | x bare loop | CPU s/1M | broker's CPU s/1M | events in a group |");
        System.out.println("| --- | --- | --- | --- | --- | --- |");
        for (KafkaWriter writer : KafkaWriter.values()) {
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %,.0f | %.2f | %.1f | %.1f | %,.0f |%n",
                    writer.title(),
                    median(writer, Turn::rate),
                    median(writer, Turn::rate) / median(writer.bare(), Turn::rate),
                    median(writer, Turn::cpu),
                    median(writer, Turn::brokerCpu),
                    median(writer, Turn::group));
        }
        System.out.printf(
                Locale.ROOT,
                "%n| a lone change to a read_committed consumer | median ms |%n| --- | --- |%n"
                        + "| bare loop, from the begin of its transaction on | %.1f |%n"
                        + "| Walwire, from the return of the commit on | %.1f |%n"
                        + "| later | %+.1f |%n",
                figure(0),
                figure(1),
                figure(1) - figure(0));
        System.out.printf(
                Locale.ROOT,
                "%n| %,d one-row transactions a second | |%n| --- | --- |%n"
                        + "| written | %,.0f a second |%n"
                        + "| the last record after the last commit | %.2f s |%n"
                        + "| from a commit to its record, p50 and p99 | %.0f ms, %.0f ms |%n",
                RATE,
                figure(2),
                figure(3),
                figure(4),
                figure(5));
    }
}
