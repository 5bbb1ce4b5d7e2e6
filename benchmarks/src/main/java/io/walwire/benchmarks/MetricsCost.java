package io.walwire.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import io.walwire.micrometer.WalwireMetrics;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.function.ToDoubleFunction;

/**
 * What {@link WalwireMetrics} cost: time and allocated bytes of an event with and without them, in turns. The handler does nothing, so that
 * the share is the largest that there can be. The same log is read from the server each time, which shows what users get; and the same
 * captured bytes are replayed, which shows a smaller difference.
 */
public final class MetricsCost {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final OperatingSystemMXBean PROCESS =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private static final int TRANSACTION = 100;

    private final BenchmarkServer server;
    private final int replayPort;
    private final int events;

    private MetricsCost(BenchmarkServer server, int replayPort, int events) {
        this.server = server;
        this.replayPort = replayPort;
        this.events = events;
    }

    /** Where the events come from. */
    private enum From {
        SERVER("read from the server"),
        CAPTURED("captured bytes");

        final String title;

        From(String title) {
            this.title = title;
        }
    }

    /** What the handler is called for. */
    private enum Calls {
        EACH("a call for each event"),
        BULK("a call for 100 events");

        final String title;

        Calls(String title) {
            this.title = title;
        }
    }

    /**
     * One turn, per event.
     *
     * @param nanos of the clock
     * @param cpu nanoseconds of the handler thread's processor time
     * @param process nanoseconds of the whole process's processor time
     * @param bytes that the handler thread has allocated
     */
    private record Turn(double nanos, double cpu, double process, double bytes) {}

    /** What the handler thread sees at its first and at its last event; read after it has ended the run. */
    private static final class Span {
        private final CountDownLatch done = new CountDownLatch(1);
        private final int events;
        private int seen;
        private long nanos;
        private long cpu;
        private long process;
        private long bytes;

        Span(int events) {
            this.events = events;
        }

        void events(int more) {
            seen += more;
            if (seen == TRANSACTION) { // the first transaction makes threads and meters
                nanos = -System.nanoTime();
                cpu = -THREADS.getCurrentThreadCpuTime();
                process = -PROCESS.getProcessCpuTime();
                bytes = -THREADS.getCurrentThreadAllocatedBytes();
            } else if (seen == events) {
                nanos += System.nanoTime();
                cpu += THREADS.getCurrentThreadCpuTime();
                process += PROCESS.getProcessCpuTime();
                bytes += THREADS.getCurrentThreadAllocatedBytes();
                done.countDown();
            }
        }

        Turn turn() throws InterruptedException {
            done.await();
            double measured = events - TRANSACTION;
            return new Turn(nanos / measured, cpu / measured, process / measured, bytes / measured);
        }
    }

    /**
     * Prints a table of medians.
     *
     * @param arguments {@code --quick} shows that it works, and not what metrics cost
     */
    public static void main(String[] arguments) throws Exception {
        boolean quick = List.of(arguments).contains("--quick");
        int events = quick ? 20_000 : 500_000;
        int rounds = quick ? 2 : 21;
        Bytes bytes = Bytes.WIDE_INSERTS;
        Path captured = Files.createTempFile("walwire-bench-", ".captured");
        try (BenchmarkServer server = BenchmarkServer.start()) {
            bytes.create(server);
            server.run("CREATE PUBLICATION " + bytes.slot() + " FOR ALL TABLES");
            server.run("SELECT pg_create_logical_replication_slot('" + bytes.slot() + "', 'pgoutput')");
            bytes.write(server, events);
            server.run("SELECT pg_copy_logical_replication_slot('" + bytes.slot() + "', 'captured')");
            Capture.write(new Target(server.port(), null, "captured", bytes.slot()), events, captured);
            try (ReplayServer replay = new ReplayServer(server.port(), captured)) {
                MetricsCost cost = new MetricsCost(server, replay.port(), events);
                for (From from : From.values()) {
                    for (Calls calls : Calls.values()) {
                        cost.measure(from, calls, rounds);
                    }
                }
            }
        } finally {
            Files.delete(captured);
        }
    }

    private void measure(From from, Calls calls, int rounds) throws Exception {
        turn(from, calls, true); // neither is measured in cold code
        turn(from, calls, false);
        List<Turn> without = new ArrayList<>();
        List<Turn> with = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            boolean first = round % 2 == 0;
            (first ? with : without).add(turn(from, calls, first));
            (first ? without : with).add(turn(from, calls, !first));
        }
        System.out.println("| an event, " + from.title + "; " + calls.title
                + " | without metrics | with metrics | median of the differences |");
        System.out.println("| --- | --- | --- | --- |");
        print("ns of the clock", without, with, Turn::nanos);
        print("ns of processor time, handler thread", without, with, Turn::cpu);
        print("ns of processor time, process", without, with, Turn::process);
        print("bytes allocated, handler thread", without, with, Turn::bytes);
    }

    private static void print(String what, List<Turn> without, List<Turn> with, ToDoubleFunction<Turn> figure) {
        List<Integer> rounds = new ArrayList<>();
        for (int round = 0; round < with.size(); round++) {
            rounds.add(round);
        }
        double before = Median.of(without, figure);
        double more = Median.of(
                rounds, round -> figure.applyAsDouble(with.get(round)) - figure.applyAsDouble(without.get(round)));
        System.out.printf(
                Locale.ROOT,
                "| %s | %,.1f | %,.1f | %+,.1f (%+.1f %%) |%n",
                what,
                before,
                Median.of(with, figure),
                more,
                100 * more / before);
    }

    private Turn turn(From from, Calls calls, boolean metered) throws Exception {
        String slot = Bytes.WIDE_INSERTS.slot();
        if (from == From.CAPTURED) {
            return turn(new Target(replayPort, null, slot, slot), calls, metered);
        }
        server.run("SELECT pg_copy_logical_replication_slot('" + slot + "', 'turn')");
        try {
            return turn(new Target(server.port(), null, "turn", slot), calls, metered);
        } finally {
            server.run("SELECT pg_drop_replication_slot('turn')");
        }
    }

    private Turn turn(Target target, Calls calls, boolean metered) throws Exception {
        Span span = new Span(events);
        WalwireBuilder builder = Walwire.builder()
                .url(target.url())
                .publication(target.publication())
                .slotName(target.slot())
                .handler("rows", on -> {
                    if (calls == Calls.EACH) {
                        on.table("wide_inserts").onInsert(event -> span.events(1));
                    } else {
                        on.table("wide_inserts").onInserts(events -> span.events(events.size()));
                    }
                });
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        if (metered) {
            WalwireMetrics metrics = new WalwireMetrics();
            metrics.bindTo(registry);
            builder.listener(metrics);
        }
        try (Walwire walwire = builder.start()) {
            return span.turn();
        } finally {
            registry.close();
        }
    }
}
