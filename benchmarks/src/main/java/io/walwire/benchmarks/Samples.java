package io.walwire.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordingFile;
import org.jspecify.annotations.Nullable;

/**
 * Where a JVM's time goes: how long each thread was on a processor, and Java Flight Recorder's samples of running threads by whose code
 * they were in. Time in the JDK counts for the code that called it. Shares of samples hold on a busy machine too.
 */
final class Samples {
    /** Set in a JVM whose turn is sampled. */
    static final String WANTED = "walwire.benchmarks.profile";

    private static final Duration PERIOD = Duration.ofMillis(10);
    private static final long LOOK_MILLIS = 50;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    /** The beginnings of classes' names, the innermost of which decides. */
    private static final Map<String, String> OWNERS = new LinkedHashMap<>();

    static {
        OWNERS.put("org.postgresql.", "pgJDBC: frames off the socket");
        OWNERS.put("org.apache.kafka.", "Kafka's client");
        OWNERS.put("io.walwire.internal.replication.", "reading the socket, the kernel's part included");
        OWNERS.put("io.walwire.internal.pgoutput.", "decoder: frames to messages");
        OWNERS.put("io.walwire.internal.undecided.", "decoder: frames to messages");
        OWNERS.put("io.walwire.internal.codec.", "values to Java and to JSON");
        OWNERS.put("io.walwire.internal.transaction.", "transactions, events, rows");
        OWNERS.put("io.walwire.internal.dispatch.", "dispatch");
        OWNERS.put("io.walwire.internal.mapping.", "rows to records");
        OWNERS.put("io.walwire.internal.engine.", "loops, queue, positions");
        OWNERS.put("io.walwire.internal.watch.", "watches");
        OWNERS.put("io.walwire.internal.backfill.", "backfill: COPY's rows, keys, places");
        OWNERS.put("io.walwire.kafka.", "the Kafka sink: records and groups");
        OWNERS.put("io.walwire.benchmarks.", "the benchmark's handler");
    }

    private static final String CATALOG = "io.walwire.internal.connection.catalog.";
    private static final String LOOKUP = "io.walwire.internal.source.TableLookup";

    /** What counts; everything if there are none. */
    private final List<Span> spans = new ArrayList<>();

    private long events;

    private final Recording recording = new Recording();
    private final long began = System.nanoTime();
    private final long processBegan = SYSTEM.getProcessCpuTime();

    /** Nanoseconds by thread, as they were when this began and as they were last seen: a thread may end. */
    private final Map<Long, Long> before = threadTimes();

    private final Map<Long, Long> last = new ConcurrentHashMap<>();
    private final Map<Long, String> names = new ConcurrentHashMap<>();
    private final Thread looking = new Thread(this::look, "samples");

    private record Span(Instant from, Instant to) {
        boolean holds(RecordedEvent event) {
            return !event.getStartTime().isBefore(from) && !event.getStartTime().isAfter(to);
        }
    }

    private Samples(boolean withWaits) {
        recording.enable("jdk.ExecutionSample").withPeriod(PERIOD);
        recording.enable("jdk.NativeMethodSample").withPeriod(PERIOD);
        if (withWaits) {
            recording.enable("jdk.ThreadPark").withThreshold(Duration.ZERO).withStackTrace();
        }
        recording.start();
        looking.setDaemon(true);
        looking.start();
    }

    static Samples start() {
        return new Samples(false);
    }

    /** Of spans that are to be counted, with how long a reader waits for the catalog in them. */
    static Samples ofSpans() {
        return new Samples(true);
    }

    /** From then to now so many events came; of {@link #ofSpans} what is in no such span does not count. */
    void count(long fromNanoTime, long eventsThen) {
        Instant now = Instant.now();
        spans.add(new Span(now.minusNanos(System.nanoTime() - fromNanoTime), now));
        events += eventsThen;
    }

    private static Map<Long, Long> threadTimes() {
        Map<Long, Long> times = new HashMap<>();
        for (long id : THREADS.getAllThreadIds()) {
            times.put(id, THREADS.getThreadCpuTime(id));
        }
        return times;
    }

