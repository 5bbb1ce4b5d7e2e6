package io.walwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.walwire.Walwire;
import io.walwire.cli.handlers.Todos;
import io.walwire.cli.signal.Signals;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** {@code walwire dead-letters} on letters that an instance has kept. */
class DeadLettersCommandTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @TempDir
    Path folder = Path.of("");

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    /** An instance as {@code walwire run} would run it, which sets three calls aside. */
    private String configuration(String letters) throws Exception {
        Path file = folder.resolve("walwire.properties");
        Files.writeString(file, """
                walwire.url=%s
                walwire.publication=events
                walwire.handlers=%s
                walwire.failure=dead-letter
                walwire.failure.retries=0
                walwire.dead-letters=%s
                """.formatted(database.url(), Todos.class.getName(), letters));
        database.sql(
                "CREATE TABLE todo (id serial PRIMARY KEY, title text)", "CREATE PUBLICATION events FOR TABLE todo");
        Todos.failAt("todo");
        try (Walwire walwire = Walwire.builder().properties(file).start()) {
            database.sql("INSERT INTO todo (title) VALUES ('todo a'), ('todo b'), ('todo c')");
            Eventually.until(Duration.ofMinutes(3), () -> walwire.status().setAside() == 3);
        }
        return file.toString();
    }

    private int execute(String... arguments) {
        out.reset();
        err.reset();
        PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
        return Main.commandLine(out, errors, Map.of(), new Signals(), verbose -> {})
                .execute(arguments);
    }

    private List<JsonNode> listed(String... options) throws Exception {
        String[] command = Stream.concat(Stream.of("dead-letters", "list"), Stream.of(options))
                .toArray(String[]::new);
        assertThat(execute(command)).as(err.toString(StandardCharsets.UTF_8)).isZero();
        ObjectMapper json = new ObjectMapper();
        return out.toString(StandardCharsets.UTF_8)
                .lines()
                .map(line -> {
                    try {
                        return json.readTree(line);
                    } catch (java.io.IOException e) {
                        throw new IllegalStateException(e);
                    }
                })
                .toList();
    }

    private static String text(@Nullable JsonNode node) {
        return Objects.requireNonNull(node).asText();
    }

    private List<String> errors() {
        return err.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private void listReplayAndDrop(String config) throws Exception {
        List<JsonNode> letters = listed("--config", config);
        assertThat(letters).hasSize(3).allSatisfy(letter -> {
            assertThat(text(letter.get("handler"))).isEqualTo(Todos.class.getName());
            assertThat(text(letter.get("error_message"))).isEqualTo("not today");
            assertThat(letter.has("payload")).isFalse();
        });
        assertThat(letters.stream()
                        .map(letter -> text(
                                letter.get("events").get(0).get("new_record").get("title"))))
                .containsExactly("todo a", "todo b", "todo c");
        String second = text(letters.get(1).get("id"));
        assertThat(listed("--config", config, "--id", second)).hasSize(1);
        assertThat(listed("--config", config, "--handler", "nobody")).isEmpty();

        Recorder<String> done = Todos.failAt("todo c");
        assertThat(execute("dead-letters", "replay", "--config", config, "--id", second))
                .isZero();
        assertThat(done.all()).containsExactly("todo b");
        assertThat(errors()).contains("replayed 1, kept 0");

        assertThat(execute("dead-letters", "replay", "--config", config, "--all"))
                .isEqualTo(1);
        assertThat(done.all()).containsExactly("todo b", "todo a");
        assertThat(errors())
                .anyMatch(line -> line.startsWith("kept ") && line.contains("not today"))
                .contains("replayed 1, kept 1");

        assertThat(execute("dead-letters", "drop", "--config", config, "--id", second))
                .isEqualTo(1);
        assertThat(errors()).contains("walwire: There is no such dead letter: " + second + ". [DEAD_LETTER]");
        assertThat(execute("dead-letters", "drop", "--config", config, "--handler", Todos.class.getName()))
                .isZero();
        assertThat(errors()).containsExactly("dropped 1");
        assertThat(listed("--config", config)).isEmpty();
    }

    @Test
    void table_listReplayAndDrop() throws Exception {
        String ddl = Files.readString(Path.of("sql/dead-letters.sql"));
        database.sql(ddl.substring(ddl.indexOf("CREATE TABLE"), ddl.indexOf("\n);") + 2));
        listReplayAndDrop(configuration("table"));
    }

    @Test
    void file_listReplayAndDrop() throws Exception {
        listReplayAndDrop(configuration(folder.resolve("letters.jsonl").toString()));
    }

    @Test
    void file_isReadWithoutConfiguration() throws Exception {
        Path letters = folder.resolve("letters.jsonl");
        configuration(letters.toString());
        assertThat(listed("--file", letters.toString())).hasSize(3);
        assertThat(execute("dead-letters", "drop", "--file", letters.toString(), "--all"))
                .isZero();
        assertThat(listed("--file", letters.toString())).isEmpty();
    }

    @Test
    void table_missing_isOneLine() {
        assertThat(execute("dead-letters", "list", "--url", database.url(), "--set", "walwire.dead-letters=table"))
                .isEqualTo(1);
        assertThat(errors()).singleElement().asString().contains("walwire_dead_letter", "sql/dead-letters.sql");
    }

    @Test
    void letters_notConfigured_isOneLine() {
        assertThat(execute("dead-letters", "list", "--url", database.url())).isEqualTo(2);
        assertThat(errors()).singleElement().asString().contains("walwire.dead-letters is missing");
    }
}
