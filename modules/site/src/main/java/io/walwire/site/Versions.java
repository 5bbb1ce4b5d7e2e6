package io.walwire.site;

import java.io.IOException;
import java.lang.module.ModuleDescriptor.Version;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The folder of all versions: one folder for each, {@code latest} as a copy of the newest release, and a list that pages read.
 *
 * @param folder where they are
 */
record Versions(Path folder) {
    private static final String LATEST = "latest";
    private static final String INDEX = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <title>Walwire</title>
            <meta http-equiv="refresh" content="0; url=latest/index.html">
            </head>
            <body><a href="latest/index.html">The documentation of Walwire</a></body>
            </html>
            """;

    /** The folder of a version, with nothing in it. */
    Path empty(String version) throws IOException {
        Path target = folder.resolve(version);
        delete(target);
        Files.createDirectories(target);
        return target;
    }

    /**
     * Makes known what was written. The latest is the highest release, whichever was written last: it may have been a correction of an
     * older one. A version that is not final, such as a snapshot, is the latest only while there is no release.
     */
    void publish() throws IOException {
        List<String> all = all();
        String latest =
                all.stream().filter(each -> !each.contains("-")).findFirst().orElse(all.get(0));
        delete(folder.resolve(LATEST));
        copy(folder.resolve(latest), folder.resolve(LATEST));
        Site.write(
                folder.resolve("versions.js"),
                all.stream().collect(Collectors.joining("\", \"", "window.walwireVersions = [\"", "\"];\n")));
        Site.write(folder.resolve("index.html"), INDEX);
        Site.write(folder.resolve(".nojekyll"), ""); // GitHub leaves out nothing then
    }

    /** The highest first, by their numbers. */
    private List<String> all() throws IOException {
        try (Stream<Path> folders = Files.list(folder)) {
            return folders.filter(each -> Files.exists(each.resolve("search-index.js")))
                    .map(each -> String.valueOf(each.getFileName()))
                    .filter(name -> !name.equals(LATEST))
                    .sorted(Comparator.comparing(Version::parse).reversed())
                    .toList();
        }
    }

    private static void delete(Path target) throws IOException {
        if (Files.exists(target)) {
            try (Stream<Path> files = Files.walk(target)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }
}
