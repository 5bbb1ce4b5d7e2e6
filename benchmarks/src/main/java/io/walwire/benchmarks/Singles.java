package io.walwire.benchmarks;

import java.util.List;

/** Figures of Walwire alone. */
final class Singles {
    private Singles() {}

    static int idleSeconds(Options options) {
        return options.quick() ? 5 : 30;
    }

    static void start(BenchmarkServer server, Options options, Results results) throws Exception {
        Bytes.createTables(server, "started_", 1_000);
        server.run("CREATE PUBLICATION bench_started FOR ALL TABLES");
        for (int round = 1; round <= options.rounds(); round++) {
            double[] millis = ChildJvm.figures(
                    "-Xmx512m", InstanceMain.class, List.of("start", url(server), "bench_started", "started_", "1000"));
            results.addSingle("start", millis[0]);
            System.err.printf("START round %d: %.0f ms%n", round, millis[0]);
        }
    }

    static void idle(BenchmarkServer server, Options options, Results results) throws Exception {
        server.run("CREATE PUBLICATION bench_idle FOR ALL TABLES");
        double[] percent = ChildJvm.figures(
                "-Xmx512m",
                InstanceMain.class,
                List.of("idle", url(server), "bench_idle", String.valueOf(idleSeconds(options))));
        results.addSingle("idle", percent[0]);
        System.err.printf("IDLE: %.2f %% of a core%n", percent[0]);
    }

    private static String url(BenchmarkServer server) {
        return new Target(server.port(), null, "", "").url();
    }
}
