package io.walwire.benchmarks;

import io.walwire.benchmarks.latency.Result;
import io.walwire.benchmarks.latency.Run;
import io.walwire.benchmarks.latency.Writers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** W5: from commit to consumer, at 1,000 and at 10,000 commits a second. */
final class Latencies {
    private Latencies() {}

    static int seconds(Options options) {
        return options.quick() ? 5 : 18;
    }

    static void measure(BenchmarkServer server, Options options, Results results) throws Exception {
        Writers writers = new Writers(server.jdbcUrl(), true);
        List<LatencyTurn> turns = new ArrayList<>(LatencyTurn.of(options));
        for (int round = 1; round <= options.rounds(); round++) {
            for (LatencyTurn turn : turns) {
                writers.prepare();
                try {
                    Result result = measure(server, options, turn);
                    results.addLatency(turn, result);
                    System.err.printf(
                            Locale.ROOT,
                            "W5 round %d: %,.0f of %,d commits/s, p50 %.0f us, p99 %.0f us, %s%n",
                            round,
                            result.achieved(),
                            turn.rate(),
                            result.p50(),
                            result.p99(),
                            turn.title());
                } finally {
                    writers.remove();
                }
            }
            // each round begins with another one
            turns.add(turns.remove(0));
        }
    }

    private static Result measure(BenchmarkServer server, Options options, LatencyTurn turn) throws Exception {
        Path before = options.before();
        double[] f = ChildJvm.figures(
                "-Xmx512m",
                turn == LatencyTurn.BEFORE
                        ? ChildJvm.classPath(Objects.requireNonNull(before))
                        : System.getProperty("java.class.path"),
                Run.class,
                List.of(
                        new Target(server.port(), null, "", "").url(),
                        turn.consumer(),
                        String.valueOf(turn.rate()),
                        String.valueOf(turn.connections()),
                        String.valueOf(seconds(options))));
        return new Result(f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8]);
    }
}
