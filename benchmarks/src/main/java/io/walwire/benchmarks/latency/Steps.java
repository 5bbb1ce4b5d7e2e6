package io.walwire.benchmarks.latency;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.jspecify.annotations.Nullable;

/**
 * How long each step of a commit's way took, by Java Flight Recorder's events, whose clock all threads share. It is not the clock
 * of the commit's time, so the first step is what the others leave of the whole way.
 */
final class Steps {
    static final String READ = "jdk.SocketRead";

    /** Whichever way a thread waits for another. */
    static final List<String> WAITS = List.of("jdk.JavaMonitorWait", "jdk.ThreadPark");

    private final Map<String, LongStream.Builder> nanos = new LinkedHashMap<>();

    private Steps() {}

    /**
     * Of what was recorded from the first commit on.
     *
     * @param warmUp as many commits do not count
     */
    static Steps of(Path recorded, int warmUp) throws IOException {
        List<RecordedEvent> events = RecordingFile.readAllEvents(recorded);
        List<RecordedEvent> handled = all(events, Handled.class);
        List<RecordedEvent> decoded = all(events, Decoded.class);
        boolean twoThreads = !decoded.isEmpty();
        if (twoThreads && decoded.size() != handled.size()) {
            throw new IllegalStateException(decoded.size() + " were decoded and " + handled.size() + " handled");
        }
        NavigableSet<Long> reads = ends(events, List.of(READ), (twoThreads ? decoded : handled).get(0));
        NavigableSet<Long> waits = ends(events, WAITS, handled.get(0));
        Steps steps = new Steps();
        for (int i = warmUp; i < handled.size(); i++) {
            long whole = TimeUnit.MICROSECONDS.toNanos(handled.get(i).getLong("latencyMicros"));
            long called = nanos(handled.get(i).getStartTime());
            long decodedAt = twoThreads ? nanos(decoded.get(i).getStartTime()) : called;
            long read = Objects.requireNonNull(reads.floor(decodedAt));
            steps.add("commit, until the read that brings it returns", whole - (called - read));
            if (twoThreads) {
                steps.add("until the reader thread has decoded it", decodedAt - read);
                steps.hop(decodedAt, waits.floor(called), called);
            } else {
                steps.add("until the loop has it", called - read);
            }
            steps.add("the whole way", whole);
        }
        return steps;
    }

    /** A thread that does not sleep has work from before, whose end is part of the second step. */
    private void hop(long decoded, @Nullable Long awake, long called) {
        long runs = awake == null ? decoded : Math.max(awake, decoded);
        if (runs > decoded) {
            add("until the handler thread runs, where it slept", runs - decoded);
        }
        add("until the handler is called", called - runs);
    }

    private void add(String step, long took) {
        nanos.computeIfAbsent(step, key -> LongStream.builder()).add(took);
    }

    private static List<RecordedEvent> all(List<RecordedEvent> events, Class<?> type) {
        return events.stream()
                .filter(event -> event.getEventType().getName().equals(type.getName()))
                .sorted(Comparator.comparing(RecordedEvent::getStartTime))
                .toList();
    }

    /** When a thread's reads that brought something, or its waits, were over. */
    private static NavigableSet<Long> ends(List<RecordedEvent> events, List<String> types, RecordedEvent ofThread) {
        long thread = ofThread.getThread().getJavaThreadId();
        return events.stream()
                .filter(event -> types.contains(event.getEventType().getName()))
                .filter(event -> event.getThread() != null && event.getThread().getJavaThreadId() == thread)
                .filter(event -> !event.hasField("bytesRead") || event.getLong("bytesRead") > 0)
                .map(event -> nanos(event.getEndTime()))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static long nanos(Instant time) {
        return TimeUnit.SECONDS.toNanos(time.getEpochSecond()) + time.getNano();
    }

    /** Rows of a table: a step, the share of the commits that took it, median, 99th percentile. */
    String rows(String consumer) {
        StringBuilder rows = new StringBuilder();
        Map<String, Samples.Sorted> sorted = new LinkedHashMap<>();
        nanos.forEach((step, all) ->
                sorted.put(step, new Samples.Sorted(all.build().sorted().toArray())));
        double commits =
                sorted.values().stream().mapToInt(Samples.Sorted::count).max().orElseThrow();
        sorted.forEach((step, all) -> rows.append(String.format(
                Locale.ROOT,
                "| %s | %s | %.0f %% | %.1f | %.1f |%n",
                consumer,
                step,
                100 * all.count() / commits,
                all.quantile(0.5) / 1e3,
                all.quantile(0.99) / 1e3)));
        return rows.toString();
    }
}
