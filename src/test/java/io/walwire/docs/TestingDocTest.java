package io.walwire.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** {@code docs/testing.md} shows no Java that does not run, and links to nothing that is not there. */
class TestingDocTest {
    private static final Path DOCUMENT = Path.of("docs/testing.md");
    private static final Path EXAMPLE = Path.of("src/test/java/io/walwire/docs/TestingExampleTest.java");
    private static final Pattern REGION =
            Pattern.compile("(?m)^ *// tag::(\\w+)\\[]\\n(.*?)^ *// end::\\1\\[]$", Pattern.DOTALL);
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```java\\n(.*?)^```$");
    private static final Pattern LINK = Pattern.compile("]\\(([^)#:]+)\\)");

    @Test
    void javaBlocks_areTheRegionsThatRun() throws IOException {
        List<String> regions = REGION.matcher(Files.readString(EXAMPLE))
                .results()
                .map(region -> region.group(2).stripTrailing().stripIndent())
                .toList();
        assertThat(BLOCK.matcher(Files.readString(DOCUMENT))
                        .results()
                        .map(block -> block.group(1).strip())
                        .toList())
                .isEqualTo(regions)
                .isNotEmpty();
    }

    @Test
    void links_leadSomewhere() throws IOException {
        assertThat(LINK.matcher(Files.readString(DOCUMENT)).results().map(link -> Path.of("docs", link.group(1))))
                .isNotEmpty()
                .allMatch(Files::exists);
    }
}
