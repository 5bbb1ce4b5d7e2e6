package io.walwire.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What to run.
 *
 * @param quick a tenth of the events, one round
 * @param rounds how often each consumer has its turn
 * @param out the folder for results.json and chart.svg
 */
record Options(boolean quick, int rounds, List<Workload> workloads, List<Consumer> consumers, Path out) {
    static final String USAGE = """
            benchmarks/run [--quick] [--rounds N] [--workloads W1,W2] [--consumers a,b] [--out FOLDER]
            benchmarks/run jmh [JMH's own arguments]

              --quick      a tenth of the events and one round: shows that it works, not how fast it is
              --rounds     how often each consumer has its turn, 3 unless said
              --workloads  of %s, all unless said
              --consumers  of %s, all unless said
              --out        where results.json and chart.svg go, benchmarks/target unless said
            """.formatted(Arrays.toString(Workload.values()), Consumer.keys());

    static Options of(String... arguments) {
        boolean quick = false;
        int rounds = 0;
        List<Workload> workloads = List.of(Workload.values());
        List<Consumer> consumers = List.of(Consumer.values());
        Path out = Path.of("benchmarks", "target");
        List<String> left = new ArrayList<>(List.of(arguments));
        while (!left.isEmpty()) {
            String option = left.remove(0);
            if (option.equals("--quick")) {
                quick = true;
                continue;
            }
            if (left.isEmpty()) {
                throw new IllegalArgumentException("Not an option, or one without a value: " + option);
            }
            String value = left.remove(0);
            switch (option) {
                case "--rounds" -> rounds = Integer.parseInt(value);
                case "--workloads" ->
                    workloads = Arrays.stream(value.split(","))
                            .map(Workload::valueOf)
                            .toList();
                case "--consumers" ->
                    consumers =
                            Arrays.stream(value.split(",")).map(Consumer::of).toList();
                case "--out" -> out = Path.of(value);
                default -> throw new IllegalArgumentException("Not an option: " + option);
            }
        }
        return new Options(quick, rounds > 0 ? rounds : quick ? 1 : 3, workloads, consumers, out);
    }
}
