package io.walwire.benchmarks;

import static io.walwire.benchmarks.Consumer.BARE;
import static io.walwire.benchmarks.Consumer.DEBEZIUM_CONNECT;
import static io.walwire.benchmarks.Consumer.PG_RECVLOGICAL;
import static io.walwire.benchmarks.Consumer.WALWIRE_ALL;
import static io.walwire.benchmarks.Consumer.WALWIRE_ALL_UNIX;
import static io.walwire.benchmarks.Consumer.WALWIRE_JSON;
import static io.walwire.benchmarks.Consumer.WALWIRE_NONE;
import static io.walwire.benchmarks.Consumer.WALWIRE_SMALL;
import static io.walwire.benchmarks.Consumer.WALWIRE_TEXT;

import io.walwire.benchmarks.latency.Result;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** What Walwire sets itself, with every column read by a handler unless said otherwise. */
enum Goal {
    W1("W1, x pg_recvlogical", 1.6, true, 2, speeds(Workload.W1, WALWIRE_ALL, PG_RECVLOGICAL)),
    W2("W2, x pg_recvlogical", 1.5, true, 2, speeds(Workload.W2, WALWIRE_ALL, PG_RECVLOGICAL)),
    W3("W3, x pg_recvlogical", 1.5, true, 2, speeds(Workload.W3, WALWIRE_ALL, PG_RECVLOGICAL)),
    W4("W4, x pg_recvlogical", 2.0, true, 2, speeds(Workload.W4, WALWIRE_ALL, PG_RECVLOGICAL)),
    // within 1.5 times its time
    TABLES_3000(
            "a transaction over 3,000 tables, x pg_recvlogical",
            1 / 1.5,
            true,
            2,
            speeds(Workload.TABLES_3000, WALWIRE_ALL, PG_RECVLOGICAL)),
    PARTITIONS_ROOT(
            "a transaction over 2,000 partitions, published as their root, x pg_recvlogical",
            1 / 1.5,
            true,
            2,
            speeds(Workload.PARTITIONS_ROOT, WALWIRE_ALL, PG_RECVLOGICAL)),
    PARTITIONS_LEAVES(
            "a transaction over 2,000 partitions, published as themselves, x pg_recvlogical",
            1 / 1.5,
            true,
            2,
            speeds(Workload.PARTITIONS_LEAVES, WALWIRE_ALL, PG_RECVLOGICAL)),
    W1_DEBEZIUM("W1, x Debezium", 4.5, true, 1, speeds(Workload.W1, WALWIRE_ALL, DEBEZIUM_CONNECT)),
    W2_DEBEZIUM("W2, x Debezium", 5.0, true, 1, speeds(Workload.W2, WALWIRE_ALL, DEBEZIUM_CONNECT)),
    W4_DEBEZIUM("W4, x Debezium", 4.0, true, 1, speeds(Workload.W4, WALWIRE_ALL, DEBEZIUM_CONNECT)),
    W1_BINARY("W1, x text", 1.1, true, 2, speeds(Workload.W1, WALWIRE_ALL, WALWIRE_TEXT)),
    W2_BINARY("W2, x text", 1.1, true, 2, speeds(Workload.W2, WALWIRE_ALL, WALWIRE_TEXT)),
    W4_BINARY("W4, x text", 1.0, true, 2, speeds(Workload.W4, WALWIRE_ALL, WALWIRE_TEXT)),
    JSON("W1 printed as JSON, x pg_recvlogical", 1.3, true, 2, speeds(Workload.W1, WALWIRE_JSON, PG_RECVLOGICAL)),
    CPU(
            "W1, Debezium's processor time / Walwire's",
            20,
            true,
            1,
            results -> results.median(Workload.W1, DEBEZIUM_CONNECT, Measurement::cpuSeconds)
                    / results.median(Workload.W1, WALWIRE_ALL, Measurement::cpuSeconds)),
    UNIX(
            "W1 over a unix-domain socket, x pg_recvlogical over TCP",
            1.7,
            true,
            2,
            speeds(Workload.W1, WALWIRE_ALL_UNIX, PG_RECVLOGICAL)),
    NONE_ALLOCATED("W1, bytes an event above the bare loop, nothing read", 150, false, 0, above(WALWIRE_NONE)),
    ALL_ALLOCATED("W1, bytes an event above the bare loop, all read", 550, false, 0, above(WALWIRE_ALL)),
    JSON_ALLOCATED("W1, bytes an event above the bare loop, printed as JSON", 900, false, 0, above(WALWIRE_JSON)),
    NONE_REPLAYED("replayed, x bare, nothing read", 0.85, true, 2, speeds(Workload.REPLAY, WALWIRE_NONE, BARE)),
    ALL_REPLAYED("replayed, x bare, all read", 0.5, true, 2, speeds(Workload.REPLAY, WALWIRE_ALL, BARE)),
    P50("latency p50, x bare", 1.1, false, 2, latencies(Result::p50)),
    P99("latency p99, x bare", 1.3, false, 2, latencies(Result::p99)),
    COALESCED(
            "latency at 10,000 commits a second, median, auto / off",
            1.2,
            false,
            2,
            results -> results.latency(LatencyTurn.AUTO_OFTEN, Result::p50)
                    / results.latency(LatencyTurn.OFF_OFTEN, Result::p50)),
    SMALL(
            "W3 with -Xmx48m, resident MB",
            100,
            false,
            0,
            results -> results.median(Workload.W3, WALWIRE_SMALL, Measurement::residentMegabytes)),
    TABLES("1,000 tables / 1 table, each x bare", 0.9, true, 2, Growth.TABLES::ratio),
    MANY_TABLES("10,000 tables / 1 table, each x bare", 0.9, true, 2, Growth.MANY_TABLES::ratio),
    HANDLERS("1,000 handlers of a table each / 1 handler of all", 0.9, true, 2, Growth.HANDLERS::ratio),
    COLUMNS("1,600 columns / 2 columns, two read, each x bare", 0.9, true, 2, Growth.COLUMNS::ratio),
    START("start with 1,000 tables, ms", 1_000, false, 0, results -> results.single(Singles.start(1_000))),
    MANY_START("start with 10,000 tables, ms", 3_000, false, 0, results -> results.single(Singles.start(10_000))),
    DOCTOR("the doctor with 10,000 tables, ms", 3_000, false, 0, results -> results.single(Singles.DOCTOR)),
    WATCHES(
            "100,000 subscriptions to single rows, MB of heap",
            40,
            false,
            1,
            results -> results.single(Singles.SUBSCRIPTIONS)),
    IDLE("idle, percent of a core", 1, false, 2, results -> results.single("idle"));

