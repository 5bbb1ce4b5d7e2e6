package io.walwire.benchmarks;

import io.walwire.benchmarks.latency.Result;
import io.walwire.benchmarks.latency.Run;
import io.walwire.benchmarks.latency.Writers;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Existing rows: read by a backfill, by COPY, and by Debezium's snapshots; and what a backfill costs the stream. Turns are
 * interleaved; {@code benchmarks/run backfill [ROWS [ROUNDS]]}.
 */
public final class ExistingRows {
    static final String PUBLICATION = "bench_existing";
    static final String WARM_UP = "existing_warm";

    private static final int ROWS = 5_000_000;
    private static final int SMALL_ROWS = 300_000;
    private static final int WARM_UP_ROWS = 100_000;
    private static final int ROUNDS = 3;
    private static final int RATE = 1_000;
    private static final int CONNECTIONS = 4;
    private static final String WITHOUT = "auto";
    private static final String WITH = "backfill";

    private final BenchmarkServer server;
    private final int rows;
    private final int rounds;
    private final Map<TableRead, List<Turn>> turns = new EnumMap<>(TableRead.class);
    private final Map<String, List<Result>> latencies = new LinkedHashMap<>();

    private ExistingRows(BenchmarkServer server, int rows, int rounds) {
        this.server = server;
        this.rows = rows;
        this.rounds = rounds;
    }

    /** One turn; processor time of the reading process a million rows, MiB of heap after a collection. */
    private record Turn(double rowsPerSecond, double cpuSeconds, double heap) {}

    /** Rows of the large table, and rounds. */
    public static void main(String[] arguments) throws Exception {
        int rows = arguments.length > 0 ? Integer.parseInt(arguments[0]) : ROWS;
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : ROUNDS;
        try (BenchmarkServer server = BenchmarkServer.start()) {
            ExistingRows benchmark = new ExistingRows(server, rows, rounds);
            benchmark.prepare();
            for (int round = 1; round <= rounds; round++) {
                benchmark.round(round);
            }
            benchmark.print();
        }
    }

    /** Each child prints its samples. */
    static void profile() throws Exception {
        try (BenchmarkServer server = BenchmarkServer.start()) {
            ExistingRows benchmark = new ExistingRows(server, ROWS, 1);
            benchmark.prepare();
            for (TableRead read : List.of(TableRead.NONE, TableRead.ALL, TableRead.JSON)) {
                benchmark.child(read, ROWS);
            }
        }
    }

    private int smallRows() {
        return Math.min(SMALL_ROWS, rows);
    }

    private int warmUpRows() {
        return Math.min(WARM_UP_ROWS, rows);
    }

    private void prepare() throws SQLException {
        System.err.printf("writing %,d rows%n", rows);
        table("existing", rows);
        table("existing_small", smallRows());
        table(WARM_UP, warmUpRows());
        table("streamed", 0);
        server.run("CREATE TABLE " + DebeziumSnapshot.SIGNALS + " (id text PRIMARY KEY, type text, data text)");
        server.run("CREATE PUBLICATION " + PUBLICATION + " FOR TABLE existing, existing_small, " + WARM_UP
                + ", streamed, " + DebeziumSnapshot.SIGNALS);
    }

    private void table(String name, int count) throws SQLException {
        server.run("CREATE TABLE " + name + " " + Bytes.WIDE);
        server.run("INSERT INTO " + name + " " + Bytes.rows("1", String.valueOf(count)));
        server.run("VACUUM (FREEZE, ANALYZE) " + name);
    }

    private void round(int round) throws Exception {
        List<TableRead> all = new ArrayList<>(TableRead.all());
        Collections.rotate(all, 1 - round); // each round begins with another one
        for (TableRead read : all) {
            server.run("CHECKPOINT");
            int count = read.isLarge() ? rows : smallRows();
            Turn turn = read == TableRead.COPY ? copy(count) : child(read, count);
            turns.computeIfAbsent(read, key -> new ArrayList<>()).add(turn);
            System.err.printf(Locale.ROOT, "round %d: %,9.0f rows/s, %s%n", round, turn.rowsPerSecond(), read.title());
        }
        List<String> consumers = round % 2 == 1 ? List.of(WITHOUT, WITH) : List.of(WITH, WITHOUT);
        for (String consumer : consumers) {
            latency(consumer, round);
        }
    }

    private Turn child(TableRead read, int count) throws IOException, InterruptedException {
        double[] figures = ChildJvm.figures(
                read.heap(),
                TableReadMain.class,
                List.of(
                        read.name(),
                        String.valueOf(server.port()),
                        String.valueOf(warmUpRows()),
                        String.valueOf(count)));
        return new Turn(count / figures[0], figures[1] * 1e6 / count, figures[2]);
    }

