package io.walwire.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.walwire.benchmarks.latency.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** Every round's figures, and their medians. What was not measured is NaN. */
final class Results {
    private final Map<Workload, Map<Consumer, List<Measurement>>> rounds = new EnumMap<>(Workload.class);
    private final Map<String, List<Result>> latencies = new LinkedHashMap<>();
    private final Map<String, List<Double>> singles = new LinkedHashMap<>();
    private final String conditions;

    Results(String conditions) {
        this.conditions = conditions;
    }

    /** Machine, versions, settings, rounds. */
    String conditions() {
        return conditions;
    }

    void add(Workload workload, Consumer consumer, Measurement measurement) {
        rounds.computeIfAbsent(workload, w -> new EnumMap<>(Consumer.class))
                .computeIfAbsent(consumer, c -> new ArrayList<>())
                .add(measurement);
    }

    void addLatency(String consumer, Result result) {
        latencies.computeIfAbsent(consumer, c -> new ArrayList<>()).add(result);
    }

    void addSingle(String figure, double value) {
        singles.computeIfAbsent(figure, f -> new ArrayList<>()).add(value);
    }

    Map<Workload, Map<Consumer, List<Measurement>>> rounds() {
        return rounds;
    }

    double median(Workload workload, Consumer consumer, ToDoubleFunction<Measurement> figure) {
        List<Measurement> measured = rounds.getOrDefault(workload, Map.of()).get(consumer);
        return measured == null ? Double.NaN : Median.of(measured, figure);
    }

    double speed(Workload workload, Consumer consumer) {
        return median(workload, consumer, Measurement::eventsPerSecond);
    }

    boolean hasLatency(String consumer) {
        return latencies.containsKey(consumer);
    }

    boolean hasLatencies() {
        return !latencies.isEmpty();
    }

    double latency(String consumer, ToDoubleFunction<Result> figure) {
        List<Result> measured = latencies.get(consumer);
        return measured == null ? Double.NaN : Median.of(measured, figure);
    }

    double single(String figure) {
        List<Double> measured = singles.get(figure);
        return measured == null ? Double.NaN : Median.of(measured, Double::doubleValue);
    }

    void writeJson(Path file) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode root = mapper.createObjectNode();
        root.put("conditions", conditions);
        ArrayNode all = root.putArray("rounds");
        rounds.forEach((workload, byConsumer) -> byConsumer.forEach((consumer, measured) -> measured.forEach(one -> {
            ObjectNode node = all.addObject();
            node.put("workload", workload.name());
            node.put("consumer", consumer.key());
            node.put("events_per_second", one.eventsPerSecond());
            node.put("cpu_seconds_per_million", one.cpuSeconds());
            node.put("walsender_cpu_seconds_per_million", one.walsenderSeconds());
            node.put("allocated_bytes_per_event", one.allocated());
            node.put("resident_megabytes", one.residentMegabytes());
            node.put("other_cores", one.otherCores());
        })));
        ArrayNode late = root.putArray("latencies");
        latencies.forEach((consumer, measured) -> measured.forEach(one -> {
            ObjectNode node = late.addObject();
            node.put("consumer", consumer);
            node.put("commits_per_second", one.achieved());
            node.put("p50_us", one.p50());
            node.put("p90_us", one.p90());
            node.put("p99_us", one.p99());
            node.put("p999_us", one.p999());
            node.put("max_us", one.max());
            node.put("cpu_us_per_event", one.cpu());
        }));
        ObjectNode alone = root.putObject("walwire_alone");
        singles.forEach((figure, values) -> {
            ArrayNode node = alone.putArray(figure);
            values.forEach(node::add);
        });
        Files.writeString(file, mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n");
    }
}
