package io.walwire.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.walwire.benchmarks.latency.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/** Every round's figures, and their medians. What was not measured is NaN. */
final class Results {
    private final Map<Workload, Map<Consumer, List<Measurement>>> rounds = new EnumMap<>(Workload.class);
    private final Map<LatencyTurn, List<Result>> latencies = new EnumMap<>(LatencyTurn.class);
    private final Map<String, List<Double>> singles = new LinkedHashMap<>();
    private final Set<String> failures = new LinkedHashSet<>();
    private final String conditions;

    /** What may fail. */
    interface Attempt {
        void make() throws Exception;
    }

    Results(String conditions) {
        this.conditions = conditions;
    }

    /** Machine, versions, settings, rounds. */
    String conditions() {
        return conditions;
    }

    /** A turn that fails has no figure, and the report names it; the others go on. */
    void attempt(String what, Attempt attempt) throws Exception {
        try {
            attempt.make();
        } catch (IllegalStateException e) {
            System.err.println(what + " failed: " + e.getMessage());
            failures.add(what);
        }
    }

    /** What a consumer's turn is called. */
    static String turn(Workload workload, Consumer consumer) {
        return workload + ", " + consumer.title();
    }

    Set<String> failures() {
        return failures;
    }

    void add(Workload workload, Consumer consumer, Measurement measurement) {
        rounds.computeIfAbsent(workload, w -> new EnumMap<>(Consumer.class))
                .computeIfAbsent(consumer, c -> new ArrayList<>())
                .add(measurement);
    }

    /** The rounds of a consumer are measured again. */
    void drop(Workload workload, Consumer consumer) {
        rounds.getOrDefault(workload, Map.of()).remove(consumer);
    }

    void addLatency(LatencyTurn turn, Result result) {
        latencies.computeIfAbsent(turn, t -> new ArrayList<>()).add(result);
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

    boolean hasLatency(LatencyTurn turn) {
        return latencies.containsKey(turn);
    }

    boolean hasLatencies() {
        return !latencies.isEmpty();
    }

    double latency(LatencyTurn turn, ToDoubleFunction<Result> figure) {
        List<Result> measured = latencies.get(turn);
        return measured == null ? Double.NaN : Median.of(measured, figure);
    }

    double single(String figure) {
        List<Double> measured = singles.get(figure);
        return measured == null ? Double.NaN : Median.of(measured, Double::doubleValue);
    }

    /**
     * What an earlier run has found, without what is measured again.
     *
     * @param file what {@link #writeJson} wrote
     * @param conditions of this run, which must be the same
     * @param options what is measured again
     * @throws IllegalArgumentException if the conditions are others
     */
    static Results read(Path file, String conditions, Options options) throws IOException {
        JsonNode root = new ObjectMapper().readTree(file.toFile());
        if (!root.path("conditions").asText().equals(conditions)) {
            throw new IllegalArgumentException(file + " is of other conditions:\n"
                    + root.path("conditions").asText() + "\nThose of this run are\n" + conditions);
        }
        Results results = new Results(conditions);
        for (JsonNode node : root.path("rounds")) {
            Workload workload = Workload.valueOf(node.path("workload").asText());
            Consumer consumer = Consumer.of(node.path("consumer").asText());
            if (!options.workloads().contains(workload) || !options.consumers().contains(consumer)) {
                results.add(workload, consumer, measurement(node));
            }
        }
        for (JsonNode node : root.path("failures")) {
            if (!isMeasuredAgain(node.asText(), options)) {
                results.failures.add(node.asText());
            }
        }
        if (!options.extras().contains(Extra.W5)) {
            for (JsonNode node : root.path("latencies")) {
                results.addLatency(turn(node), latency(node));
            }
        }
        root.path("walwire_alone").properties().stream()
                .filter(each -> !options.extras().contains(Singles.extra(each.getKey())))
                .forEach(each -> each.getValue().forEach(value -> results.addSingle(each.getKey(), number(value))));
        return results;
    }

    private static boolean isMeasuredAgain(String failure, Options options) {
        return options.workloads().stream().anyMatch(workload -> options.of(workload).stream()
                        .anyMatch(consumer -> failure.equals(turn(workload, consumer))))
                || (Singles.isOfStart(failure) && options.extras().contains(Extra.START));
    }

    private static double number(JsonNode value) {
        return value.isNumber() ? value.asDouble() : Double.NaN;
    }

    private static Measurement measurement(JsonNode node) {
        return new Measurement(
                number(node.path("events_per_second")),
                number(node.path("cpu_seconds_per_million")),
                number(node.path("walsender_cpu_seconds_per_million")),
                number(node.path("allocated_bytes_per_event")),
                number(node.path("resident_megabytes")),
                number(node.path("other_cores")));
    }

    private static LatencyTurn turn(JsonNode node) {
        return Arrays.stream(LatencyTurn.values())
                .filter(turn -> consumer(turn).equals(node.path("consumer").asText())
                        && turn.rate() == node.path("wanted_commits_per_second").asInt())
                .findFirst()
                .orElseThrow();
    }

    private static String consumer(LatencyTurn turn) {
        return turn == LatencyTurn.BEFORE ? "before" : turn.consumer();
    }

    private static Result latency(JsonNode node) {
        return new Result(
                number(node.path("commits_per_second")),
                Double.NaN,
                Double.NaN,
                number(node.path("p50_us")),
                number(node.path("p90_us")),
                number(node.path("p99_us")),
                number(node.path("p999_us")),
                number(node.path("max_us")),
                number(node.path("cpu_us_per_event")));
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
        latencies.forEach((turn, measured) -> measured.forEach(one -> {
            ObjectNode node = late.addObject();
            node.put("consumer", consumer(turn));
            node.put("wanted_commits_per_second", turn.rate());
            node.put("commits_per_second", one.achieved());
            node.put("p50_us", one.p50());
            node.put("p90_us", one.p90());
            node.put("p99_us", one.p99());
            node.put("p999_us", one.p999());
            node.put("max_us", one.max());
            node.put("cpu_us_per_event", one.cpu());
        }));
        failures.forEach(root.putArray("failures")::add);
        ObjectNode alone = root.putObject("walwire_alone");
        singles.forEach((figure, values) -> {
            ArrayNode node = alone.putArray(figure);
            values.forEach(node::add);
        });
        Files.writeString(file, mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n");
    }
}
