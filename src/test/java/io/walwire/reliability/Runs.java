package io.walwire.reliability;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The file of all histories that were played, a line for each, and below each the sum of all before it. It is all that a runner
 * remembers: what is not in it was not played.
 */
final class Runs {
    private static final String HEADER =
            "date\tversion\tmode\tseed\tcommit\tfaults\tby kind\ttransactions\tevents\tduplicates\tlost\tverdict\n";

    private final Path file;
    private final List<Run> runs;

    /** A version and a mode that goes with it. */
    record Course(int version, Mode mode) {
        /** All that there are. */
        static List<Course> all() {
            return IntStream.rangeClosed(14, 18)
                    .boxed()
                    .flatMap(version -> Stream.of(Mode.values())
                            .filter(mode -> mode.since() <= version)
                            .map(mode -> new Course(version, mode)))
                    .toList();
        }
    }

    /**
     * A history that was played.
     *
     * @param date when it ended
     * @param course where and how
     * @param seed with what
     * @param commit of what
     * @param faults how many
     * @param byKind how many of each kind
     * @param transactions how many were committed
     * @param events how many were to be delivered
     * @param duplicates how many came again
     * @param lost how many did not come without a gap that holds them
     * @param verdict {@code ok}, or what was not as promised; {@code server-differs} comes first if the server explains it
     */
    record Run(
            String date,
            Course course,
            long seed,
            String commit,
            int faults,
            String byKind,
            long transactions,
            long events,
            long duplicates,
            long lost,
            String verdict) {
        static final String OK = "ok";

        /**
         * Judged again by what the recorded bytes hold, the history is as promised: the server has sent a change in a way that it does not
         * repeat when it is asked again. Such a change counts as lost in the history's own line, but not in the sum.
         */
        static final String SERVER_DIFFERS = "server-differs";

        static Run parse(String line) {
            String[] cells = line.split("\t", -1);
            return new Run(
                    cells[0],
                    new Course(Integer.parseInt(cells[1]), Mode.valueOf(cells[2])),
                    Long.parseLong(cells[3]),
                    cells[4],
                    Integer.parseInt(cells[5]),
                    cells[6],
                    Long.parseLong(cells[7]),
                    Long.parseLong(cells[8]),
                    Long.parseLong(cells[9]),
                    Long.parseLong(cells[10]),
                    cells[11]);
        }

        boolean serverDiffers() {
            return verdict.startsWith(SERVER_DIFFERS);
        }

        boolean isOk() {
            return verdict.equals(OK);
        }

        @Override
        public String toString() {
            return Stream.of(
                            date,
                            course.version,
                            course.mode,
                            seed,
                            commit,
                            faults,
                            byKind,
                            transactions,
                            events,
                            duplicates,
                            lost,
                            verdict)
                    .map(String::valueOf)
                    .collect(Collectors.joining("\t"));
        }
    }

    private Runs(Path file, List<Run> runs) {
        this.file = file;
        this.runs = runs;
    }

    /** Reads the file, and begins it where there is none. What an interruption left unfinished in it is not counted. */
    static Runs read(Path file) throws IOException {
        if (!Files.exists(file)) {
            Files.writeString(file, HEADER);
        }
        String text = Files.readString(file);
        List<Run> runs = text.lines()
                .skip(1)
                .filter(line -> !line.startsWith("#"))
                .filter(line -> line.split("\t", -1).length == HEADER.split("\t", -1).length)
                .map(Run::parse)
                .collect(Collectors.toCollection(ArrayList::new));
        if (!text.endsWith("\n")) {
            append(file, "\n");
        }
        return new Runs(file, runs);
    }

    /** Adds a history and the new sum, which it returns. */
    synchronized String add(Run run) {
        runs.add(run);
        String sum = total();
        append(file, run + "\n# " + sum + "\n");
        return sum;
    }

    private static void append(Path file, String text) {
        try {
            Files.write(file, text.getBytes(StandardCharsets.UTF_8), StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    synchronized int faults() {
        return runs.stream().mapToInt(Run::faults).sum();
    }

    /** The course with the fewest faults so far that nobody plays at the moment. */
    synchronized Optional<Course> next(List<Course> inPlay) {
        Map<Course, Integer> played = new HashMap<>();
        runs.forEach(run -> played.merge(run.course(), run.faults(), Integer::sum));
        return Course.all().stream()
                .filter(course -> !inPlay.contains(course))
                .min(Comparator.comparing(course -> played.getOrDefault(course, 0)));
    }

    /** What all of it comes to. */
    synchronized String total() {
        return "total: histories " + runs.size() + ", faults " + faults() + ", transactions "
                + runs.stream().mapToLong(Run::transactions).sum() + ", events "
                + runs.stream().mapToLong(Run::events).sum() + ", duplicates "
                + runs.stream().mapToLong(Run::duplicates).sum() + ", lost "
                + runs.stream()
                        .filter(run -> !run.serverDiffers())
                        .mapToLong(Run::lost)
                        .sum() + ", not as promised "
                + runs.stream().filter(run -> !run.isOk()).count() + ", of which the server differs "
                + runs.stream().filter(Run::serverDiffers).count();
    }
}
