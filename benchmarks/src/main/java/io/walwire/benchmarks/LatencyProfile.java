package io.walwire.benchmarks;

import io.walwire.benchmarks.latency.WayProfile;
import io.walwire.benchmarks.latency.Writers;
import java.util.List;

/** The way of one event in W5, step by step and thread by thread: to the bare loop, and to Walwire. */
final class LatencyProfile {
    private static final String HOW_TO_READ = """

            How to read it: times are in microseconds. The steps of a consumer follow each other and make up the whole way, though
            their medians do not add up exactly; "of commits" is the share of the commits that took a step. Compare Walwire's steps with
            those of the bare loop. A longer first step means that the server sent later, or that the reading thread woke up later. The reader thread's step is decoding. The step to the
            handler thread is the hop: the transaction is put into the queue, and the thread wakes up. The step to the handler is
            dispatch, and if the handler thread did not sleep, also what was left of its work before. The second table has what a
            commit costs each thread on average. A thread that waits for a processor lengthens the step that it is in; the same
            goes for the walsender and the first step. A time slice begins when a thread gets a processor. It ends with a voluntary
            switch when the thread sleeps, and with an involuntary one when another thread takes the processor. The steps are of a run of
            their own: recording them takes time on each thread, so that the whole way is longer than in the table of latencies.
            """;

    private LatencyProfile() {}

    /** Each consumer's rows, in two tables. */
    static void print(int seconds) throws Exception {
        StringBuilder steps = new StringBuilder();
        StringBuilder threads = new StringBuilder();
        try (BenchmarkServer server = BenchmarkServer.start()) {
            Writers writers = new Writers(server.jdbcUrl(), true);
            for (LatencyTurn turn : List.of(LatencyTurn.BARE, LatencyTurn.AUTO)) {
                writers.prepare();
                String[] rows = ChildJvm.output(
                                "-Xmx512m",
                                System.getProperty("java.class.path"),
                                WayProfile.class,
                                List.of(
                                        new Target(server.port(), null, "", "").url(),
                                        turn.consumer(),
                                        String.valueOf(turn.rate()),
                                        String.valueOf(turn.connections()),
                                        String.valueOf(seconds)))
                        .split("\n\n", -1);
                steps.append(rows[0]).append('\n');
                threads.append(rows[1]);
            }
        }
        System.out.println(
                "| consumer | step | of commits | median | 99th percentile |\n| --- | --- | --- | --- | --- |");
        System.out.println(steps);
        System.out.println(
                "| consumer | thread | on a processor | waits for one | time slices | voluntary switches | involuntary | bytes |");
        System.out.print("| --- | --- | --- | --- | --- | --- | --- | --- |\n" + threads + HOW_TO_READ);
    }
}
