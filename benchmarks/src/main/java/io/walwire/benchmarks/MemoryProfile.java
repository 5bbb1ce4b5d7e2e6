package io.walwire.benchmarks;

import io.walwire.benchmarks.JvmMemory.Part;
import java.io.IOException;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What the resident memory of W3 with a small heap consists of, beside JVMs of that heap that do less. */
final class MemoryProfile {
    private static final String HEAP = Consumer.WALWIRE_SMALL.heap();

    private final Map<String, Jvm> jvms = new LinkedHashMap<>();

    private MemoryProfile() {}

    /**
     * Megabytes by part.
     *
     * @param resident by Linux, of a JVM that does not track its memory
     * @param tracked what another one knows of itself, which has done the same
     * @param most that was resident of the first
     */
    private record Jvm(Map<Part, Double> resident, Map<Part, Double> tracked, double most) {
        double together() {
            return sum(resident) - resident.get(Part.FREED);
        }

        double unknown() {
            return resident.get(Part.ANONYMOUS)
                    - resident.get(Part.FREED)
                    - sum(tracked)
                    + tracked.getOrDefault(Part.COMPILER, 0.0);
        }

        private static double sum(Map<Part, Double> parts) {
            return parts.values().stream().mapToDouble(Double::doubleValue).sum();
        }
    }

    static void print(boolean quick) throws Exception {
        try (BenchmarkServer server = BenchmarkServer.start()) {
            Written written = Written.of(Bytes.ONE_TRANSACTION, server, quick);
            Round round = new Round(server, server.port(), written, null);
            MemoryProfile profile = new MemoryProfile();
            profile.add("a JVM that does nothing", MemoryProfile::doNothing);
            profile.add("the bare loop", (options, look) -> round.run(Consumer.BARE, options, look));
            profile.add("Walwire", (options, look) -> round.run(Consumer.WALWIRE_SMALL, options, look));
            System.out.printf(
                    Locale.ROOT, "%,d wide inserts in one transaction, %s, resident MB%n%n", written.events(), HEAP);
            profile.print();
        }
    }

    /** Something that a JVM of its own does. */
    private interface Task {
        void run(String options, Round.Look look) throws Exception;
    }

    private void add(String title, Task task) throws Exception {
        Map<Part, Double> resident = new EnumMap<>(Part.class);
        Map<Part, Double> tracked = new EnumMap<>(Part.class);
        double[] most = new double[1];
        task.run(HEAP, (pid, walsender) -> {
            most[0] = Proc.residentMegabytes(pid);
            resident.putAll(JvmMemory.resident(pid));
        });
        task.run(HEAP + " " + JvmMemory.TRACKING, (pid, walsender) -> tracked.putAll(JvmMemory.tracked(pid)));
        jvms.put(title, new Jvm(resident, tracked, most[0]));
    }

    private static void doNothing(String options, Round.Look look) throws IOException, InterruptedException {
        Process process = ChildJvm.start(options, NothingMain.class, List.of());
        try {
            if (process.getInputStream().read() < 0) {
                throw new IllegalStateException("The JVM that does nothing failed");
            }
            look.at(process.pid(), 0);
        } finally {
            process.getOutputStream().close();
            process.waitFor();
        }
    }

    private void print() {
        System.out.println("| | " + String.join(" | ", jvms.keySet()) + " |");
        System.out.println("| --- |" + " --- |".repeat(jvms.size()));
        for (Part part : Part.values()) {
            if (part.compareTo(Part.ANONYMOUS) < 0 || part == Part.FREED) {
                row(part.title(), jvm -> jvm.resident.getOrDefault(part, 0.0));
            } else if (part.compareTo(Part.ANONYMOUS) > 0 && part != Part.COMPILER) {
                row(part.title() + " *", jvm -> jvm.tracked.getOrDefault(part, 0.0));
            }
        }
        row("not known; below zero, what was allocated and never touched", Jvm::unknown);
        row("**together**", Jvm::together);
        row("the most that was resident", Jvm::most);
        row(Part.COMPILER.title() + " *", jvm -> jvm.tracked.getOrDefault(Part.COMPILER, 0.0));
        System.out.println();
        System.out.println("*: of a second JVM, which does the same and tracks its native memory.");
    }

    private interface Figure {
        double of(Jvm jvm);
    }

    private void row(String title, Figure figure) {
        System.out.println(jvms.values().stream()
                .map(jvm -> String.format(Locale.ROOT, "%.1f", figure.of(jvm)))
                .collect(Collectors.joining(" | ", "| " + title + " | ", " |")));
    }
}
