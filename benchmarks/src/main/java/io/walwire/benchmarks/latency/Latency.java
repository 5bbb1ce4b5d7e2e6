package io.walwire.benchmarks.latency;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How long after its commit a transaction reaches the consumer, at several rates. Every round lets every consumer have the
 * same load in turn; the first round warms up and is not counted.
 *
 * <pre>{@code
 * Latency --url=postgresql://postgres@localhost:5432/bench [--rates=10,1000,10000,50000]
 *         [--consumers=bare,auto,off,5ms] [--seconds=10] [--rounds=3] [--synchronous-commit=on]
 * }</pre>
 *
 * {@code bare} is pgJDBC's blocking loop, {@code debezium} Debezium's embedded engine; any other consumer is Walwire with that
 * value of {@code walwire.coalesce}. The server should do nothing else. Without fsync, or with {@code --synchronous-commit=off},
 * high rates need fewer connections.
 */
public final class Latency {
    private static final int MAX_COMMITS_PER_CONNECTION = 15_000;

    private final Map<String, String> options;
    private final String url;
    private final Writers writers;

    private Latency(Map<String, String> options) {
        this.options = options;
        this.url = options.getOrDefault("url", "");
        this.writers =
                new Writers(Run.jdbc(url), option("synchronous-commit", "on").equals("on"));
    }

    /**
     * Runs all rates and prints a table.
     *
     * @param arguments options as above
     * @throws Exception if anything fails
     */
    public static void main(String[] arguments) throws Exception {
        Map<String, String> options = new LinkedHashMap<>();
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            if (!argument.startsWith("--") || equals < 0) {
                throw new IllegalArgumentException("Options are written --name=value: " + argument);
            }
            options.put(argument.substring(2, equals), argument.substring(equals + 1));
        }
        new Latency(options).run();
    }

    private String option(String name, String otherwise) {
        return options.getOrDefault(name, otherwise);
    }

    private void run() throws Exception {
        int seconds = Integer.parseInt(option("seconds", "10"));
        int rounds = Integer.parseInt(option("rounds", "3"));
        List<String> consumers =
                List.of(option("consumers", "bare,auto,off,5ms").split(",", -1));
        System.out.println(
                "| commits/s | consumer | round | achieved/s | events | p25 us | p50 us | p90 us | p99 us | p99.9 us | max us"
                        + " | consumer CPU us/event |");
        System.out.println("|---|---|---|---|---|---|---|---|---|---|---|---|");
        writers.prepare();
        try {
            for (String rate : option("rates", "10,1000,10000,50000").split(",", -1)) {
                Map<String, List<Result>> results = new LinkedHashMap<>();
                for (int round = 0; round <= rounds; round++) {
                    for (String consumer : consumers) {
                        int commits = Integer.parseInt(rate);
                        int connections = Math.max(1, commits / MAX_COMMITS_PER_CONNECTION);
                        Result result = Run.of(url, consumer, writers, new Run.Load(commits, connections, seconds));
                        if (round > 0) {
                            results.computeIfAbsent(consumer, key -> new ArrayList<>())
                                    .add(result);
                            print(rate, consumer, Integer.toString(round), result);
                        }
                    }
                }
                results.forEach((consumer, all) -> print(rate, consumer, "median", Result.median(all)));
            }
        } finally {
            writers.remove();
        }
    }

    private static void print(String rate, String consumer, String round, Result result) {
        System.out.printf(
                Locale.ROOT,
                "| %s | %s | %s | %.0f | %.0f | %.0f | %.0f | %.0f | %.0f | %.0f | %.0f | %.1f |%n",
                rate,
                consumer,
                round,
                result.achieved(),
                result.events(),
                result.p25(),
                result.p50(),
                result.p90(),
                result.p99(),
                result.p999(),
                result.max(),
                result.cpu());
    }
}
