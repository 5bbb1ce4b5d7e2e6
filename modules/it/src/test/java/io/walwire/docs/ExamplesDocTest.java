package io.walwire.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code examples/README.md} names every example. */
class ExamplesDocTest {
    private static final Path EXAMPLES = Path.of("examples");
    private static final Path DOCUMENT = EXAMPLES.resolve("README.md");
    private static final Path SOURCES = EXAMPLES.resolve("src/main/java/io/walwire/examples");
    private static final Pattern LINK = Pattern.compile("]\\(([^)#:]+)\\)");

    private static List<Path> links() throws IOException {
        return LINK.matcher(Files.readString(DOCUMENT))
                .results()
                .map(link -> EXAMPLES.resolve(link.group(1)).normalize())
                .toList();
    }

    @Test
    void everyExample_isLinked() throws IOException {
        List<Path> links = links();
        try (Stream<Path> packages = Files.list(SOURCES)) {
            assertThat(packages).isNotEmpty().allSatisfy(example -> assertThat(links)
                    .anyMatch(link -> link.startsWith(example)));
        }
    }
}
