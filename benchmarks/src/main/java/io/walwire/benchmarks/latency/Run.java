package io.walwire.benchmarks.latency;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;

/**
 * One consumer under one load. As a program it has a JVM of its own, for a table that is there already, and prints its figures
 * on one line.
 */
public final class Run {
    private static final double WARM_UP = 0.2;
    private static final long CATCHES_UP_NANOS = 120_000_000_000L;

    private Run() {}

    /**
     * What is committed meanwhile.
     *
     * @param rate commits a second
     * @param connections that commit side by side
     * @param seconds for how long; the first fifth warms up
     */
    public record Load(int rate, int connections, int seconds) {}

    /** The server's URL, the consumer, commits a second, connections, seconds. */
    public static void main(String[] arguments) throws Exception {
        String url = arguments[0];
        Load load = new Load(
                Integer.parseInt(arguments[2]), Integer.parseInt(arguments[3]), Integer.parseInt(arguments[4]));
        Result result = of(url, arguments[1], new Writers(jdbc(url), true), load);
        System.out.printf(
                Locale.ROOT,
                "%f %f %f %f %f %f %f %f %f%n",
                result.achieved(),
                result.events(),
                result.p25(),
                result.p50(),
                result.p90(),
                result.p99(),
                result.p999(),
                result.max(),
                result.cpu());
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    /** {@code postgresql://user@host:port/database} as the driver wants it; without a password. */
    static String jdbc(String url) {
        int at = url.indexOf('@');
        int scheme = url.indexOf("://");
        if (scheme < 0 || at < 0) {
            throw new IllegalArgumentException("A URL is needed such as postgresql://user@host:port/database: " + url);
        }
        return "jdbc:postgresql://" + url.substring(at + 1) + (url.indexOf('?') < 0 ? "?" : "&") + "user="
                + url.substring(scheme + 3, at);
    }

    static Result of(String url, String name, Writers writers, Load load) throws Exception {
        long total = (long) load.rate() * load.seconds();
        try (Consumer consumer = consumer(url, name)) {
            OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
            long cpu = system.getProcessCpuTime();
            double took = load(consumer, writers, load);
            double micros = (system.getProcessCpuTime() - cpu) / 1e3;
            Samples.Sorted samples = consumer.samples().after((int) (total * WARM_UP));
            return Result.of(total / took, samples, micros / total);
        }
    }

    /** Commits, and waits until the consumer has all of it; the seconds that the commits took. */
    static double load(Consumer consumer, Writers writers, Load load) throws Exception {
        long before = consumer.samples().count();
        long total = (long) load.rate() * load.seconds();
        double took = writers.write(load.rate(), load.connections(), total);
        awaitAll(consumer, before + total / load.connections() * load.connections());
        return took;
    }

    private static Consumer consumer(String url, String name) throws Exception {
        return switch (name) {
            case "bare" -> new BareConsumer(jdbc(url));
            case "debezium" -> new DebeziumConsumer(url);
            case "backfill" -> new BackfillConsumer(url);
            default -> new WalwireConsumer(WalwireConsumer.builder(url, name));
        };
    }

    /** A consumer that has fallen behind catches up first: what it owes counts. */
    private static void awaitAll(Consumer consumer, long total) throws InterruptedException {
        long deadline = System.nanoTime() + CATCHES_UP_NANOS;
        while (consumer.samples().count() < total) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(
                        "Only " + consumer.samples().count() + " of " + total + " commits came");
            }
            Thread.sleep(10);
        }
    }
}
