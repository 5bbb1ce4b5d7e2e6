package io.walwire.micrometer;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A registry as Prometheus sees it. */
final class Exposition {
    private static final Pattern LINE = Pattern.compile("(?m)^([a-z_]+)(\\{.*})? (\\S+)$");

    final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    /** Each series with its value, the labels in alphabetical order. */
    Map<String, Double> series() {
        Map<String, Double> series = new LinkedHashMap<>();
        Matcher line = LINE.matcher(registry.scrape());
        while (line.find()) {
            String labels = line.group(2) == null ? "" : line.group(2);
            series.put(line.group(1) + labels, Double.valueOf(line.group(3)));
        }
        return series;
    }

    double value(String series) {
        Double value = series().get(series);
        if (value == null) {
            throw new AssertionError("No series " + series + " among\n" + String.join("\n", series().keySet()));
        }
        return value;
    }

    /** The names, as queries use them. */
    Set<String> names() {
        Set<String> names = new TreeSet<>();
        series().keySet().forEach(series -> names.add(series.replaceAll("\\{.*", "")));
        return names;
    }
}
