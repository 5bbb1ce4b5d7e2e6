package io.walwire.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** No document shows Java that does not compile, or links to what is not there. */
class DocumentsTest {
    private static final Path EXAMPLES = Path.of("modules/it/src/test/java/io/walwire/docs");
    private static final Map<Path, String> EXAMPLE_OF = Map.ofEntries(
            Map.entry(Path.of("README.md"), "ReadmeExample.java"),
            Map.entry(Path.of("docs/backfill.md"), "BackfillExample.java"),
            Map.entry(Path.of("docs/guarantees.md"), "GuaranteesExample.java"),
            Map.entry(Path.of("docs/handlers.md"), "HandlersExample.java"),
            Map.entry(Path.of("docs/metrics.md"), "MetricsExample.java"),
            Map.entry(Path.of("docs/kafka.md"), "KafkaExample.java"),
            Map.entry(Path.of("docs/operations.md"), "OperationsExample.java"),
            Map.entry(Path.of("docs/sinks.md"), "SinksExample.java"),
            Map.entry(
                    Path.of("docs/spring.md"),
                    "modules/spring-boot-starter/src/test/java/io/walwire/spring/SpringExample.java"),
            Map.entry(
                    Path.of("docs/spring-testing.md"),
                    "modules/spring-boot-test/src/test/java/io/walwire/spring/test/SpringTestingExampleTest.java"),
            Map.entry(Path.of("docs/tasks/cache.md"), "TaskCacheExample.java"),
            Map.entry(Path.of("docs/tasks/mail.md"), "TaskMailExample.java"),
            Map.entry(Path.of("docs/tasks/parent.md"), "TaskParentExample.java"),
            Map.entry(Path.of("docs/tasks/search.md"), "TaskSearchExample.java"),
            Map.entry(Path.of("docs/testing.md"), "TestingExampleTest.java"),
            Map.entry(Path.of("docs/watch.md"), "WatchExample.java"));
    private static final Pattern REGION =
            Pattern.compile("(?m)^ *// tag::(\\w+)\\[]\\n(.*?)^ *// end::\\1\\[]$", Pattern.DOTALL);
    private static final Pattern CODE = Pattern.compile("(?ms)^ *```.*?^ *```$|`[^`\n]*`");
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```java\\n(.*?)^```$");
    private static final Pattern LINK = Pattern.compile("]\\(([^)#:]*)(?:#([^)]*))?\\)");

    static Stream<Path> documents() throws IOException {
        try (Stream<Path> docs = Files.walk(Path.of("docs"))) {
            return Stream.concat(
                    Stream.of(
                                    "README.md",
                                    "CONTRIBUTING.md",
                                    "CHANGELOG.md",
                                    "SECURITY.md",
                                    "examples/README.md",
                                    "examples/spring/README.md")
                            .map(Path::of),
                    docs.filter(path -> path.toString().endsWith(".md")).toList().stream());
        }
    }

    @ParameterizedTest
    @MethodSource("documents")
    void javaBlocks_areTheRegionsThatCompile(Path document) throws IOException {
        String example = EXAMPLE_OF.get(document);
        assertThat(BLOCK.matcher(Files.readString(document))
                        .results()
                        .map(block -> block.group(1).strip())
                        .toList())
                .isEqualTo(example == null ? List.of() : regions(file(example)));
    }

    /** Of a module that has its example itself, the path from the top of the checkout. */
    private static Path file(String example) {
        return example.contains("/") ? Path.of(example) : EXAMPLES.resolve(example);
    }

    private static List<String> regions(Path example) throws IOException {
        List<String> regions = REGION.matcher(Files.readString(example))
                .results()
                .map(region -> region.group(2).stripTrailing().stripIndent())
                .toList();
        assertThat(regions).isNotEmpty();
        return regions;
    }

    @ParameterizedTest
    @MethodSource("documents")
    void links_leadSomewhere(Path document) throws IOException {
        List<String> dead = new ArrayList<>();
        for (MatchResult link : LINK.matcher(
                        CODE.matcher(Files.readString(document)).replaceAll(""))
                .results()
                .toList()) {
            if (!leadsSomewhere(document, link.group(1), link.group(2))) {
                dead.add(link.group());
            }
        }
        assertThat(dead).isEmpty();
    }

    private static boolean leadsSomewhere(Path document, String path, @Nullable String anchor) throws IOException {
        Path target = path.isEmpty() ? document : document.resolveSibling(path);
        return Files.exists(target)
                && (anchor == null || Headings.anchors(target).contains(anchor));
    }

    /** What the message of an error ends with leads there. */
    @ParameterizedTest
    @EnumSource(ErrorCode.class)
    void errorCode_hasItsPlace(ErrorCode code) throws IOException {
        String errors = Files.readString(Path.of("docs/errors.md"));
        assertThat(errors)
                .containsOnlyOnce("\n## " + code + "\n")
                .contains("| [`" + code + "`](#" + code.name().toLowerCase(Locale.ROOT) + ") |");
    }

    /** A page has the command that shows what is wrong. */
    @ParameterizedTest
    @MethodSource("symptoms")
    void symptom_hasItsCommand(Path symptom) throws IOException {
        assertThat(Files.readString(symptom)).containsPattern("The command that shows [^\n]*\n(?:[^\n]+\n)*\n```");
    }

    static Stream<Path> symptoms() throws IOException {
        return documents().filter(document -> document.startsWith("docs/symptoms"));
    }
}
