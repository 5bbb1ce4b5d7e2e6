package io.walwire.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Prepares the WAL of each workload, lets every consumer drain it in turn, and prints a table of medians. */
public final class Benchmarks {
    private Benchmarks() {}

    /** See {@link Options#USAGE}. */
    public static void main(String[] arguments) throws Exception {
        if (List.of(arguments).contains("--help")) {
            System.out.print(Options.USAGE);
            return;
        }
        Options options;
        try {
            options = Options.of(arguments);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + "\n\n" + Options.USAGE);
            System.exit(2);
            return;
        }
        try (BenchmarkServer server = BenchmarkServer.start()) {
            Results results = new Results(conditions(server, options));
            for (Workload workload : options.workloads()) {
                run(server, workload, options, results);
            }
            Files.createDirectories(options.out());
            results.writeJson(options.out().resolve("results.json"));
            Chart.write(results, options.out().resolve("chart.svg"));
            System.out.println(results.table());
        }
    }

    private static void run(BenchmarkServer server, Workload workload, Options options, Results results)
            throws Exception {
        int events = workload.events(options.quick());
        System.err.printf("%s: writing %,d events (%s)%n", workload, events, workload.title());
        workload.create(server);
        server.run("CREATE TABLE sentinel_" + workload + " (id int)");
        server.run("CREATE PUBLICATION " + workload.slot() + " FOR ALL TABLES");
        server.run("CHECKPOINT");
        server.run("SELECT pg_create_logical_replication_slot('" + workload.slot() + "', 'pgoutput')");
        workload.write(server, events);
        String endOfWal = server.value("SELECT pg_current_wal_insert_lsn()");
        server.run("INSERT INTO sentinel_" + workload + " VALUES (1)");
        server.run("CHECKPOINT");
        if (workload == Workload.REPLAY) {
            Path captured = Files.createTempFile("walwire-bench-", ".captured");
            server.run("SELECT pg_copy_logical_replication_slot('" + workload.slot() + "', 'captured')");
            Capture.write(new Target(server.port(), null, "captured", workload.slot()), events, captured);
            try (ReplayServer replay = new ReplayServer(server.port(), captured)) {
                turns(new Round(server, replay.port(), workload, events, endOfWal), workload, options, results);
            } finally {
                Files.delete(captured);
            }
        } else {
            turns(new Round(server, server.port(), workload, events, endOfWal), workload, options, results);
        }
        server.run("SELECT pg_drop_replication_slot('" + workload.slot() + "')");
    }

    private static void turns(Round round, Workload workload, Options options, Results results) throws Exception {
        List<Consumer> consumers =
                options.consumers().stream().filter(workload::isDrainedBy).toList();
        for (int turn = 1; turn <= options.rounds(); turn++) {
            for (Consumer consumer : inTurn(consumers, turn)) {
                if (consumer == Consumer.PG_RECVLOGICAL && !isInstalled()) {
                    continue;
                }
                Measurement measured = round.run(consumer);
                results.add(workload, consumer, measured);
                System.err.printf(
                        "%s round %d: %,9.0f events/s, %s%n",
                        workload, turn, measured.eventsPerSecond(), consumer.title());
            }
        }
    }

    /** Each round begins with another consumer, so that none always follows the same one. */
    private static List<Consumer> inTurn(List<Consumer> consumers, int turn) {
        int first = (turn - 1) % consumers.size();
        List<Consumer> turned = new ArrayList<>(consumers.subList(first, consumers.size()));
        turned.addAll(consumers.subList(0, first));
        return turned;
    }

    private static boolean isInstalled() throws InterruptedException {
        try {
            return new ProcessBuilder("pg_recvlogical", "--version")
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            System.err.println("pg_recvlogical is not installed (postgresql-client has it); it is left out");
            return false;
        }
    }

    private static String conditions(BenchmarkServer server, Options options) throws SQLException, IOException {
        String model = Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.replaceFirst(".*: *", ""))
                .findFirst()
                .orElse(System.getProperty("os.arch"));
        return Runtime.getRuntime().availableProcessors() + " cores (" + model + "), "
                + System.getProperty("os.name") + ", Java " + Runtime.version() + " with -Xmx512m, PostgreSQL "
                + server.value("SHOW server_version") + " with " + BenchmarkServer.SETTINGS + ", loopback; "
                + options.rounds() + (options.quick() ? " short round" : " round") + (options.rounds() == 1 ? "" : "s")
                + ", medians.";
    }
}
