package io.walwire.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.Walwire;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What users compile against changes only on purpose: the diff of the golden file shows it to the reviewer. */
class PublicApiTest {
    private static final Path GOLDEN = Path.of("src/test/resources/public-api.txt");

    @Test
    void publicApi_asReviewed() throws IOException, URISyntaxException {
        String actual = api();
        if (Boolean.getBoolean("walwire.api.update")) {
            Files.writeString(GOLDEN, actual);
        }
        String golden = Files.exists(GOLDEN) ? Files.readString(GOLDEN) : "";
        assertThat(differences(golden, actual))
                .as(
                        "the public API against %s; if the change is meant, write the file anew with"
                                + " mvn test -Dtest=PublicApiTest -Dwalwire.api.update=true, look at its diff, and commit both",
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

    /** Each member with the type it belongs to, so that a line tells where it is. */
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

    private static String api() throws IOException, URISyntaxException {
        Path root = Path.of(Walwire.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        List<Class<?>> classes;
        try (Stream<Path> files = Files.walk(root)) {
            classes = files.map(file -> root.relativize(file).toString().replace('\\', '/'))
                    .filter(file -> file.endsWith(".class") && !file.endsWith("-info.class"))
                    .filter(file -> !file.startsWith("io/walwire/internal/") && !file.startsWith("io/walwire/cli/"))
                    .map(PublicApiTest::load)
                    .collect(Collectors.toList());
        }
        return ApiText.of(classes);
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
