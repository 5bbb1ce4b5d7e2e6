package io.walwire.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** What Linux knows of processes. */
final class Proc {
    private static final double TICKS_PER_SECOND = 100;

    private Proc() {}

    /** User and system time of a process in seconds; NaN once it is gone. */
    static double cpuSeconds(long pid) {
        return seconds(pid, 2);
    }

    /** The same of a process and of all that it has started. Those that have ended count too, once it has noticed. */
    static double treeSeconds(long pid) {
        return seconds(pid, 4)
                + ProcessHandle.of(pid).stream()
                        .flatMap(ProcessHandle::children)
                        .mapToDouble(child -> cpuSeconds(child.pid()))
                        .filter(Double::isFinite)
                        .sum();
    }

    /** The sum of the first times that Linux has of a process: user, system, and those two of its children that have ended. */
    private static double seconds(long pid, int times) {
        try {
            String stat = Files.readString(Path.of("/proc", String.valueOf(pid), "stat"));
            // the name in parentheses may hold blanks; state is the first field after it
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return Arrays.stream(fields, 11, 11 + times)
                            .mapToLong(Long::parseLong)
                            .sum()
                    / TICKS_PER_SECOND;
        } catch (IOException e) {
            return Double.NaN;
        }
    }

    /** The most memory that a process had resident, in megabytes; NaN once it is gone. */
    static double residentMegabytes(long pid) {
        try {
            List<String> lines = Files.readAllLines(Path.of("/proc", String.valueOf(pid), "status"));
            for (String line : lines) {
                if (line.startsWith("VmHWM:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024.0;
                }
            }
        } catch (IOException e) {
            return Double.NaN;
        }
        return Double.NaN;
    }

    /** Processor time that all processes have taken since the machine began, in seconds. */
    static double busySeconds() throws IOException {
        String[] fields =
                Files.readAllLines(Path.of("/proc/stat")).get(0).trim().split(" +", -1);
        // user nice system idle iowait irq softirq steal
        long busy = 0;
        for (int i : new int[] {1, 2, 3, 6, 7}) {
            busy += Long.parseLong(fields[i]);
        }
        return busy / TICKS_PER_SECOND;
    }
}
