package io.walwire.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Words that readers whose first language is not English stumble over, in what users and maintainers read. */
class WordsTest {
    private static final List<String> ROOTS = List.of(
            "src/main/java",
            "modules/test-support/src/main/java",
            "modules/triggers/src/main/java",
            "modules/triggers/sql",
            "modules/test/src/main/java",
            "modules/kafka/src/main/java",
            "modules/spring-boot-starter/src/main/java",
            "modules/spring-boot-test/src/main/java",
            "modules/cli/src/main/java",
            "modules/micrometer/src/main/java",
            "modules/site/src/main",
            "examples/src",
            "examples/spring/src",
            "docs",
            "sql");
    private static final List<String> FILES = List.of(
            "README.md",
            "CONTRIBUTING.md",
            "SECURITY.md",
            "CHANGELOG.md",
            "examples/README.md",
            "examples/spring/README.md");
    private static final Pattern READ = Pattern.compile(".*\\.(java|md|sql|html)");

    /** The word, and what to write in its place. */
    private static final Map<String, String> WORDS = Map.of(
            "anew", "again, or recreate: \"anew\" is literary",
            "whoever", "name the thread, role, caller or program: \"whoever\" leaves open what acts",
            "mend", "fix, correct or solve: \"mend\" is for clothes",
            "mended", "fixed, corrected or solved",
            "what of it", "name the thing: the phrase has to be read twice");

    /** Of the documents alone; names in the code still have it. */
    private static final Map<String, String> WORDS_OF_DOCUMENTS =
            Map.of("told", "delivered, reported or said: a program tells nobody anything");

    @Test
    void texts_haveNoneOfTheWords() throws IOException {
        List<Path> files = files();
        assertThat(files).hasSizeGreaterThan(300);
        assertThat(found(files, WORDS)).isEmpty();
    }

    @Test
    void documents_haveNoneOfTheirWords() throws IOException {
        List<Path> documents = files().stream()
                .filter(file -> file.toString().endsWith(".md"))
                .filter(file -> !file.endsWith("CHANGELOG.md"))
                .toList();
        assertThat(documents).hasSizeGreaterThan(20);
        assertThat(found(documents, WORDS_OF_DOCUMENTS)).isEmpty();
    }

    private static List<String> found(List<Path> files, Map<String, String> words) throws IOException {
        List<String> found = new ArrayList<>();
        for (Path file : files) {
            List<String> lines = Files.readAllLines(file);
            for (int i = 0; i < lines.size(); i++) {
                look(file + ":" + (i + 1), lines.get(i), words, found);
            }
        }
        return found;
    }

    private static void look(String where, String line, Map<String, String> words, List<String> found) {
        words.forEach((word, reason) -> {
            if (Pattern.compile("\\b" + word + "\\b", Pattern.CASE_INSENSITIVE)
                    .matcher(line)
                    .find()) {
                found.add(where + ": " + word + ". Write " + reason);
            }
        });
    }

    private static List<Path> files() {
        return Stream.concat(FILES.stream().map(Path::of), ROOTS.stream().flatMap(root -> {
                    try (Stream<Path> all = Files.walk(Path.of(root))) {
                        return all.toList().stream();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }))
                .filter(file -> READ.matcher(file.toString()).matches())
                .toList();
    }
}
