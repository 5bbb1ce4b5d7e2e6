package io.walwire.benchmarks;

import java.util.List;

/** Figures of Walwire alone. */
final class Singles {
    static final String DOCTOR = "doctor of 10000 tables";
    static final String SUBSCRIPTIONS = "subscriptions";

    private Singles() {}

    /** The figure's name. */
    static String start(int tables) {
        return "start of " + tables + " tables";
    }

    static int idleSeconds(Options options) {
        return options.quick() ? 5 : 30;
    }

    static void start(BenchmarkServer server, Options options, Results results) throws Exception {
        server.run("CREATE PUBLICATION bench_started FOR ALL TABLES");
        // the former are there if theirs was the last workload
        for (Bytes bytes : List.of(Bytes.TABLES_10000, Bytes.TABLES_1000)) {
            int tables = bytes.tables();
            if (!server.hasTable(bytes.prefix() + 0)) {
                server.dropTables();
                bytes.create(server);
            }
            for (int round = 1; round <= options.rounds(); round++) {
                results.attempt(start(tables), () -> instance("start", start(tables), bytes, server, results));
                if (bytes == Bytes.TABLES_10000) {
                    results.attempt(DOCTOR, () -> instance("doctor", DOCTOR, bytes, server, results));
                }
            }
        }
    }

    private static void instance(String task, String figure, Bytes bytes, BenchmarkServer server, Results results)
            throws Exception {
        double[] millis = ChildJvm.figures(
                "-Xmx512m",
                InstanceMain.class,
                List.of(task, url(server), "bench_started", bytes.prefix(), String.valueOf(bytes.tables())));
        results.addSingle(figure, millis[0]);
        System.err.printf("%s: %.0f ms%n", figure, millis[0]);
    }

    /** Whether START measures a figure. */
    static boolean isOfStart(String figure) {
        return figure.equals(DOCTOR) || figure.startsWith("start of ");
    }

    /** What a figure is measured by. */
    static Extra extra(String figure) {
        return figure.equals("idle") ? Extra.IDLE : figure.equals(SUBSCRIPTIONS) ? Extra.WATCHES : Extra.START;
    }

    static void watches(Results results) throws Exception {
        double[] megabytes = ChildJvm.figures("-Xmx512m", WatchLookup.class, List.of(WatchLookup.MEMORY));
        results.addSingle(SUBSCRIPTIONS, megabytes[0]);
        System.err.printf("%s: %.1f MB%n", SUBSCRIPTIONS, megabytes[0]);
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
