package io.walwire;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads the files of a {@link FileSink} as their users do: up to the last whole group. */
final class SinkReader {
    private static final Pattern ID = Pattern.compile("\"type\":\"insert\".*?\"id\":(\\d+)");

    private SinkReader() {}

    static List<Path> files(Path directory) throws IOException {
        if (Files.notExists(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".jsonl"))
                    .sorted()
                    .toList();
        }
    }

    static List<String> events(Path directory) throws IOException {
        List<String> events = new ArrayList<>();
        for (Path file : files(directory)) {
            List<String> group = new ArrayList<>();
            String text = Files.readString(file);
            for (String line :
                    text.substring(0, text.lastIndexOf('\n') + 1).lines().toList()) {
                if (line.startsWith("{\"walwire\":")) {
                    events.addAll(group);
                    group.clear();
                } else {
                    group.add(line);
                }
            }
        }
        return events;
    }

    /** Of the rows that were inserted. */
    static List<Long> ids(Path directory) throws IOException {
        return events(directory).stream()
                .map(ID::matcher)
                .filter(Matcher::find)
                .map(id -> Long.valueOf(id.group(1)))
                .toList();
    }

    static long bytes(Path directory) throws IOException {
        long bytes = 0;
        for (Path file : files(directory)) {
            bytes += Files.size(file);
        }
        return bytes;
    }
}
