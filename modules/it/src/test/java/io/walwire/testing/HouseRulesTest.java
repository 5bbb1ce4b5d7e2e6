package io.walwire.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Rules about the source text, which the compiler cannot hold. */
class HouseRulesTest {
    /** Those of the modules, all but the benchmarks, which are nobody's example. */
    private static final List<Path> MODULES = Stream.of(
                    "",
                    "modules/test-support",
                    "modules/triggers",
                    "modules/test",
                    "modules/kafka",
                    "modules/spring-boot-starter",
                    "modules/spring-boot-test",
                    "modules/cli",
                    "modules/micrometer",
                    "modules/it",
                    "modules/outside",
                    "modules/site",
                    "examples",
                    "examples/spring")
            .map(Path::of)
            .toList();

    private static final int MAX_LINES = 400;

    /** Files that may be longer, and why. */
    private static final Map<String, String> LONGER = Map.of(
            "io/walwire/WalwireBuilder.java", "one documented method for each thing that an instance can be given",
            "io/walwire/Walwire.java", "one documented method for each thing that an instance can be asked");

    @Test
    void sourceFiles_atMost400Lines() throws IOException {
        assertThat(Stream.concat(sources("src/main/java"), sources("src/test/java"))
                        .filter(file -> lines(file) > MAX_LINES
                                && LONGER.keySet().stream().noneMatch(name -> file.endsWith(Path.of(name))))
                        .map(file -> file + ": " + lines(file) + " lines"))
                .as(
                        "files over %d lines; find the second class in each, and give it a file and a name, or a reason",
                        MAX_LINES)
                .isEmpty();
    }

    @Test
    void mainPackages_nullMarked() throws IOException {
        List<Path> packages =
                sources("src/main/java").map(Path::getParent).distinct().toList();
        assertThat(packages).as("packages found").hasSizeGreaterThan(5);
        assertThat(packages.stream().filter(directory -> !isNullMarked(directory)))
                .as("packages without a package-info.java that says @NullMarked; NullAway checks only those that do")
                .isEmpty();
    }

    private static boolean isNullMarked(Path directory) {
        Path info = directory.resolve("package-info.java");
        return Files.exists(info) && text(info).contains("\n@NullMarked\n");
    }

    private static Stream<Path> sources(String folder) throws IOException {
        List<Path> sources = new ArrayList<>();
        for (Path module : MODULES) {
            Path root = module.resolve(folder);
            if (Files.exists(root)) {
                try (Stream<Path> files = Files.walk(root)) {
                    files.filter(file -> file.toString().endsWith(".java"))
                            .sorted()
                            .forEach(sources::add);
                }
            }
        }
        return sources.stream();
    }

    private static long lines(Path file) {
        return text(file).lines().count();
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
