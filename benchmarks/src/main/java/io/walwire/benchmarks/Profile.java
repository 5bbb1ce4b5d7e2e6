package io.walwire.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordingFile;

/**
 * Where the time goes while the bytes of W1 are replayed: Java Flight Recorder's samples of running threads, by whose code they
 * were in. Time in the JDK counts for the code that called it. Shares hold on a busy machine too.
 */
public final class Profile {
    private static final Duration PERIOD = Duration.ofMillis(10);
    private static final int SECONDS = 20;
    private static final int EVENTS = 300_000;

    /** The beginnings of classes' names, the innermost of which decides. */
    private static final Map<String, String> OWNERS = new LinkedHashMap<>();

    static {
        OWNERS.put("org.postgresql.", "pgJDBC: frames off the socket");
        OWNERS.put("io.walwire.internal.replication.", "reading the socket, the kernel's part included");
        OWNERS.put("io.walwire.internal.pgoutput.", "decoder: frames to messages");
        OWNERS.put("io.walwire.internal.undecided.", "decoder: frames to messages");
        OWNERS.put("io.walwire.internal.codec.", "values to Java and to JSON");
        OWNERS.put("io.walwire.internal.transaction.", "transactions, events, rows");
        OWNERS.put("io.walwire.internal.dispatch.", "dispatch");
        OWNERS.put("io.walwire.internal.mapping.", "rows to records");
        OWNERS.put("io.walwire.internal.engine.", "loops, queue, positions");
        OWNERS.put("io.walwire.internal.watch.", "watches");
        OWNERS.put("io.walwire.benchmarks.", "the benchmark's handler");
    }

    private Profile() {}

    /** No arguments, or {@code drain CONSUMER PORT} in a JVM of its own. */
    public static void main(String[] arguments) throws Exception {
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
        Path file = Files.createTempFile("walwire-bench-", ".jfr");
        try (Recording recording = new Recording()) {
            recording.enable("jdk.ExecutionSample").withPeriod(PERIOD);
            recording.enable("jdk.NativeMethodSample").withPeriod(PERIOD);
            recording.start();
            long end = System.nanoTime() + Duration.ofSeconds(SECONDS).toNanos();
            while (System.nanoTime() < end) {
                drain.run(target, EVENTS).close();
            }
            recording.stop();
            recording.dump(file);
            print(consumer, RecordingFile.readAllEvents(file));
        } finally {
            Files.delete(file);
        }
        Runtime.getRuntime().halt(0);
    }

    private static void print(Consumer consumer, List<RecordedEvent> samples) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        OWNERS.values().forEach(owner -> counts.put(owner, 0));
        int all = 0;
        for (RecordedEvent sample : samples) {
            String owner = owner(sample);
            if (owner != null) {
                counts.merge(owner, 1, Integer::sum);
                all++;
            }
        }
        System.out.printf("%n%s, %,d samples%n%n| share | of |%n| --- | --- |%n", consumer.title(), all);
        double whole = Math.max(1, all);
        counts.entrySet().stream()
                .filter(entry -> entry.getValue() > 0)
                .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                .forEach(entry -> System.out.printf(
                        Locale.ROOT, "| %.0f %% | %s |%n", entry.getValue() * 100 / whole, entry.getKey()));
        System.out.flush();
    }

    /** Null for a thread that waits, or that is none of ours. */
    private static String owner(RecordedEvent sample) {
        if (sample.getStackTrace() == null) {
            return null;
        }
        List<RecordedFrame> frames = sample.getStackTrace().getFrames();
        String top = frames.isEmpty() ? "" : frames.get(0).getMethod().getName();
        if (sample.getEventType().getName().equals("jdk.NativeMethodSample")) {
            // a thread that polls or waits takes no time
            if (!top.startsWith("read") && !top.startsWith("write")) {
                return null;
            }
        }
        for (RecordedFrame frame : frames) {
            String type = frame.getMethod().getType().getName();
            for (Map.Entry<String, String> owner : OWNERS.entrySet()) {
                if (type.startsWith(owner.getKey())) {
                    return owner.getValue();
                }
            }
        }
        return null;
    }
}