    private void look() {
        try {
            while (true) {
                lookOnce();
                Thread.sleep(LOOK_MILLIS);
            }
        } catch (InterruptedException e) {
            lookOnce();
        }
    }

    private void lookOnce() {
        threadTimes().forEach((id, nanos) -> {
            ThreadInfo info = THREADS.getThreadInfo(id);
            if (info != null && nanos > 0) {
                names.put(id, info.getThreadName().replace('|', '/')); // a bar would end a column
                last.put(id, nanos);
            }
        });
    }

    /** Null in a JVM whose turn is not sampled. */
    static @Nullable Samples ifWanted() {
        return Boolean.getBoolean(WANTED) ? start() : null;
    }

    /** Ends it. */
    void print(String title, PrintStream out) throws InterruptedException {
        recording.stop();
        double nanos = System.nanoTime() - began;
        double process = SYSTEM.getProcessCpuTime() - processBegan;
        looking.interrupt();
        looking.join();
        out.printf(Locale.ROOT, "%n%s, %.1f s%n", title, nanos / 1e9);
        printThreads(nanos, process, out);
        try {
            Path file = Files.createTempFile("walwire-bench-", ".jfr");
            try {
                recording.dump(file);
                printOwners(RecordingFile.readAllEvents(file), out);
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            recording.close();
        }
        out.flush();
    }

    private void printThreads(double nanos, double process, PrintStream out) {
        Map<String, Double> shares = new HashMap<>();
        double rest = process;
        for (Map.Entry<Long, Long> each : last.entrySet()) {
            double took = each.getValue() - before.getOrDefault(each.getKey(), 0L);
            shares.merge(names.get(each.getKey()), took / nanos, Double::sum);
            rest -= took;
        }
        shares.put("the JVM's own: compiler, collector", rest / nanos);
        out.printf("%n| share of the time on a processor | thread |%n| --- | --- |%n");
        shares.entrySet().stream()
                .filter(entry -> entry.getValue() >= 0.01)
                .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                .forEach(
                        entry -> out.printf(Locale.ROOT, "| %.0f %% | %s |%n", entry.getValue() * 100, entry.getKey()));
    }

    private void printOwners(List<RecordedEvent> recorded, PrintStream out) {
        Map<String, Integer> counts = new HashMap<>();
        Duration waited = Duration.ZERO;
        int all = 0;
        for (RecordedEvent each : recorded) {
            String kind = each.getEventType().getName();
            if (!spans.isEmpty() && spans.stream().noneMatch(span -> span.holds(each))) {
                continue;
            }
            String owner = kind.endsWith("Sample") ? owner(each) : null;
            if (owner != null) {
                counts.merge(owner, 1, Integer::sum);
                all++;
            } else if (kind.equals("jdk.ThreadPark") && isIn(each, LOOKUP)) {
                waited = waited.plus(each.getDuration());
            }
        }
        out.printf(Locale.ROOT, "%n%,d samples%n%n| share | of |%n| --- | --- |%n", all);
        double whole = Math.max(1, all);
        counts.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                .forEach(entry ->
                        out.printf(Locale.ROOT, "| %.0f %% | %s |%n", entry.getValue() * 100 / whole, entry.getKey()));
        if (events > 0) {
            printSpans(all, waited, out);
        }
    }

    private void printSpans(int samples, Duration waited, PrintStream out) {
        double passed = spans.stream()
                .mapToDouble(span -> Duration.between(span.from, span.to).toNanos())
                .sum();
        out.printf(
                Locale.ROOT,
                "%nA million events: %,.0f samples, %,.0f ms; in %,.0f ms of them the reader waits for the catalog%n",
                samples * 1e6 / events,
                passed / events,
                waited.toNanos() / (double) events);
    }

    private static boolean isIn(RecordedEvent event, String type) {
        return event.getStackTrace() != null
                && event.getStackTrace().getFrames().stream()
                        .anyMatch(frame -> frame.getMethod().getType().getName().startsWith(type));
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
        if (isIn(sample, CATALOG)) {
            return "looking at a table in the catalog"; // most of it the driver's
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
