package io.walwire.benchmarks;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Why the figures of a run do not belong in the documents. */
final class Doubts {
    /** What other work may take of the machine's processors during a turn, in cores. */
    static final double OTHER_CORES = 0.1;

    /** How far the fastest and the slowest round of a row may be apart, as a share of their median. */
    static final double SPREAD = 0.15;

    /** Fewer have no spread that means something. */
    private static final int ROUNDS = 5;

    private Doubts() {}

    /** One sentence each; empty if there is none. */
    static List<String> of(Results results) {
        List<String> doubts = new ArrayList<>();
        results.failures().forEach(what -> doubts.add(what + ": a round failed"));
        results.rounds()
                .forEach((workload, byConsumer) -> byConsumer.forEach((consumer, measured) -> {
                    String row = workload + ", " + consumer.title() + ": ";
                    double other = measured.stream()
                            .mapToDouble(Measurement::otherCores)
                            .filter(Double::isFinite)
                            .max()
                            .orElse(0);
                    if (other > OTHER_CORES) {
                        doubts.add(String.format(Locale.ROOT, "%sother work took %.2f cores", row, other));
                    }
                    double spread = spread(measured);
                    if (spread > SPREAD) {
                        doubts.add(String.format(
                                Locale.ROOT, "%sits rounds differ by %.0f %% of their median", row, 100 * spread));
                    }
                    if (measured.size() < ROUNDS) {
                        doubts.add(row + measured.size() + " of " + ROUNDS + " rounds");
                    }
                }));
        return doubts;
    }

    /** Whose rounds of a workload differ too much. */
    static Set<Consumer> restless(Results results, Workload workload) {
        Set<Consumer> restless = EnumSet.noneOf(Consumer.class);
        results.rounds().getOrDefault(workload, Map.of()).forEach((consumer, measured) -> {
            if (spread(measured) > SPREAD) {
                restless.add(consumer);
            }
        });
        return restless;
    }

    /** The distance between the fastest and the slowest round, as a share of the median. */
    static double spread(List<Measurement> measured) {
        double[] sorted = measured.stream()
                .mapToDouble(Measurement::eventsPerSecond)
                .sorted()
                .toArray();
        return (sorted[sorted.length - 1] - sorted[0]) / Median.of(measured, Measurement::eventsPerSecond);
    }
}
