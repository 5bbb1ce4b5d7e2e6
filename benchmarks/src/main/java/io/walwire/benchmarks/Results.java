package io.walwire.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** Every round's figures, and their medians as a table and as JSON. */
final class Results {
    private final Map<Workload, Map<Consumer, List<Measurement>>> rounds = new EnumMap<>(Workload.class);
    private final String conditions;

    Results(String conditions) {
        this.conditions = conditions;
    }

    void add(Workload workload, Consumer consumer, Measurement measurement) {
        rounds.computeIfAbsent(workload, w -> new EnumMap<>(Consumer.class))
                .computeIfAbsent(consumer, c -> new ArrayList<>())
                .add(measurement);
    }

    Map<Workload, Map<Consumer, List<Measurement>>> rounds() {
        return rounds;
    }

    double median(Workload workload, Consumer consumer, ToDoubleFunction<Measurement> figure) {
        List<Measurement> measured = rounds.getOrDefault(workload, Map.of()).get(consumer);
        return measured == null ? Double.NaN : Median.of(measured, figure);
    }

    /** As Markdown. */
    String table() {
        StringBuilder text = new StringBuilder();
        text.append(conditions).append("\n\n");
        text.append("| | consumer | events/s | min..max | x pg_recvlogical | x bare | x Debezium | CPU s/1M |"
                + " walsender CPU s/1M | B/event | above bare | RSS MB | other cores |\n");
        text.append("|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
        rounds.forEach((workload, byConsumer) -> byConsumer.forEach((consumer, measured) ->
                text.append(row(workload, consumer, measured)).append('\n')));
        return text.toString();
    }

    private String row(Workload workload, Consumer consumer, List<Measurement> measured) {
        double speed = Median.of(measured, Measurement::eventsPerSecond);
        double allocated = Median.of(measured, Measurement::allocated);
        return "| " + workload + " | " + consumer.title() + " | " + number(speed, 0) + " | "
                + number(
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
                        0) + " | "
                + number(speed / speed(workload, Consumer.PG_RECVLOGICAL), 2) + " | "
                + number(speed / speed(workload, Consumer.BARE), 2) + " | "
                + number(speed / speed(workload, Consumer.DEBEZIUM_CONNECT), 1) + " | "
                + number(Median.of(measured, Measurement::cpuSeconds), 2) + " | "
                + number(Median.of(measured, Measurement::walsenderSeconds), 2) + " | "
                + number(allocated, 0) + " | "
                + number(allocated - median(workload, Consumer.BARE, Measurement::allocated), 0) + " | "
                + number(Median.of(measured, Measurement::residentMegabytes), 0) + " | "
                + number(Median.of(measured, Measurement::otherCores), 2) + " |";
    }

    private double speed(Workload workload, Consumer consumer) {
        return median(workload, consumer, Measurement::eventsPerSecond);
    }

    private static String number(double value, int digits) {
        return Double.isNaN(value) ? "–" : String.format(Locale.ROOT, "%,." + digits + "f", value);
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
        Files.writeString(file, mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n");
    }
}
