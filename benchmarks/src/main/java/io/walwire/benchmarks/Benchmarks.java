package io.walwire.benchmarks;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Prepares the WAL of each workload, lets every consumer drain it in turn, and prints a table of medians. */
public final class Benchmarks {
    /** How often rounds that differ too much are measured again. */
    private static final int MOST_AGAIN = 3;

    private static final Set<Consumer> REFERENCES = EnumSet.of(Consumer.PG_RECVLOGICAL, Consumer.BARE);

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
        System.err.printf(
                "This takes about %.0f minutes; for figures that mean something the machine should do nothing else.%n",
                Math.ceil(Plan.seconds(options) / 60));
        try (BenchmarkServer server = BenchmarkServer.start()) {
            Results results;
            try {
                results = begun(conditions(server, options), options);
            } catch (IllegalArgumentException | FileNotFoundException e) {
                System.err.println("--again: " + e.getMessage());
                System.exit(2);
                return;
            }
            measure(server, options, results);
            Files.createDirectories(options.out());
            Path chart = options.out().resolve("chart.svg");
            String report = Report.of(results);
            results.writeJson(options.out().resolve("results.json"));
            Files.writeString(options.out().resolve("table.md"), report);
            Chart.write(results, chart);
            System.out.println(report);
            if (options.docs()) {
                List<String> doubts = Doubts.of(results);
                if (!doubts.isEmpty()) {
                    System.err.println(
                            "docs/performance.md stays as it is, for the figures of this run can't be trusted:\n- "
                                    + String.join("\n- ", doubts));
                    System.exit(1);
                }
                Docs.write(report, chart);
            }
        }
    }

    private static Results begun(String conditions, Options options) throws IOException {
        Path again = options.again();
        return again == null
                ? new Results(conditions)
                : Results.read(again.resolve("results.json"), conditions, options);
    }

    private static void measure(BenchmarkServer server, Options options, Results results) throws Exception {
        // on a server that has few tables yet, and nothing else to do
        if (options.extras().contains(Extra.IDLE)) {
            Singles.idle(server, options, results);
        }
        if (options.extras().contains(Extra.W5)) {
            Latencies.measure(server, options, results);
        }
        if (options.extras().contains(Extra.WATCHES)) {
            Singles.watches(results);
        }
        for (Bytes bytes : Bytes.values()) {
            List<Workload> workloads = options.workloads().stream()
                    .filter(workload -> workload.bytes() == bytes)
                    .toList();
            if (!workloads.isEmpty()) {
                System.err.printf("writing %,d events for %s%n", bytes.events(options.quick()), workloads);
                Written written = Written.of(bytes, server, options.quick());
                for (Workload workload : workloads) {
                    drain(server, workload, written, options, results);
                }
                written.drop(server);
            }
        }
        if (options.extras().contains(Extra.START)) {
            Singles.start(server, options, results);
        }
    }

    private static void drain(
            BenchmarkServer server, Workload workload, Written written, Options options, Results results)
            throws Exception {
        System.err.println(workload + ": " + workload.title());
        Written.Turns turns =
                port -> turns(new Round(server, port, written, options.before()), workload, options, results);
        if (workload.isReplayed()) {
            written.replay(server, turns);
        } else {
            turns.at(server.port());
        }
    }

    /**
     * All rounds. For the documents, consumers whose rounds differ too much have all of theirs again, side by side with those that they are compared
     * with, and what they had is dropped.
     */
    private static void turns(Round round, Workload workload, Options options, Results results) throws Exception {
        List<Consumer> consumers = options.of(workload).stream()
                .filter(consumer -> consumer != Consumer.PG_RECVLOGICAL
                        || PgRecvlogical.path().isPresent())
                .toList();
        turns(round, workload, consumers, options.rounds(), results);
        for (int again = 0; options.docs() && again < MOST_AGAIN; again++) {
            Set<Consumer> restless = Doubts.restless(results, workload);
            if (restless.isEmpty()) {
                return;
            }
            System.err.println("rounds differ too much, and are measured again: " + restless);
            List<Consumer> beside = consumers.stream()
                    .filter(consumer -> restless.contains(consumer) || REFERENCES.contains(consumer))
                    .toList();
            beside.forEach(consumer -> results.drop(workload, consumer));
            turns(round, workload, beside, options.rounds(), results);
        }
    }

    private static void turns(Round round, Workload workload, List<Consumer> consumers, int rounds, Results results)
            throws Exception {
        for (int turn = 1; turn <= rounds; turn++) {
            for (Consumer consumer : inTurn(consumers, turn)) {
                String title = workload + " round " + turn;
                results.attempt(Results.turn(workload, consumer), () -> {
                    Measurement measured = undisturbed(round, consumer);
                    results.add(workload, consumer, measured);
                    System.err.printf("%s: %,9.0f events/s, %s%n", title, measured.eventsPerSecond(), consumer.title());
                });
            }
        }
    }

    /** A turn that other work disturbs is repeated, whatever it measured: once more, and once more after that. */
    private static Measurement undisturbed(Round round, Consumer consumer) throws Exception {
        Measurement measured = round.run(consumer);
        for (int again = 0; again < 2 && measured.otherCores() > Doubts.OTHER_CORES; again++) {
            System.err.printf("other work took %.2f cores: repeated%n", measured.otherCores());
            measured = round.run(consumer);
        }
        return measured;
    }

    /** Each round begins with another consumer, so that none always follows the same one. */
    private static List<Consumer> inTurn(List<Consumer> consumers, int turn) {
        int first = (turn - 1) % Math.max(1, consumers.size());
        List<Consumer> turned = new ArrayList<>(consumers.subList(first, consumers.size()));
        turned.addAll(consumers.subList(0, first));
        return turned;
    }

    private static String conditions(BenchmarkServer server, Options options) throws SQLException, IOException {
        String model = Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.replaceFirst(".*: *", ""))
                .findFirst()
                .orElse(System.getProperty("os.arch"));
        return Runtime.getRuntime().availableProcessors() + " cores (" + model + "), "
                + System.getProperty("os.name") + ", Java " + Runtime.version()
                + " with -Xmx512m unless said, PostgreSQL "
                + server.value("SHOW server_version") + " with " + BenchmarkServer.SETTINGS + ", "
                + PgRecvlogical.version()
                + ", Debezium "
                + io.debezium.engine.DebeziumEngine.class.getPackage().getImplementationVersion()
                + ", loopback; "
                + options.rounds() + (options.quick() ? " short round" : " round") + (options.rounds() == 1 ? "" : "s")
                + ", medians.";
    }
}
