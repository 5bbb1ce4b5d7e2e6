package io.walwire.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Events a second beside pg_recvlogical's, as an SVG of horizontal bars. */
final class Chart {
    private static final List<Consumer> SHOWN = List.of(
            Consumer.PG_RECVLOGICAL,
            Consumer.BARE,
            Consumer.WALWIRE_ALL,
            Consumer.WALWIRE_ALL_UNIX,
            Consumer.DEBEZIUM_CONNECT);
    private static final List<Workload> SHOWN_WORKLOADS = List.of(Workload.W1, Workload.W2, Workload.W3, Workload.W4);
    private static final int BAR = 16;
    private static final int LABEL = 330;
    private static final int WIDTH = 760;

    private Chart() {}

    static void write(Results results, Path file) throws IOException {
        double most = SHOWN_WORKLOADS.stream()
                .flatMap(workload -> SHOWN.stream().map(consumer -> results.speed(workload, consumer)))
                .filter(value -> !value.isNaN())
                .mapToDouble(Double::doubleValue)
                .max()
                .orElse(1);
        StringBuilder body = new StringBuilder();
        int y = 24;
        for (Workload workload : SHOWN_WORKLOADS) {
            if (!results.rounds().containsKey(workload)) {
                continue;
            }
            body.append(text(8, y, "bold", workload + ": " + workload.title()));
            y += 8;
            for (Consumer consumer : SHOWN) {
                double speed = results.speed(workload, consumer);
                if (!Double.isNaN(speed)) {
                    body.append(bar(y, consumer, speed, speed / most));
                    y += BAR + 4;
                }
            }
            y += 24;
        }
        Files.writeString(
                file,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + (LABEL + WIDTH) + "\" height=\"" + y
                        + "\" font-family=\"sans-serif\" font-size=\"12\">\n"
                        + "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n" + body + "</svg>\n");
    }

    private static String bar(int y, Consumer consumer, double speed, double share) {
        int length = (int) Math.round(share * (WIDTH - 120));
        String colour = consumer.key().startsWith("walwire") ? "#2563eb" : "#9ca3af";
        return text(16, y + 12, "normal", consumer.title())
                + "<rect x=\"" + LABEL + "\" y=\"" + y + "\" width=\"" + length + "\" height=\"" + BAR + "\" fill=\""
                + colour + "\"/>\n"
                + text(LABEL + length + 6, y + 12, "normal", String.format(Locale.ROOT, "%,.0f events/s", speed));
    }

    private static String text(int x, int y, String weight, String content) {
        return "<text x=\"" + x + "\" y=\"" + y + "\" font-weight=\"" + weight + "\">" + content + "</text>\n";
    }
}