    private final String figure;
    private final double bound;
    private final boolean atLeast;
    private final int digits;

    @SuppressWarnings("ImmutableEnumChecker") // it reads results, and has no state
    private final ToDoubleFunction<Results> measured;

    Goal(String figure, double bound, boolean atLeast, int digits, ToDoubleFunction<Results> measured) {
        this.figure = figure;
        this.bound = bound;
        this.atLeast = atLeast;
        this.digits = digits;
        this.measured = measured;
    }

    private static ToDoubleFunction<Results> speeds(Workload workload, Consumer one, Consumer other) {
        return results -> results.speed(workload, one) / results.speed(workload, other);
    }

    private static ToDoubleFunction<Results> above(Consumer consumer) {
        return results -> results.median(Workload.W1, consumer, Measurement::allocated)
                - results.median(Workload.W1, BARE, Measurement::allocated);
    }

    private static ToDoubleFunction<Results> latencies(ToDoubleFunction<Result> quantile) {
        return results -> results.latency(LatencyTurn.AUTO, quantile) / results.latency(LatencyTurn.BARE, quantile);
    }

    String figure() {
        return figure;
    }

    String wanted() {
        return (atLeast ? "≥ " : "≤ ") + String.format(Locale.ROOT, bound % 1 == 0 ? "%,.0f" : "%.2f", bound);
    }

    int digits() {
        return digits;
    }

    double measured(Results results) {
        return measured.applyAsDouble(results);
    }

    boolean isMet(double figureMeasured) {
        return atLeast ? figureMeasured >= bound : figureMeasured <= bound;
    }
}
