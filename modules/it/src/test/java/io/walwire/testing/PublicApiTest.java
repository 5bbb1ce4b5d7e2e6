package io.walwire.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What users compile against changes only on purpose: the diff of the golden file shows it to the reviewer. */
class PublicApiTest {
    private static final Path GOLDEN = Path.of("modules/it/src/test/resources/public-api.txt");

    /** What users compile against; the command line is a program. */
    private static final List<Path> PUBLISHED = List.of(
            Path.of("target/classes"),
            Path.of("modules/triggers/target/classes"),
            Path.of("modules/kafka/target/classes"),
            Path.of("modules/test/target/classes"),
            Path.of("modules/micrometer/target/classes"),
            Path.of("modules/spring-boot-starter/target/classes"),
            Path.of("modules/spring-boot-test/target/classes"));

    private static final List<String> INTERNAL = List.of("io/walwire/internal/", "io/walwire/spring/internal/");

    @Test
    void publicApi_asReviewed() throws IOException {
        String actual = api();
        if (Boolean.getBoolean("walwire.api.update")) {
            Files.writeString(GOLDEN, actual);
        }
        String golden = Files.exists(GOLDEN) ? Files.readString(GOLDEN) : "";
        assertThat(differences(golden, actual))
                .as(
                        "the public API against %s; if the change is meant, write the file again with"
                                + " mvn -f modules test -Dtest=PublicApiTest -Dsurefire.failIfNoSpecifiedTests=false -Dwalwire.api.update=true, look at its diff, and commit both",
                        GOLDEN)
                .isEmpty();
        assertThat(actual).as("the order in %s", GOLDEN).isEqualTo(golden);
    }

    private static List<String> differences(String golden, String actual) {
        Set<String> before = qualified(golden);
        Set<String> now = qualified(actual);
        Stream<String> removed =
                before.stream().filter(line -> !now.contains(line)).map(line -> "- " + line);
        Stream<String> added =
                now.stream().filter(line -> !before.contains(line)).map(line -> "+ " + line);
        return Stream.concat(removed, added).toList();
    }

    /** Each member with the type it belongs to, so that a line shows where it is. */
    private static Set<String> qualified(String api) {
        Set<String> lines = new LinkedHashSet<>();
        String type = "";
        for (String line : api.lines().toList()) {
            if (line.startsWith(" ")) {
                lines.add(type + ":" + line);
            } else if (!line.isEmpty()) {
                lines.add(line);
                type = line;
            }
        }
        return lines;
    }

    private static String api() throws IOException {
        List<Class<?>> classes = new ArrayList<>();
        for (Path root : PUBLISHED) {
            classes.addAll(classes(root));
        }
        return ApiText.of(classes);
    }

    private static List<Class<?>> classes(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.map(file -> root.relativize(file).toString().replace('\\', '/'))
                    .filter(file -> file.endsWith(".class") && !file.endsWith("-info.class"))
                    .filter(file -> INTERNAL.stream().noneMatch(file::startsWith))
                    .map(PublicApiTest::load)
                    .collect(Collectors.toList());
        }
    }

    private static Class<?> load(String file) {
        String name = file.substring(0, file.length() - ".class".length()).replace('/', '.');
        try {
            return Class.forName(name, false, PublicApiTest.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new UncheckedIOException(new IOException("target/classes holds what cannot be loaded: " + name, e));
        }
    }
}
