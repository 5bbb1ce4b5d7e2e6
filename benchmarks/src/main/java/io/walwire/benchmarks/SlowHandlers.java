package io.walwire.benchmarks;

import io.walwire.Walwire;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * What {@code walwire.concurrency} makes of a handler that waits 10 ms for each event: events a second, and how many calls there
 * were at once. Run with {@code java -cp benchmarks/target/classes:benchmarks/target/lib/* io.walwire.benchmarks.SlowHandlers}.
 */
public final class SlowHandlers {
    private static final int[] CONCURRENCY = {1, 8, 32, 128};
    private static final int EVENTS_PER_LANE = 150;
    private static final long WAIT_NANOS = Duration.ofMillis(10).toNanos();
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();

    private SlowHandlers() {}

    /**
     * Prints a line for each concurrency.
     *
     * @param arguments none
     * @throws Exception if PostgreSQL does not start
     */
    public static void main(String[] arguments) throws Exception {
        System.out.println("concurrency, events, calls at once, events/s, times one");
        double one = 0;
        try (BenchmarkServer server = BenchmarkServer.start()) {
            server.run("CREATE TABLE item (id serial PRIMARY KEY, note text)");
            server.run("CREATE PUBLICATION slow FOR TABLE item");
            for (int concurrency : CONCURRENCY) {
                double rate = new SlowHandlers().measure(server, concurrency);
                one = one == 0 ? rate : one;
                System.out.printf(", %.0f, %.1f%n", rate, rate / one);
            }
        }
    }

    private double measure(BenchmarkServer server, int concurrency) throws Exception {
        int events = EVENTS_PER_LANE * concurrency;
        try (Walwire walwire = Walwire.builder()
                .host("localhost")
                .port(server.port())
                .database(BenchmarkServer.DATABASE)
                .user(BenchmarkServer.USER)
                .publication("slow")
                .concurrency(concurrency)
                .handler(on -> on.table("item").onInsert(event -> handle()))
                .start()) {
            walwire.pause(); // so that what is measured is the handlers, not the writer
            write(server, events);
            long began = System.nanoTime();
            walwire.resume();
            if (!walwire.awaitCurrent(PATIENCE)) {
                throw new IllegalStateException("Not done after " + PATIENCE);
            }
            System.out.print(concurrency + ", " + events + ", " + most.get());
            return events * 1e9 / (System.nanoTime() - began);
        }
    }

    private void handle() {
        most.accumulateAndGet(running.incrementAndGet(), Math::max);
        long until = System.nanoTime() + WAIT_NANOS;
        for (long left = WAIT_NANOS; left > 0; left = until - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
        running.decrementAndGet();
    }

    /** Each row in a transaction of its own. */
    private static void write(BenchmarkServer server, int rows) throws Exception {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SET synchronous_commit = off");
            for (int i = 0; i < rows; i++) {
                statement.execute("INSERT INTO item (note) VALUES ('x')");
            }
        }
    }
}
