package io.walwire.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.walwire.cli.signal.Signals;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each command that a document shows is one that the command line understands, with all of its options. */
class DocumentedCommandsTest {
    private static final Pattern BLOCK = Pattern.compile("(?ms)^ *```\\w*\\n(.*?)^ *```$");
    private static final Pattern COMMAND = Pattern.compile("(?m)^ *bin/walwire +((?:[^\\n\\\\]|\\\\\\n?)+)$");
    private static final Pattern COMMENT = Pattern.compile("\\s+#.*");
    private static final Pattern WORD = Pattern.compile("(?:'[^']*'|\"[^\"]*\"|[^\\s'\"])+");

    static Stream<String> commands() throws IOException {
        return documents()
                .flatMap(document -> BLOCK.matcher(document).results().flatMap(block -> COMMAND.matcher(block.group(1))
                        .results()
                        .map(command -> COMMENT.matcher(command.group(1).replace("\\\n", " "))
                                .replaceFirst(""))));
    }

    private static Stream<String> documents() throws IOException {
        try (Stream<Path> docs = Files.walk(Path.of("docs"))) {
            List<Path> all = Stream.concat(Stream.of(Path.of("README.md"), Path.of("CONTRIBUTING.md")), docs)
                    .filter(file -> file.toString().endsWith(".md"))
                    .toList();
            return all.stream().map(DocumentedCommandsTest::text);
        }
    }

    private static String text(Path document) {
        try {
            return Files.readString(document);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void documents_showCommands() throws IOException {
        assertThat(commands()).hasSizeGreaterThan(20);
    }

    @ParameterizedTest
    @MethodSource("commands")
    void command_isUnderstood(String command) {
        String[] words = WORD.matcher(command)
                .results()
                .map(MatchResult::group)
                .map(word -> word.replaceAll("['\"]", ""))
                .toArray(String[]::new);
        PrintStream err = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
        assertThatCode(() -> Main.commandLine(
                                OutputStream.nullOutputStream(), err, Map.of(), new Signals(), verbose -> {})
                        .parseArgs(words))
                .doesNotThrowAnyException();
    }
}
