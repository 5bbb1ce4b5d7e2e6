package io.walwire.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** An instance that has nothing to do: how long it takes to start, or how much it takes of a processor. */
public final class InstanceMain {
    private static final int SETTLES_MILLIS = 3_000;

    private InstanceMain() {}

    /** {@code start URL PUBLICATION TABLE-PREFIX TABLES}, or {@code idle URL PUBLICATION SECONDS}. */
    public static void main(String[] arguments) throws Exception {
        double figure = arguments[0].equals("start")
                ? start(arguments[1], arguments[2], arguments[3], Integer.parseInt(arguments[4]))
                : idle(arguments[1], arguments[2], Integer.parseInt(arguments[3]));
        System.out.printf(Locale.ROOT, "%f%n", figure);
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    /** Milliseconds until it streams, in a JVM that has loaded nothing of it yet; each table is named, and has a handler. */
    private static double start(String url, String publication, String prefix, int tables) {
        long began = System.nanoTime();
        WalwireBuilder builder = Walwire.builder()
                .url(url)
                .publication(publication)
                .set(
                        "walwire.subscriptions",
                        IntStream.range(0, tables).mapToObj(i -> prefix + i).collect(Collectors.joining(", ")));
        for (int i = 0; i < tables; i++) {
            String table = prefix + i;
            builder.handler(on -> on.table(table).onChanges(changes -> {}));
        }
        builder.start();
        return (System.nanoTime() - began) / 1e6;
    }

    /** The share of one processor, in percent. */
    private static double idle(String url, String publication, int seconds) throws InterruptedException {
        Walwire.builder()
                .url(url)
                .publication(publication)
                .handler(on -> on.allTables().onChanges(changes -> {}))
                .start();
        Thread.sleep(SETTLES_MILLIS);
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        long cpu = system.getProcessCpuTime();
        long began = System.nanoTime();
        Thread.sleep(seconds * 1_000L);
        return 100.0 * (system.getProcessCpuTime() - cpu) / (System.nanoTime() - began);
    }
}
