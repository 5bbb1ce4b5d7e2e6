package io.walwire.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Where the time goes: while the bytes of W1 are replayed, or with {@code backfill} while existing rows are read, or with {@code kafka}
 * while the sink and the bare loop write.
 */
public final class Profile {
    private static final int SECONDS = 20;
    private static final int EVENTS = 300_000;

    private Profile() {}

    /** No arguments, {@code backfill}, {@code kafka}, or {@code drain CONSUMER PORT} in a JVM of its own. */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 1) {
            System.setProperty(Samples.WANTED, "true");
            switch (arguments[0]) {
                case "backfill" -> ExistingRows.profile();
                case "kafka" -> KafkaBenchmark.profile();
                default -> throw new IllegalArgumentException("profile [backfill | kafka], not " + arguments[0]);
            }
            return;
        }
        if (arguments.length == 3) {
            record(Consumer.of(arguments[1]), Integer.parseInt(arguments[2]));
            return;
        }
        System.err.println("This takes about two minutes.");
        Bytes bytes = Bytes.WIDE_INSERTS;
        Path captured = Files.createTempFile("walwire-bench-", ".captured");
        try (BenchmarkServer server = BenchmarkServer.start()) {
            bytes.create(server);
            server.run("CREATE PUBLICATION " + bytes.slot() + " FOR ALL TABLES");
            server.run("SELECT pg_create_logical_replication_slot('" + bytes.slot() + "', 'pgoutput')");
            bytes.write(server, EVENTS);
            server.run("SELECT pg_copy_logical_replication_slot('" + bytes.slot() + "', 'captured')");
            Capture.write(new Target(server.port(), null, "captured", bytes.slot()), EVENTS, captured);
            try (ReplayServer replay = new ReplayServer(server.port(), captured)) {
                for (Consumer consumer : List.of(Consumer.WALWIRE_NONE, Consumer.WALWIRE_ALL, Consumer.WALWIRE_JSON)) {
                    Process process = ChildJvm.start(
                            consumer.heap(),
                            Profile.class,
                            List.of("drain", consumer.key(), String.valueOf(replay.port())));
                    process.getInputStream().transferTo(System.out);
                    if (process.waitFor() != 0) {
                        throw new IllegalStateException("Profiling " + consumer.key() + " failed");
                    }
                }
            }
        } finally {
            Files.delete(captured);
        }
    }

    private static void record(Consumer consumer, int port) throws Exception {
        String slot = Bytes.WIDE_INSERTS.slot();
        Target target = new Target(port, null, slot, slot);
        Drain drain = Drain.of(consumer);
        for (int i = 0; i < 5; i++) {
            drain.run(target, EVENTS).close();
        }
        Samples samples = Samples.start();
        long end = System.nanoTime() + Duration.ofSeconds(SECONDS).toNanos();
        while (System.nanoTime() < end) {
            drain.run(target, EVENTS).close();
        }
        samples.print(consumer.title(), System.out);
        Runtime.getRuntime().halt(0);
    }
}
