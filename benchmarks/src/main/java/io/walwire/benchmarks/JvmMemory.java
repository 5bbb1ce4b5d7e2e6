package io.walwire.benchmarks;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the resident memory of another JVM consists of, in megabytes. Linux says what is resident, and the JVM what lies where. A JVM
 * that tracks its native memory says more, and takes more.
 */
final class JvmMemory {
    private static final double KB_PER_MB = 1024;
    private static final int PAGE_BYTES = 4096;
    private static final int PAGE_ENTRY_BYTES = 8;
    private static final String TRACKED = "VM.native_memory";
    private static final Pattern MAPPING = Pattern.compile("([0-9a-f]+)-[0-9a-f]+ \\S+ \\S+ \\S+ \\S+ *(.*)");
    private static final Pattern RESIDENT = Pattern.compile("Rss: +(\\d+) kB");
    private static final Pattern RESERVED =
            Pattern.compile("(?m)^\\[0x([0-9a-f]+) - 0x([0-9a-f]+)\\] reserved .*KB for (.+) from");
    private static final Pattern COMPILER = Pattern.compile("(?s)-\\s+Compiler .*?\\(arena=[^)]*\\) \\(peak=(\\d+)KB");
    private static final Pattern ALLOCATED = Pattern.compile("\\((?:malloc|arena)=(\\d+)KB");

    /** The options of a JVM that {@link #tracked} can look at. */
    static final String TRACKING = "-XX:NativeMemoryTracking=detail";

    /** The parts, in the order in which they are shown. */
    enum Part {
        HEAP("Java heap"),
        CODE("code cache"),
        CLASSES("class space"),
        ARCHIVE("the JDK's archive of classes (CDS)"),
        LIBRARIES("libjvm.so and other libraries"),
        FILES("other mapped files: the JDK's modules, jars"),
        /** All memory that is no file's, and has no place of its own. */
        ANONYMOUS("the rest: malloc, stacks, metaspace, the collector's tables"),
        FREED("freed, and kept by malloc"),
        METASPACE("metaspace"),
        STACKS("stacks of threads"),
        COLLECTOR("the collector's tables"),
        DIRECT("direct buffers"),
        MALLOC("what else the JVM has allocated by malloc: symbols, methods' profiles"),
        /** No part of the whole: it explains what was freed. */
        COMPILER("the most that the compiler had, which it frees after each method");

        private final String title;

        Part(String title) {
            this.title = title;
        }

        String title() {
            return title;
        }
    }

    private JvmMemory() {}

    /** Every mapping of a JVM by what is in it, up to {@link Part#ANONYMOUS}; and {@link Part#FREED}, which is a part of that. */
    static Map<Part, Double> resident(long pid) throws IOException, InterruptedException {
        // before the JVM is asked, which takes memory
        List<String> mappings = mappings(pid);
        List<Place> places = places(jcmd(pid, "VM.info"));
        Map<Part, Double> megabytes = byPart(mappings, places);
        jcmd(pid, "System.trim_native_heap");
        double trimmed = byPart(mappings(pid), places).get(Part.ANONYMOUS);
        megabytes.put(Part.FREED, Math.max(0, megabytes.get(Part.ANONYMOUS) - trimmed));
        return megabytes;
    }

    private static List<String> mappings(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc", String.valueOf(pid), "smaps"));
    }

    private static Map<Part, Double> byPart(List<String> mappings, List<Place> places) {
        Map<Part, Double> megabytes = new EnumMap<>(Part.class);
        Part part = Part.ANONYMOUS;
        for (String line : mappings) {
            Matcher mapping = MAPPING.matcher(line);
            Matcher resident = RESIDENT.matcher(line);
            if (mapping.matches()) {
                part = part(Long.parseUnsignedLong(mapping.group(1), 16), mapping.group(2), places);
            } else if (resident.matches()) {
                megabytes.merge(part, Long.parseLong(resident.group(1)) / KB_PER_MB, Double::sum);
            }
        }
        return megabytes;
    }

    private static Part part(long address, String file, List<Place> places) {
        for (Place place : places) {
            if (place.from <= address && address < place.to) {
                return place.part;
            }
        }
        if (!file.startsWith("/")) {
            return Part.ANONYMOUS;
        }
        return file.endsWith(".jsa") ? Part.ARCHIVE : file.contains(".so") ? Part.LIBRARIES : Part.FILES;
    }

