package io.walwire.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import io.walwire.doctor.Finding;
import io.walwire.doctor.Severity;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** An instance that has nothing to do: how long it takes to start or to be examined, or how much it takes of a processor. */
public final class InstanceMain {
    private static final int SETTLES_MILLIS = 3_000;

    private InstanceMain() {}

    /** {@code start} or {@code doctor}, then {@code URL PUBLICATION TABLE-PREFIX TABLES}; or {@code idle URL PUBLICATION SECONDS}. */
    public static void main(String[] arguments) throws Exception {
        double figure =
                switch (arguments[0]) {
                    case "start" -> millis(arguments, WalwireBuilder::start);
                    case "doctor" -> millis(arguments, InstanceMain::examine);
                    default -> idle(arguments[1], arguments[2], Integer.parseInt(arguments[3]));
                };
        System.out.printf(Locale.ROOT, "%f%n", figure);
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    /**
     * Milliseconds of what is done with a builder, in a JVM that has loaded nothing of Walwire yet; each table is named, and has a
     * handler.
     */
    private static double millis(String[] arguments, Consumer<WalwireBuilder> done) {
        String prefix = arguments[3];
        int tables = Integer.parseInt(arguments[4]);
        long began = System.nanoTime();
        WalwireBuilder builder = Walwire.builder()
                .url(arguments[1])
                .publication(arguments[2])
                .set(
                        "walwire.subscriptions",
                        IntStream.range(0, tables).mapToObj(i -> prefix + i).collect(Collectors.joining(", ")));
        for (int i = 0; i < tables; i++) {
            String table = prefix + i;
            builder.handler(on -> on.table(table).onChanges(changes -> {}));
        }
        done.accept(builder);
        return (System.nanoTime() - began) / 1e6;
    }

    private static void examine(WalwireBuilder builder) {
        List<Finding> findings = builder.check();
        if (findings.stream().anyMatch(finding -> finding.severity() == Severity.ERROR)) {
            throw new IllegalStateException("The doctor has an error: " + findings); // and has not looked at all
        }
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
