package io.walwire.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.walwire.internal.config.PropertiesFile;
import io.walwire.internal.config.WalwireConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The README is short, and shows nothing that does not compile, load, or exist; the keys are in docs/configuration.md. */
class ReadmeTest {
    private static final Path PROPERTIES = Path.of("modules/it/src/test/resources/readme/walwire.properties");
    private static final Pattern BLOCK = Pattern.compile("(?ms)^ *```(?:properties)?\\n(.*?)^ *```$");
    private static final Pattern KEY_IN_BLOCK = Pattern.compile("(?m)^ *(walwire\\.[\\w.-]+) *=");
    private static final Pattern KEY_IN_TABLE = Pattern.compile("(?m)^\\| `(walwire\\.[a-z.-]+)`");

    @Test
    void propertiesBlock_isALoadableConfiguration() throws IOException {
        assertThat(blocks("properties"))
                .containsExactly(Files.readString(PROPERTIES).strip());

        PropertiesFile file = PropertiesFile.read(PROPERTIES);
        assertThatCode(() -> WalwireConfig.of(file.values(), file.problems(), name -> "a value", false))
                .doesNotThrowAnyException();
    }

    @Test
    void code_comesFirst() throws IOException {
        List<String> lines = readme().lines().toList();

        assertThat(lines.indexOf("```properties")).isBetween(0, 29);
        assertThat(lines.subList(0, 40).stream().filter(line -> line.startsWith("```")))
                .startsWith("```properties", "```", "```java", "```", "```java", "```");
    }

    /** What is longer is not read. */
    @Test
    void length_isBounded() throws IOException {
        assertThat(readme().lines()).hasSizeLessThanOrEqualTo(150);
    }

    @Test
    void keyTable_hasEveryKeyOnce() throws IOException {
        String configuration = Files.readString(Path.of("docs/configuration.md"));

        assertThat(KEY_IN_TABLE.matcher(configuration).results().map(key -> key.group(1)))
                .containsExactlyInAnyOrderElementsOf(keys());
    }

    /** Sinks and the driver have keys of their own; instances of a Spring Boot application have each key once more. */
    @ParameterizedTest
    @MethodSource("io.walwire.docs.DocumentsTest#documents")
    void keysInBlocks_areKeys(Path document) throws IOException {
        List<String> keys = keys();
        assertThat(BLOCK.matcher(Files.readString(document))
                        .results()
                        .flatMap(block -> KEY_IN_BLOCK.matcher(block.group(1)).results())
                        .map(key -> key.group(1).replaceFirst("^walwire\\.instances\\.\\w+\\.", "walwire."))
                        .filter(key -> !key.startsWith("walwire.kafka.") && !key.startsWith("walwire.pgjdbc.")))
                .isSubsetOf(keys);
    }

    private static List<String> keys() {
        try {
            Class<?> keys = Class.forName("io.walwire.internal.config.Key");
            return Stream.of(keys.getEnumConstants()).map(Object::toString).toList();
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> blocks(String language) throws IOException {
        return Pattern.compile("(?ms)^```" + language + "\\n(.*?)^```$")
                .matcher(readme())
                .results()
                .map((MatchResult block) -> block.group(1).strip())
                .toList();
    }

    private static String readme() throws IOException {
        return Files.readString(Path.of("README.md"));
    }
}
