package io.walwire.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How long the application of {@code examples/spring} takes to start and to stop, with Walwire and with {@code
 * walwire.enabled=false}: a JVM of its own each time, in turns. Until the start has ended, both instances stream.
 */
public final class SpringStart {
    private static final Path EXAMPLE = Path.of("examples", "spring");
    private static final Pattern STARTED = Pattern.compile("Started ShopApplication in ([\\d.]+) seconds");

    private SpringStart() {}

    /**
     * One start and its stop, in seconds.
     *
     * @param context as Spring Boot prints it, from the begin of {@code main}
     * @param process from the start of the process on
     * @param stop from the signal to the end of the process
     */
    private record Turn(double context, double process, double stop) {}

    /**
     * Prints a table of medians.
     *
     * @param arguments {@code --quick} shows that it works, and not how long it takes
     */
    public static void main(String[] arguments) throws Exception {
        int rounds = List.of(arguments).contains("--quick") ? 1 : 11;
        Map<Boolean, List<Turn>> turns = new TreeMap<>(Map.of(false, new ArrayList<>(), true, new ArrayList<>()));
        try (BenchmarkServer server = BenchmarkServer.start()) {
            server.run(Files.readString(EXAMPLE.resolve("src/main/resources/schema.sql")));
            for (int round = 0; round < rounds; round++) {
                boolean first = round % 2 == 0;
                turns.get(first).add(turn(server, first));
                turns.get(!first).add(turn(server, !first));
            }
        }
        System.out.println("| examples/spring, medians | context started | process started | stopped |");
        System.out.println("| --- | --- | --- | --- |");
        turns.forEach((enabled, all) -> System.out.printf(
                Locale.ROOT,
                "| %s | %.2f s | %.2f s | %.2f s |%n",
                enabled ? "with Walwire" : "walwire.enabled=false",
                Median.of(all, Turn::context),
                Median.of(all, Turn::process),
                Median.of(all, Turn::stop)));
    }

    private static Turn turn(BenchmarkServer server, boolean enabled) throws Exception {
        long begun = System.nanoTime();
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-jar",
                        jar().toString(),
                        "--server.port=0",
                        "--spring.datasource.url=" + server.jdbcUrl(),
                        "--spring.datasource.username=" + BenchmarkServer.USER,
                        "--walwire.enabled=" + enabled)
                .redirectErrorStream(true)
                .start();
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            double context = awaitStart(output);
            double started = secondsSince(begun);
            long signalled = System.nanoTime();
            process.toHandle().destroy(); // Process.destroy would close the output
            output.lines().forEach(line -> {}); // until the process has ended
            process.waitFor();
            return new Turn(context, started, secondsSince(signalled));
        } finally {
            process.destroyForcibly();
        }
    }

    private static Path jar() throws IOException {
        try (var files = Files.newDirectoryStream(EXAMPLE.resolve("target"), "walwire-example-spring-*.jar")) {
            return files.iterator().next();
        }
    }

    private static double awaitStart(BufferedReader output) throws IOException {
        StringBuilder printed = new StringBuilder();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            Matcher started = STARTED.matcher(line);
            if (started.find()) {
                return Double.parseDouble(started.group(1));
            }
            printed.append('\n').append(line);
        }
        throw new IOException("The application did not start:" + printed);
    }

    private static double secondsSince(long begun) {
        return (System.nanoTime() - begun) / 1e9;
    }
}
