package io.walwire.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What to run.
 *
 * @param quick a tenth of the events, one round
 * @param rounds how often each consumer has its turn
 * @param workloads what is drained
 * @param extras what else is measured
 * @param consumers by whom
 * @param out the folder for results.json, table.md and chart.svg
 * @param again the folder of an earlier run, whose other figures stay; null without one
 * @param before the checkout of another build, which has its turns beside this one; null without one
 * @param docs whether docs/performance.md gets the tables, and docs/performance.svg the chart
 */
record Options(
        boolean quick,
        int rounds,
        Set<Workload> workloads,
        Set<Extra> extras,
        List<Consumer> consumers,
        Path out,
        @Nullable Path again,
        @Nullable Path before,
        boolean docs) {
    static final String USAGE =
            """
            benchmarks/run [--quick] [--rounds N] [--workloads W1,W5] [--consumers a,b] [--out FOLDER] [--again FOLDER] [--before FOLDER] [--docs]
            benchmarks/run jmh [JMH's own arguments]
            benchmarks/run profile [latency [SECONDS] | backfill | kafka | triggers | growth [--quick] | threads [--quick] | memory [--quick]]
            benchmarks/run metrics [--quick]
            benchmarks/run spring [--quick]

              --quick      a tenth of the events and one round: shows that it works, not how fast it is
              --rounds     how often each consumer has its turn, 3 unless said
              --workloads  of %s and %s, all unless said
              --consumers  of %s, all unless said
              --out        where results.json, table.md and chart.svg go, benchmarks/target unless said
              --again      the folder of an earlier run on this machine: the workloads and consumers that are named are measured again, the rest is taken from there
              --before     the folder of an older checkout, in which benchmarks/run --quick was run: its build has its turns, too
              --docs       writes the tables into docs/performance.md too, and the chart beside it, unless the figures can't be trusted
            """.formatted(Arrays.toString(Workload.values()), Arrays.toString(Extra.values()), Consumer.keys());

    static Options of(String... arguments) {
        boolean quick = false;
        boolean docs = false;
        int rounds = 0;
        Set<Workload> workloads = EnumSet.allOf(Workload.class);
        Set<Extra> extras = EnumSet.allOf(Extra.class);
        List<Consumer> consumers = List.of(Consumer.values());
        Path out = Path.of("benchmarks", "target");
        Path again = null;
        Path before = null;
        List<String> left = new ArrayList<>(List.of(arguments));
        while (!left.isEmpty()) {
            String option = left.remove(0);
            quick |= option.equals("--quick");
            docs |= option.equals("--docs");
            if (option.equals("--quick") || option.equals("--docs")) {
                continue;
            }
            if (left.isEmpty()) {
                throw new IllegalArgumentException("Not an option, or one without a value: " + option);
            }
            String value = left.remove(0);
            switch (option) {
                case "--rounds" -> rounds = Integer.parseInt(value);
                case "--workloads" -> choose(value, workloads, extras);
                case "--consumers" ->
                    consumers = Arrays.stream(value.split(",", -1))
                            .map(Consumer::of)
                            .toList();
                case "--out" -> out = Path.of(value);
                case "--again" -> again = Path.of(value);
                case "--before" -> before = Path.of(value);
                default -> throw new IllegalArgumentException("Not an option: " + option);
            }
        }
        return new Options(
                quick, rounds > 0 ? rounds : quick ? 1 : 3, workloads, extras, consumers, out, again, before, docs);
    }

    private static void choose(String names, Set<Workload> workloads, Set<Extra> extras) {
        workloads.clear();
        extras.clear();
        for (String name : names.toUpperCase(Locale.ROOT).split(",", -1)) {
            if (Arrays.stream(Extra.values()).anyMatch(extra -> extra.name().equals(name))) {
                extras.add(Extra.valueOf(name));
            } else {
                workloads.add(Workload.valueOf(name));
            }
        }
    }

    /** Who drains a workload. */
    List<Consumer> of(Workload workload) {
        return workload.consumers().stream()
                .filter(consumers::contains)
                .filter(consumer -> before != null || !consumer.isBefore())
                .toList();
    }
}
