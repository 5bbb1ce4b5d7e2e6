package io.walwire.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Puts a run's tables between two marks of docs/performance.md, and its chart beside it. */
final class Docs {
    private static final String BEGIN = "<!-- benchmarks/run --docs writes from here -->";
    private static final String END = "<!-- to here -->";
    private static final Path PAGE = Path.of("docs", "performance.md");
    private static final Path CHART = Path.of("docs", "performance.svg");

    private Docs() {}

    static void write(String report, Path chart) throws IOException {
        String page = Files.readString(PAGE);
        int begin = page.indexOf(BEGIN);
        int end = page.indexOf(END, begin);
        if (begin < 0 || end < 0) {
            throw new IOException(PAGE + " has no lines \"" + BEGIN + "\" and \"" + END + "\"");
        }
        Files.writeString(
                PAGE,
                page.substring(0, begin + BEGIN.length()) + "\n\n![Events a second, by workload and consumer]("
                        + CHART.getFileName() + ")\n\n" + report + "\n" + page.substring(end));
        Files.writeString(CHART, Files.readString(chart));
        System.err.println("wrote " + PAGE + " and " + CHART);
    }
}
