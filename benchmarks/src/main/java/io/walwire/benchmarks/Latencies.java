package io.walwire.benchmarks;

import io.walwire.benchmarks.latency.Result;
import io.walwire.benchmarks.latency.Run;
import io.walwire.benchmarks.latency.Writers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** W5: from commit to consumer, at 1,000 commits a second. */
final class Latencies {
    /** By the names that {@link Run} knows. */
    static final Map<String, String> CONSUMERS = new LinkedHashMap<>();

    static {
        CONSUMERS.put("bare", "bare pgJDBC loop, blocking read()");
        CONSUMERS.put("before", "the build before");
        CONSUMERS.put("auto", "Walwire");
        CONSUMERS.put("debezium", "Debezium embedded, polled every 5 ms");
    }

    private static final String BEFORE = "before";

    private static final int RATE = 1_000;
    private static final int CONNECTIONS = 4;

    private Latencies() {}

    static int seconds(Options options) {
        return options.quick() ? 5 : 18;
    }

    static void measure(BenchmarkServer server, Options options, Results results) throws Exception {
        String url = new Target(server.port(), null, "", "").url();
        Writers writers = new Writers(server.jdbcUrl(), true);
        Path before = options.before();
        List<String> names = new ArrayList<>(CONSUMERS.keySet());
        if (before == null) {
            names.remove(BEFORE);
        }
        if (!options.consumers().contains(Consumer.DEBEZIUM_CONNECT)) {
            names.remove("debezium");
        }
        for (int round = 1; round <= options.rounds(); round++) {
            for (String name : names) {
                writers.prepare();
                try {
                    double[] f = ChildJvm.figures(
                            "-Xmx512m",
                            name.equals(BEFORE)
                                    ? ChildJvm.classPath(Objects.requireNonNull(before))
                                    : System.getProperty("java.class.path"),
                            Run.class,
                            List.of(
                                    url,
                                    name.equals(BEFORE) ? "auto" : name,
                                    String.valueOf(RATE),
                                    String.valueOf(CONNECTIONS),
                                    String.valueOf(seconds(options))));
                    Result result = new Result(f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8]);
                    results.addLatency(name, result);
                    System.err.printf(
                            "W5 round %d: p50 %.0f us, p99 %.0f us, %s%n",
                            round, result.p50(), result.p99(), CONSUMERS.get(name));
                } finally {
                    writers.remove();
                }
            }
            // each round begins with another consumer
            names.add(names.remove(0));
        }
    }
}
