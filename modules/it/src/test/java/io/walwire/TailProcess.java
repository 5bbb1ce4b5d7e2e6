package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** {@code walwire tail} in a process of its own, to be killed as by {@code kill -9}. */
final class TailProcess implements AutoCloseable {
    private final Recorder<String> printed = new Recorder<>();
    private final Recorder<String> logged = new Recorder<>();
    private final Process process;
    private final CompletableFuture<Void> reading;

    TailProcess(TestDatabase database, String slot) throws IOException {
        this(database, slot, "events");
    }

    TailProcess(TestDatabase database, String slot, String publications) throws IOException {
        this(List.of("--url", database.url(), "--publication", publications, "--slot", slot));
    }

    /** With any options. */
    TailProcess(List<String> options) throws IOException {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath,
                "io.walwire.cli.Main",
                "tail"));
        command.addAll(options);
        process = new ProcessBuilder(command).start();
        reading = CompletableFuture.allOf(
                CompletableFuture.runAsync(() -> read(process.getInputStream(), printed)),
                CompletableFuture.runAsync(() -> read(process.getErrorStream(), logged)));
    }

    private static void read(InputStream from, Recorder<String> into) {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                into.add(line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Recorder<String> printed() {
        return printed;
    }

    boolean streams() {
        return logged.all().stream().anyMatch(line -> line.contains("streaming from"));
    }

    boolean standsBy() {
        return logged.all().stream().anyMatch(line -> line.contains("standing by"));
    }

    void awaitStandingBy() {
        Eventually.until(Items.LONG, this::standsBy);
    }

    void awaitStreaming() {
        Eventually.until(Items.LONG, this::streams);
    }

    /** Returns when all that it printed is read. */
    void kill() throws Exception {
        process.toHandle().destroyForcibly(); // Process's own would close the pipe with lines in it
        reading.get(180, TimeUnit.SECONDS);
    }

    /** Sends SIGTERM; returns the exit code when all that it printed is read. */
    int terminate() throws Exception {
        process.toHandle().destroy();
        assertThat(process.waitFor(180, TimeUnit.SECONDS)).as("it ends").isTrue();
        reading.get(180, TimeUnit.SECONDS);
        return process.exitValue();
    }

    List<String> logged() {
        return logged.all();
    }

    @Override
    public void close() throws Exception {
        kill();
    }
}