    private record Place(Part part, long from, long to) {}

    private static List<Place> places(String info) {
        List<Place> places = new ArrayList<>();
        Matcher heap =
                Pattern.compile("Heap address: 0x([0-9a-f]+), size: (\\d+) MB").matcher(info);
        while (heap.find()) {
            long from = Long.parseUnsignedLong(heap.group(1), 16);
            places.add(new Place(Part.HEAP, from, from + (Long.parseLong(heap.group(2)) << 20)));
        }
        add(places, Part.CODE, "bounds \\[0x([0-9a-f]+), 0x[0-9a-f]+, 0x([0-9a-f]+)\\]", info);
        add(places, Part.CLASSES, "Compressed class space mapped at: 0x([0-9a-f]+)-0x([0-9a-f]+)", info);
        return places;
    }

    private static void add(List<Place> places, Part part, String pattern, String info) {
        Matcher place = Pattern.compile(pattern).matcher(info);
        while (place.find()) {
            places.add(new Place(
                    part, Long.parseUnsignedLong(place.group(1), 16), Long.parseUnsignedLong(place.group(2), 16)));
        }
    }

    /** What {@link Part#ANONYMOUS} consists of, as far as the JVM knows; for one that was started with {@link #TRACKING}. */
    static Map<Part, Double> tracked(long pid) throws IOException, InterruptedException {
        String report = jcmd(pid, TRACKED, "detail");
        int map = report.indexOf("Virtual memory map:");
        Map<Part, Double> megabytes = new EnumMap<>(Part.class);
        for (String category : report.substring(0, map).split("\n- +", -1)) {
            Matcher allocated = ALLOCATED.matcher(category);
            Part part = category.startsWith("Other ")
                    ? Part.DIRECT
                    : category.startsWith("GC ") ? Part.COLLECTOR : Part.MALLOC;
            while (!category.startsWith("Native Memory Tracking") && allocated.find()) {
                megabytes.merge(part, Long.parseLong(allocated.group(1)) / KB_PER_MB, Double::sum);
            }
        }
        Matcher compiler = COMPILER.matcher(report);
        if (compiler.find()) {
            megabytes.put(Part.COMPILER, Long.parseLong(compiler.group(1)) / KB_PER_MB);
        }
        Matcher reserved = RESERVED.matcher(report).region(map, report.length());
        while (reserved.find()) {
            Part part =
                    switch (reserved.group(3)) {
                        case "Metaspace" -> Part.METASPACE;
                        case "Thread Stack" -> Part.STACKS;
                        case "GC" -> Part.COLLECTOR;
                        default -> null;
                    };
            if (part != null) {
                double resident = residentMegabytes(
                        pid,
                        Long.parseUnsignedLong(reserved.group(1), 16),
                        Long.parseUnsignedLong(reserved.group(2), 16));
                megabytes.merge(part, resident, Double::sum);
            }
        }
        return megabytes;
    }

    /** Page by page, since smaps shows neighbours as one. (Linux, Documentation/admin-guide/mm/pagemap.rst: bit 63 is "present".) */
    private static double residentMegabytes(long pid, long from, long to) throws IOException {
        try (RandomAccessFile pages = new RandomAccessFile("/proc/" + pid + "/pagemap", "r")) {
            byte[] entries = new byte[(int) ((to - from) / PAGE_BYTES * PAGE_ENTRY_BYTES)];
            pages.seek(from / PAGE_BYTES * PAGE_ENTRY_BYTES);
            pages.readFully(entries);
            ByteBuffer all = ByteBuffer.wrap(entries).order(ByteOrder.nativeOrder());
            int present = 0;
            while (all.hasRemaining()) {
                present += all.getLong() < 0 ? 1 : 0;
            }
            return present * (PAGE_BYTES / 1024) / KB_PER_MB;
        }
    }

    private static String jcmd(long pid, String... question) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString());
        command.add(String.valueOf(pid));
        command.addAll(List.of(question));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IllegalStateException(command + " failed: " + answer);
        }
        return answer;
    }
}
