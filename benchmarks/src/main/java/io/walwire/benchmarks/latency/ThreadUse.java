package io.walwire.benchmarks.latency;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What the threads of a process have used so far, as Linux counts it, and what each of ours has allocated. By name. */
public final class ThreadUse {
    /** As many characters of a thread's name as Linux keeps. */
    private static final int NAME = 15;

    private static final int BYTES = 5;
    private static final double WORTH_A_ROW_NANOS = 50;

    /** Of threads whose names Linux alone tells: those of an instance named "w", a JVM's first, and the server's process. */
    private static final Map<String, String> OTHER_NAMES = Map.of(
            "walwire-w-reade", "the reader thread",
            "walwire-w-handl", "the handler thread",
            "walwire-w-catal", "the thread that asks the catalog",
            "walwire-w-serve", "the thread that looks for a shutdown",
            "java", "the main thread",
            "postgres", "the server's walsender");

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** Nanoseconds on a processor and waiting for one, time slices, sleeps, interruptions, bytes. */
    private final Map<String, long[]> counts = new TreeMap<>();

    private final Map<String, String> wholeNames = new HashMap<>();

    /** Of all threads of a process that live. */
    public static ThreadUse of(long pid) throws IOException {
        ThreadUse use = new ThreadUse();
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc", String.valueOf(pid), "task"))) {
            for (Path task : tasks) {
                use.read(task);
            }
        }
        return use;
    }

    static ThreadUse ofThisProcess() throws IOException {
        ThreadUse use = of(ProcessHandle.current().pid());
        for (ThreadInfo thread : THREADS.getThreadInfo(THREADS.getAllThreadIds())) {
            if (thread == null) {
                continue; // it has ended
            }
            String name = thread.getThreadName();
            String kept = name.substring(0, Math.min(NAME, name.length()));
            use.counts(kept)[BYTES] += THREADS.getThreadAllocatedBytes(thread.getThreadId());
            use.wholeNames.put(kept, name);
        }
        return use;
    }

    private void read(Path task) {
        String name;
        String[] times;
        List<String> status;
        try {
            name = Files.readString(task.resolve("comm")).strip();
            times = Files.readString(task.resolve("schedstat")).strip().split(" ", -1);
            status = Files.readAllLines(task.resolve("status"));
        } catch (IOException e) {
            return; // it has ended, as writers do
        }
        long[] use = counts(name);
        for (int i = 0; i < times.length; i++) {
            use[i] += Long.parseLong(times[i]);
        }
        for (String line : status) {
            if (line.contains("voluntary_ctxt_switches")) {
                use[line.startsWith("non") ? 4 : 3] += Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
    }

    private long[] counts(String name) {
        return counts.computeIfAbsent(name, key -> new long[BYTES + 1]);
    }

    /** As {@link #rowsSince}, since each thread began. */
    public String rows(double events, String consumer) {
        return rowsSince(new ThreadUse(), events, consumer);
    }

    /** Rows of a table: an event's share of what was used since, by the threads that have a part in it and by all others together. */
    String rowsSince(ThreadUse before, double events, String consumer) {
        StringBuilder rows = new StringBuilder();
        long[] others = new long[BYTES + 1];
        counts.forEach((name, now) -> {
            long[] then = before.counts(name);
            boolean takesPart =
                    name.startsWith("walwire-") || name.startsWith("bare-") || OTHER_NAMES.containsKey(name);
            long[] used = takesPart ? new long[BYTES + 1] : others;
            for (int i = 0; i < now.length; i++) {
                used[i] += Math.max(0, now[i] - then[i]); // of a name whose threads have ended, less may be left
            }
            if (takesPart && used[0] / events > WORTH_A_ROW_NANOS) {
                String title = wholeNames.getOrDefault(name, OTHER_NAMES.getOrDefault(name, name));
                rows.append(row(consumer, title, used, events));
            } else if (takesPart) {
                for (int i = 0; i < used.length; i++) {
                    others[i] += used[i];
                }
            }
        });
        return counts.containsKey("postgres")
                ? rows.toString()
                : rows + row(consumer, "all others, such as the compiler", others, events);
    }

    private String row(String consumer, String thread, long[] used, double events) {
        return String.format(
                Locale.ROOT,
                "| %s | %s | %.1f | %.1f | %.2f | %.2f | %.2f | %s |%n",
                consumer,
                thread,
                used[0] / 1e3 / events,
                used[1] / 1e3 / events,
                used[2] / events,
                used[3] / events,
                used[4] / events,
                wholeNames.isEmpty() ? "–" : String.format(Locale.ROOT, "%,.0f", used[BYTES] / events));
    }
}