    /** By psql, which is where pg_recvlogical is. */
    private Turn copy(int count) throws IOException, InterruptedException {
        Path psql = PgRecvlogical.path()
                .map(path -> path.resolveSibling("psql"))
                .filter(Files::isExecutable)
                .orElseThrow(() -> new IllegalStateException("There is no psql (postgresql-client has it)"));
        long began = System.nanoTime();
        Process process = new ProcessBuilder(
                        psql.toString(),
                        "--no-psqlrc",
                        "--dbname=host=localhost port=" + server.port() + " user=" + BenchmarkServer.USER + " dbname="
                                + BenchmarkServer.DATABASE,
                        "--command=COPY existing TO STDOUT")
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.INHERIT)
                .start();
        double cpu = 0;
        while (process.isAlive()) {
            Thread.sleep(10);
            double now = Proc.cpuSeconds(process.pid());
            cpu = Double.isNaN(now) ? cpu : Math.max(cpu, now);
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        if (process.exitValue() != 0) {
            throw new IllegalStateException("psql failed with exit code " + process.exitValue());
        }
        return new Turn(count / seconds, cpu * 1e6 / count, Double.NaN);
    }

    private void latency(String consumer, int round) throws Exception {
        Writers writers = new Writers(server.jdbcUrl(), true);
        writers.prepare();
        try {
            server.run("ALTER PUBLICATION " + Writers.PUBLICATION + " ADD TABLE existing");
            double[] f = ChildJvm.figures(
                    "-Xmx512m",
                    Run.class,
                    List.of(
                            new Target(server.port(), null, "", "").url(),
                            consumer,
                            String.valueOf(RATE),
                            String.valueOf(CONNECTIONS),
                            rows < ROWS ? "3" : "18"));
            Result result = new Result(f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8]);
            latencies.computeIfAbsent(consumer, key -> new ArrayList<>()).add(result);
            System.err.printf(
                    Locale.ROOT,
                    "round %d: p50 %.0f us, p99 %.0f us, %s%n",
                    round,
                    result.p50(),
                    result.p99(),
                    consumer);
        } finally {
            writers.remove();
        }
    }

    private double median(TableRead read, ToDoubleFunction<Turn> figure) {
        return Median.of(turns.getOrDefault(read, List.of(new Turn(Double.NaN, Double.NaN, Double.NaN))), figure);
    }

    private double speed(TableRead read) {
        return median(read, Turn::rowsPerSecond);
    }

    private void print() {
        System.out.printf(
                Locale.ROOT, "%,d rows, %,d of the smaller table; %d rounds, medians.%n%n", rows, smallRows(), rounds);
        System.out.println("| reader | rows/s | x COPY | CPU s/1M | heap MiB |");
        System.out.println("| --- | --- | --- | --- | --- |");
        for (TableRead read : TableRead.all()) {
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %,.0f | %.2f | %.2f | %.0f |%n",
                    read.title(),
                    speed(read),
                    speed(read) / speed(TableRead.COPY),
                    median(read, Turn::cpuSeconds),
                    median(read, Turn::heap));
        }
        System.out.println("\n| 1,000 commits/s | p50 us | p99 us |\n| --- | --- | --- |");
        latencies.forEach((consumer, all) -> System.out.printf(
                Locale.ROOT,
                "| %s | %.0f | %.0f |%n",
                consumer.equals(WITH) ? "while a backfill runs" : "the stream alone",
                Median.of(all, Result::p50),
                Median.of(all, Result::p99)));
        System.out.println("\n| target | wanted | measured | |\n| --- | --- | --- | --- |");
        atLeast("nothing read, x COPY", 0.85, speed(TableRead.NONE) / speed(TableRead.COPY));
        atLeast("every column read, x COPY", 0.6, speed(TableRead.ALL) / speed(TableRead.COPY));
        atLeast("printed as JSON, x COPY", 0.3, speed(TableRead.JSON) / speed(TableRead.COPY));
        for (TableRead initial : List.of(TableRead.DEBEZIUM_1, TableRead.DEBEZIUM_2)) {
            TableRead own = initial == TableRead.DEBEZIUM_1 ? TableRead.ALL : TableRead.ALL_TWO;
            atLeast("x " + initial.title(), 4, speed(own) / speed(initial));
            atLeast(
                    "processor time of " + initial.title() + " / Walwire's",
                    6,
                    median(initial, Turn::cpuSeconds) / median(own, Turn::cpuSeconds));
        }
        atLeast(
                "x " + TableRead.DEBEZIUM_INCREMENTAL.title(),
                20,
                speed(TableRead.ALL_SMALL) / speed(TableRead.DEBEZIUM_INCREMENTAL));
        atMost(
                "latency p50 while a backfill runs, x the stream alone",
                2,
                Median.of(latencies.get(WITH), Result::p50) / Median.of(latencies.get(WITHOUT), Result::p50));
        atMost(
                "heap above the stream's, MiB",
                64,
                median(TableRead.ALL, Turn::heap) - median(TableRead.STREAM, Turn::heap));
    }

    private static void atLeast(String figure, double bound, double measured) {
        target(figure, "≥ ", bound, measured, measured >= bound);
    }

    private static void atMost(String figure, double bound, double measured) {
        target(figure, "≤ ", bound, measured, measured <= bound);
    }

    private static void target(String figure, String sign, double bound, double measured, boolean met) {
        System.out.printf(
                Locale.ROOT, "| %s | %s%.2f | %.2f | %s |%n", figure, sign, bound, measured, met ? "met" : "missed");
    }
}
