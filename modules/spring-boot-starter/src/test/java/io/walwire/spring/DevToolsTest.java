package io.walwire.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A real restart by DevTools, in a JVM of its own: it restarts nothing in a test. */
class DevToolsTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @TempDir
    private Path classes;

    @BeforeEach
    void prepare() throws Exception {
        database.sql(
                "CREATE TABLE commands (id bigint PRIMARY KEY, command text)",
                "CREATE PUBLICATION events FOR ALL TABLES");
        copyApplication();
        Path settings = Files.createDirectories(classes.resolve("META-INF")).resolve("spring-devtools.properties");
        Files.writeString(settings, "restart.exclude.libraries=.*target.*\n");
    }

    /** DevTools restarts the classes of folders; those of the build stand for libraries here. */
    private void copyApplication() throws IOException {
        String folder = "/" + DevToolsApplication.class.getPackageName().replace('.', '/') + "/";
        Path to = Files.createDirectories(classes.resolve(folder.substring(1)));
        String name = DevToolsApplication.class.getSimpleName();
        for (String each : List.of(name, name + "$Order", name + "$Commands")) {
            try (InputStream bytes = DevToolsTest.class.getResourceAsStream(folder + each + ".class")) {
                Files.copy(Objects.requireNonNull(bytes, each), to.resolve(each + ".class"));
            }
        }
    }

    private Process start() throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dorg.springframework.boot.logging.LoggingSystem=none",
                "-cp",
                String.join(
                        File.pathSeparator,
                        classes.toString(),
                        Objects.requireNonNull(System.getProperty("walwire.test.devtools"), "the jar of DevTools"),
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))),
                DevToolsApplication.class.getName()));
        Application.onUrl(
                        database,
                        "walwire.publication=events",
                        "walwire.slot.name=" + database.unique("slot"),
                        "walwire.slot.busy=fail")
                .forEach(key -> command.add("--" + key));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    @Test
    void restart_findsItsSlotFree_andReadsRecordsOfTheNewClasses() throws Exception {
        Process process = start();
        Recorder<String> printed = new Recorder<>();
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            Thread reader = new Thread(() -> lines.lines().forEach(printed::add), "lines");
            reader.start();
            printed.await(1, Application.LONG);
            insert(1, "restart");
            printed.await(3, Application.LONG);
            database.sql("UPDATE commands SET command = '' WHERE id = 1");
            printed.await(4, Application.LONG);
            insert(2, "exit");
            assertThat(process.waitFor(180, TimeUnit.SECONDS)).isTrue();
            reader.join();
        } finally {
            process.destroyForcibly().waitFor();
        }
        assertThat(printed.all())
                .containsExactly(
                        "started",
                        "handled 1 with RestartClassLoader true",
                        "started",
                        "updated 1",
                        "handled 2 with RestartClassLoader true");
        assertThat(process.exitValue()).isZero();
    }

    private void insert(long id, String command) throws Exception {
        database.sql("INSERT INTO commands VALUES (" + id + ", '" + command + "')");
    }
}
