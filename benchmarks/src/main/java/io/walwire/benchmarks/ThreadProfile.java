package io.walwire.benchmarks;

import io.walwire.benchmarks.latency.ThreadUse;
import java.util.List;

/**
 * What each thread of a consumer does while it drains a workload, and the server's walsender: which of them sets the pace, and
 * whether they wait for each other, for the server or for a processor.
 */
final class ThreadProfile {
    private static final int EVENTS_TOGETHER = 1_000;

    private static final String HOW_TO_READ = """

            How to read it: times are in microseconds, and all counts are for 1,000 events. "In all" is the time that 1,000 events took.
            A thread is on a processor, waits for one, or sleeps for the rest of that time. The thread that hardly sleeps sets the pace. If it
            waits for a processor, the threads together need more processors than there are. A walsender that sleeps waits for its
            reader. A reader that sleeps waits for the walsender, or for room in the queue, or, at the first change of a table, for
            the catalog. Of what is replayed there is no walsender. A voluntary switch is a thread that goes to sleep.
            The reader, the handler thread and the walsender are counted from the start of the turn. The main thread, in which the bare loop runs,
            and all others are counted from the start of the JVM, with a warm-up of as many events.
            """;

    private ThreadProfile() {}

    /** One turn of each consumer, after a warm-up. */
    static void print(boolean quick) throws Exception {
        System.err.println("This takes about four minutes.");
        System.out.println(
                "| consumer | thread | on a processor | waits for one | time slices | voluntary switches | involuntary | bytes |");
        System.out.println("| --- | --- | --- | --- | --- | --- | --- | --- |");
        try (BenchmarkServer server = BenchmarkServer.start()) {
            Written inserts = Written.of(Bytes.WIDE_INSERTS, server, quick);
            turns(
                    new Round(server, server.port(), inserts, null),
                    Workload.W1,
                    List.of(
                            Consumer.BARE,
                            Consumer.WALWIRE_ALL,
                            Consumer.WALWIRE_TEXT,
                            Consumer.BARE_UNIX,
                            Consumer.WALWIRE_ALL_UNIX));
            inserts.replay(
                    server,
                    port -> turns(
                            new Round(server, port, inserts, null),
                            Workload.REPLAY,
                            List.of(Consumer.BARE, Consumer.WALWIRE_NONE, Consumer.WALWIRE_ALL)));
            inserts.drop(server);
            turns(server, Workload.W2, List.of(Consumer.WALWIRE_ALL, Consumer.WALWIRE_TEXT), quick);
            turns(server, Workload.PARTITIONS_LEAVES, List.of(Consumer.BARE, Consumer.WALWIRE_ALL), quick);
        }
        System.out.print(HOW_TO_READ);
    }

    private static void turns(BenchmarkServer server, Workload workload, List<Consumer> consumers, boolean quick)
            throws Exception {
        Written written = Written.of(workload.bytes(), server, quick);
        turns(new Round(server, server.port(), written, null), workload, consumers);
        written.drop(server);
    }

    private static void turns(Round round, Workload workload, List<Consumer> consumers) throws Exception {
        for (Consumer consumer : consumers) {
            StringBuilder rows = new StringBuilder();
            Measurement measured = round.run(consumer, consumer.heap(), (pid, walsender) -> {
                double thousands = round.events() / (double) EVENTS_TOGETHER;
                rows.append(ThreadUse.of(pid).rows(thousands, workload + ", " + consumer.title()));
                if (walsender > 0) {
                    rows.append(ThreadUse.of(walsender).rows(thousands, workload + ", " + consumer.title()));
                }
            });
            System.out.printf(
                    "| %s, %s | in all | %.0f | | | | | |%n%s",
                    workload, consumer.title(), EVENTS_TOGETHER * 1e6 / measured.eventsPerSecond(), rows);
        }
    }
}
