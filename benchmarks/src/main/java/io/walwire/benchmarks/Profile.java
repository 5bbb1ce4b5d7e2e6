package io.walwire.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the time goes: while the bytes of W1 are replayed, or with {@code backfill} while existing rows are read, or with {@code kafka}
 * while the sink and the bare loop write, or with {@code growth} over few and over many tables and columns. With {@code memory}, where the
 * memory goes. With {@code latency} the way of one event, with {@code triggers} which parts of a trigger cost a writer what,
 * with {@code threads} what the threads of a stream do and wait for.
 */
public final class Profile {
    private static final int SECONDS = 20;
    private static final int EVENTS = 300_000;
    private static final String DRAIN = "drain";

    private Profile() {}

    /** See the class; {@code --quick} shows that growth, threads or memory works. {@code drain CONSUMER PORT BYTES EVENTS} in a JVM of its own. */
    public static void main(String[] arguments) throws Exception {
        List<String> left = new ArrayList<>(List.of(arguments));
        if (left.contains(DRAIN)) {
            record(
                    Consumer.of(arguments[1]),
                    Integer.parseInt(arguments[2]),
                    Bytes.valueOf(arguments[3]),
                    Integer.parseInt(arguments[4]));
            return;
        }
        if (left.size() > 0 && left.get(0).equals("latency")) {
            LatencyProfile.print(left.size() > 1 ? Integer.parseInt(left.get(1)) : SECONDS);
            return;
        }
        boolean quick = left.remove("--quick");
        switch (String.join(" ", left)) {
            case "" -> {
                System.err.println("This takes about two minutes.");
                try (BenchmarkServer server = BenchmarkServer.start()) {
                    replay(
                            server,
                            Bytes.WIDE_INSERTS,
                            EVENTS,
                            List.of(Consumer.WALWIRE_NONE, Consumer.WALWIRE_ALL, Consumer.WALWIRE_JSON));
                }
            }
            case "growth" -> growth(quick);
            case "triggers" -> TriggerProfile.run();
            case "threads" -> ThreadProfile.print(quick);
            case "memory" -> MemoryProfile.print(quick);
            case "backfill" -> {
                System.setProperty(Samples.WANTED, "true");
                ExistingRows.profile();
            }
            case "kafka" -> {
                System.setProperty(Samples.WANTED, "true");
                KafkaBenchmark.profile();
            }
            default ->
                throw new IllegalArgumentException(
                        "profile [latency | backfill | kafka | triggers | growth | threads | memory], not " + left);
        }
    }

    private static void growth(boolean quick) throws Exception {
        System.err.println("This takes about four minutes.");
        try (BenchmarkServer server = BenchmarkServer.start()) {
            for (Growth growth : List.of(Growth.TABLES, Growth.COLUMNS)) {
                for (Growth.Side side : List.of(growth.from(), growth.to())) {
                    System.out.printf("%n## %s%n", side.title());
                    Bytes bytes = side.workload().bytes();
                    replay(server, bytes, bytes.events(quick), List.of(side.consumer()));
                }
            }
        }
    }

    private static void replay(BenchmarkServer server, Bytes bytes, int events, List<Consumer> consumers)
            throws Exception {
        Path captured = Files.createTempFile("walwire-bench-", ".captured");
        String slot = bytes.slot();
        try {
            bytes.create(server);
            server.run("CREATE PUBLICATION " + slot + " FOR ALL TABLES");
            server.run("SELECT pg_create_logical_replication_slot('" + slot + "', 'pgoutput')");
            bytes.write(server, events);
            Capture.write(new Target(server.port(), null, slot, slot), events, captured);
            try (ReplayServer replay = new ReplayServer(server.port(), captured)) {
                for (Consumer consumer : consumers) {
                    Process process = ChildJvm.start(
                            consumer.heap(),
                            Profile.class,
                            List.of(
                                    DRAIN,
                                    consumer.key(),
                                    String.valueOf(replay.port()),
                                    bytes.name(),
                                    String.valueOf(events)));
                    process.getInputStream().transferTo(System.out);
                    if (process.waitFor() != 0) {
                        throw new IllegalStateException("Profiling " + consumer.key() + " failed");
                    }
                }
            }
            server.dropSlot(slot);
            server.dropTables();
        } finally {
            Files.delete(captured);
        }
    }

    private static void record(Consumer consumer, int port, Bytes bytes, int events) throws Exception {
        Target target = new Target(port, null, bytes.slot(), bytes.slot());
        Drain drain = Drain.of(consumer);
        for (int i = 0; i < 5; i++) {
            drain.run(target, events).close();
        }
        Samples samples = Samples.ofSpans();
        long end = System.nanoTime() + Duration.ofSeconds(SECONDS).toNanos();
        while (System.nanoTime() < end) {
            AutoCloseable open = drain.run(target, events);
            samples.count(drain.firstChange(), events); // connecting is not what is looked at
            open.close();
        }
        samples.print(consumer.title(), System.out);
        Runtime.getRuntime().halt(0);
    }
}
