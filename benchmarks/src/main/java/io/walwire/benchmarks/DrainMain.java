package io.walwire.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/**
 * A JVM that drains one slot: first some events of a slot that is there to warm up, then the one that counts. Prints its
 * figures on one line, and stays until its standard input ends, so that the walsender can still be looked at.
 */
public final class DrainMain {
    private static final long SMALL_HEAP_BYTES = 64L << 20;

    private DrainMain() {}

    /** The consumer, port, folder of the socket, slot to warm up, slot, publication, events to warm up, events, and from when on time counts. */
    public static void main(String[] arguments) throws Exception {
        Consumer consumer = Consumer.of(arguments[0]);
        Path sockets = consumer.isUnix() ? Path.of(arguments[2]) : null;
        Target target = new Target(Integer.parseInt(arguments[1]), sockets, arguments[4], arguments[5]);
        Drain drain = Drain.of(consumer);
        long warmUp = Long.parseLong(arguments[6]);
        if (warmUp > 0) {
            drain.run(target.of(arguments[3]), warmUp).close();
        }
        long events = Long.parseLong(arguments[7]);
        Meter meter = Runtime.getRuntime().maxMemory() <= SMALL_HEAP_BYTES ? new OutsideMeter() : new InsideMeter();
        System.out.println("ready");
        double allocatedBefore = meter.allocatedBytes();
        double cpuBefore = meter.cpuSeconds();
        long began = System.nanoTime();
        AutoCloseable open = drain.run(target, events);
        long ended = System.nanoTime();
        boolean fromFirst = Boolean.parseBoolean(arguments[8]);
        double seconds = (ended - (fromFirst ? drain.firstChange() : began)) / 1e9;
        double cpu = meter.cpuSeconds() - cpuBefore;
        double allocated = meter.allocatedBytes() - allocatedBefore;
        System.out.printf(
                Locale.ROOT,
                "%f %f %f %f%n",
                events / seconds,
                cpu * 1e6 / events,
                allocated / events,
                Proc.residentMegabytes(ProcessHandle.current().pid()));
        while (System.in.read() >= 0) {
            // until the parent has looked at the walsender
        }
        if (open.hashCode() == 0) {
            System.err.println(drain);
        }
        Runtime.getRuntime().halt(0);
    }

    private interface Meter {
        double cpuSeconds();

        double allocatedBytes();
    }

    /** By the JVM's own beans. */
    private static final class InsideMeter implements Meter {
        private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        private final OperatingSystemMXBean system =
                (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

        @Override
        public double cpuSeconds() {
            return system.getProcessCpuTime() / 1e9;
        }

        /** By all threads that live; those of a drain do until it is closed. */
        @Override
        public double allocatedBytes() {
            return Arrays.stream(threads.getThreadAllocatedBytes(threads.getAllThreadIds()))
                    .filter(bytes -> bytes > 0)
                    .sum();
        }
    }

    /** Without these beans, which take megabytes: for where memory is what counts. */
    private static final class OutsideMeter implements Meter {
        @Override
        public double cpuSeconds() {
            return Proc.cpuSeconds(ProcessHandle.current().pid());
        }

        @Override
        public double allocatedBytes() {
            return Double.NaN;
        }
    }
}
