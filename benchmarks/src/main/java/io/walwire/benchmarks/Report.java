package io.walwire.benchmarks;

import io.walwire.benchmarks.latency.Result;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The results as Markdown, as docs/performance.md has them. */
final class Report {
    private final Results results;
    private final StringBuilder text = new StringBuilder();

    private Report(Results results) {
        this.results = results;
    }

    static String of(Results results) {
        Report report = new Report(results);
        report.text.append(results.conditions()).append('\n');
        report.throughput();
        report.latency();
        report.growth();
        report.targets();
        return report.text.toString();
    }

    private void head(String title, String... columns) {
        text.append("\n### ")
                .append(title)
                .append("\n\n| ")
                .append(String.join(" | ", columns))
                .append(" |\n|");
        text.append(" --- |".repeat(columns.length)).append('\n');
    }

    private void row(String... cells) {
        text.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }

    private void throughput() {
        if (results.rounds().keySet().stream().allMatch(Workload::isGrowth)) {
            return;
        }
        head(
                "Throughput",
                "",
                "consumer",
                "events/s",
                "min..max",
                "x pg_recvlogical",
                "x bare",
                "x Debezium",
                "CPU s/1M",
                "walsender CPU s/1M",
                "B/event",
                "above bare",
                "RSS MB",
                "other cores");
        results.rounds().forEach((workload, byConsumer) -> {
            if (!workload.isGrowth()) {
                byConsumer.forEach((consumer, measured) -> throughput(workload, consumer, measured));
            }
        });
        text.append(
                "\n\"Above bare\": bytes of heap an event beyond what the bare loop allocates, which is the driver's own.");
        text.append(
                " \"Other cores\": what everything but the consumer and PostgreSQL took of the processors, which is noise.\n\n");
        for (Workload workload : results.rounds().keySet()) {
            if (!workload.isGrowth()) {
                text.append("- ")
                        .append(workload)
                        .append(": ")
                        .append(workload.title())
                        .append(".\n");
            }
        }
    }

    private void throughput(Workload workload, Consumer consumer, List<Measurement> measured) {
        double speed = results.speed(workload, consumer);
        double allocated = Median.of(measured, Measurement::allocated);
        row(
                workload.name(),
                consumer.title(),
                number(speed, 0),
                number(
                                measured.stream()
                                        .mapToDouble(Measurement::eventsPerSecond)
                                        .min()
                                        .orElseThrow(),
                                0) + ".."
                        + number(
                                measured.stream()
                                        .mapToDouble(Measurement::eventsPerSecond)
                                        .max()
                                        .orElseThrow(),
                                0),
                number(speed / results.speed(workload, Consumer.PG_RECVLOGICAL), 2),
                number(speed / results.speed(workload, Consumer.BARE), 2),
                number(speed / results.speed(workload, Consumer.DEBEZIUM_CONNECT), 1),
                number(Median.of(measured, Measurement::cpuSeconds), 2),
                number(Median.of(measured, Measurement::walsenderSeconds), 2),
                number(allocated, 0),
                number(allocated - results.median(workload, Consumer.BARE, Measurement::allocated), 0),
                number(Median.of(measured, Measurement::residentMegabytes), 0),
                number(Median.of(measured, Measurement::otherCores), 2));
    }

    private void latency(LatencyTurn turn) {
        row(
                number(turn.rate(), 0),
                number(results.latency(turn, Result::achieved), 0),
                turn.title(),
                number(results.latency(turn, Result::p50), 0),
                number(results.latency(turn, Result::p90), 0),
                number(results.latency(turn, Result::p99), 0),
                number(results.latency(turn, Result::p999), 0),
                number(results.latency(turn, Result::max), 0),
                number(results.latency(turn, Result::p50) / results.latency(turn.bare(), Result::p50), 2),
                number(results.latency(turn, Result::p99) / results.latency(turn.bare(), Result::p99), 2),
                number(results.latency(turn, Result::cpu), 1));
    }

    private void latency() {
        if (!results.hasLatencies()) {
            return;
        }
        head(
                "Latency (W5)",
                "commits/s",
                "reached",
                "consumer",
                "p50 µs",
                "p90 µs",
                "p99 µs",
                "p99.9 µs",
                "max µs",
                "p50 x bare",
                "p99 x bare",
                "CPU µs/event");
        Arrays.stream(LatencyTurn.values()).filter(results::hasLatency).forEach(this::latency);
        text.append(
                "\nFrom the commit's own time, which is taken before its WAL is flushed, to the handler. Commits are of");
        text.append(
                " one row each: 1,000 a second by four connections, 10,000 by sixteen, of which each waits for the disk.");
        text.append(
                " \"Reached\" is what the server made of them; figures of a rate that it did not reach are not of that rate.\n");
    }

    private void growth() {
        if (results.rounds().keySet().stream().noneMatch(Workload::isGrowth)) {
            return;
        }
        head("Growth", "from", "to", "events/s", "events/s", "x bare", "x bare", "B/event above bare", "to / from");
        for (Growth growth : Growth.values()) {
            Growth.Side from = growth.from();
            Growth.Side to = growth.to();
            row(
                    from.title(),
                    to.title(),
                    number(from.speed(results), 0),
                    number(to.speed(results), 0),
                    number(from.ofBare(results), 2),
                    number(to.ofBare(results), 2),
                    number(from.aboveBare(results), 0) + " → " + number(to.aboveBare(results), 0),
                    number(growth.ratio(results), 2));
        }
        text.append(
                "\nReplayed bytes, so that no walsender sets the pace. \"To / from\" compares what is reached of the bare");
        text.append(" loop over the same bytes, which grow too.\n");
    }

    private void targets() {
        head("Targets", "figure", "target", "measured", "");
        for (Goal goal : Goal.values()) {
            double measured = goal.measured(results);
            row(
                    goal.figure(),
                    goal.wanted(),
                    number(measured, goal.digits()),
                    Double.isNaN(measured) ? "not measured" : goal.isMet(measured) ? "met" : "**missed**");
        }
        if (!results.failures().isEmpty()) {
            text.append("\nFailed: ")
                    .append(String.join("; ", results.failures()))
                    .append(".\n");
        }
    }

    static String number(double value, int digits) {
        return Double.isNaN(value) ? "–" : String.format(Locale.ROOT, "%,." + digits + "f", value);
    }
}
