package io.walwire.spring;

import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An application in a JVM of its own, and what it prints. It logs errors alone. */
final class ApplicationProcess implements AutoCloseable {
    private final Process process;
    private final Recorder<String> printed = new Recorder<>();

    private ApplicationProcess(Process process) {
        this.process = process;
    }

    static ApplicationProcess start(Class<?> main, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dorg.springframework.boot.logging.LoggingSystem=none",
                "-Dwalwire.test.log=ERROR",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                main.getName()));
        command.addAll(arguments);
        ApplicationProcess started = new ApplicationProcess(
                new ProcessBuilder(command).redirectErrorStream(true).start());
        new Thread(started::read, "output").start();
        return started;
    }

    private void read() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            lines.lines().forEach(printed::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until it has printed a line with a text. */
    void await(String text) {
        Eventually.satisfied(Application.LONG, () -> {
            if (printed.all().stream().noneMatch(line -> line.contains(text))) {
                throw new AssertionError("\"" + text + "\" is not among " + printed.all());
            }
        });
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Waits for its end; the exit code. */
    int awaitEnd() throws InterruptedException {
        if (!process.waitFor(Application.LONG.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("The application still runs: " + printed.all());
        }
        return process.exitValue();
    }

    /** Kills it, as by {@code kill -9}. */
    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
