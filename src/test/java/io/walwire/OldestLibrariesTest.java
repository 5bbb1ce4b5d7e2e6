package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An application whose dependency management puts the oldest supported driver and Jackson in place of those that Walwire names. */
class OldestLibrariesTest {
    private static final Path OLDEST =
            Path.of(System.getProperty("walwire.test.oldest", "target/oldest")).toAbsolutePath();
    private static final Pattern REPLACED = Pattern.compile("(postgresql|jackson-[a-z]+)-[0-9.]+\\.jar");

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private static String classPath() throws Exception {
        String own = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        List<String> kept = Arrays.stream(own.split(Pattern.quote(File.pathSeparator), -1))
                .filter(entry -> !REPLACED.matcher(String.valueOf(Path.of(entry).getFileName()))
                        .matches())
                .toList();
        try (Stream<Path> oldest = Files.list(OLDEST)) {
            return Stream.concat(oldest.map(Path::toString), kept.stream())
                    .collect(Collectors.joining(File.pathSeparator));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"false", "true"})
    void startInsertUpdateDelete_jsonAndWatch_work(String binary) throws Exception {
        database.sql(
                "CREATE TABLE doc (id int PRIMARY KEY, body jsonb, amount numeric)",
                "CREATE PUBLICATION events FOR TABLE doc");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        classPath(),
                        OldestLibrariesProcess.class.getName(),
                        database.url(),
                        database.unique("oldest"),
                        binary)
                .redirectErrorStream(true)
                .start();
        Recorder<String> printed = new Recorder<>();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                printed.add(line);
                if (line.equals("streaming")) {
                    database.sql(
                            "INSERT INTO doc VALUES (1, '{\"a\": [1.10, \"x\"]}', 1.50)",
                            "UPDATE doc SET id = 2, amount = 'NaN'",
                            "DELETE FROM doc");
                }
            }
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        String all = String.join("\n", printed.all());
        assertThat(process.exitValue()).as(all).isZero();
        assertThat(all)
                .contains(
                        "driver 42.7.8",
                        "jackson 2.19.4",
                        "errors 0",
                        "\"new_record\":{\"id\":1,\"body\":{\"a\":[1.10,\"x\"]},\"amount\":1.50}",
                        "body {\"a\": [1.10, \"x\"]}",
                        "\"amount\":\"NaN\"",
                        "\"key\":{\"id\":2}",
                        "watched ",
                        "closed",
                        // a driver that does not know it would ignore it
                        "refused: ",
                        "pgJDBC has no property requireAuth");
    }
}
