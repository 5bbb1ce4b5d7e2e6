package io.walwire.benchmarks.latency;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * One run in figures, latencies in microseconds.
 *
 * @param achieved commits a second that the server made
 * @param events how many latencies were noted after the warm-up
 * @param p25 on a machine that does other things too, the figure that they disturb least
 * @param cpu microseconds of processor time that this process spent for each event
 */
public record Result(
        double achieved,
        double events,
        double p25,
        double p50,
        double p90,
        double p99,
        double p999,
        double max,
        double cpu) {
    static Result of(double achieved, Samples.Sorted samples, double cpu) {
        return new Result(
                achieved,
                samples.count(),
                samples.quantile(0.25),
                samples.quantile(0.5),
                samples.quantile(0.9),
                samples.quantile(0.99),
                samples.quantile(0.999),
                samples.quantile(1),
                cpu);
    }

    /** Each figure's median. */
    static Result median(List<Result> all) {
        return new Result(
                median(all, Result::achieved),
                median(all, Result::events),
                median(all, Result::p25),
                median(all, Result::p50),
                median(all, Result::p90),
                median(all, Result::p99),
                median(all, Result::p999),
                median(all, Result::max),
                median(all, Result::cpu));
    }

    private static double median(List<Result> all, ToDoubleFunction<Result> figure) {
        double[] sorted = all.stream().mapToDouble(figure).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
