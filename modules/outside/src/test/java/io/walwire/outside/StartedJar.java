package io.walwire.outside;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An application, started by {@code java -jar}. What it prints is read by the test's thread. */
final class StartedJar implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final Process process;
    private final BufferedReader output;

    private StartedJar(Process process) {
        this.process = process;
        this.output = process.inputReader(StandardCharsets.UTF_8);
    }

    static StartedJar start(Path jar, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("-jar", jar.toString()));
        command.addAll(List.of(arguments));
        return startIn(Path.of(""), command.toArray(String[]::new));
    }

    /** With a folder of its own, and what follows {@code java} on the command line. */
    static StartedJar startIn(Path folder, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC"));
        command.addAll(List.of(arguments));
        return new StartedJar(new ProcessBuilder(command)
                .directory(folder.toAbsolutePath().toFile())
                .redirectErrorStream(true)
                .start());
    }

    /** Reads until a line matches; the match. A process that prints no such line in a minute is killed. */
    Matcher await(String pattern) throws IOException {
        Thread watchdog = watchdog();
        try {
            Pattern wanted = Pattern.compile(pattern);
            StringBuilder printed = new StringBuilder();
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                Matcher matcher = wanted.matcher(line);
                if (matcher.find()) {
                    return matcher;
                }
                printed.append('\n').append(line);
            }
            throw new AssertionError("No line matches " + pattern + ":" + printed);
        } finally {
            watchdog.interrupt();
        }
    }

    private Thread watchdog() {
        Thread watchdog = new Thread(this::killAfterPatience, "watchdog");
        watchdog.setDaemon(true);
        watchdog.start();
        return watchdog;
    }

    private void killAfterPatience() {
        try {
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException found) {
            Thread.currentThread().interrupt();
        }
    }

    /** As a signal of the system ends it. */
    @Override
    public void close() {
        process.toHandle().destroy(); // Process.destroy would close the output
        Thread watchdog = watchdog();
        output.lines().forEach(line -> {}); // until it has ended; it does not wait for a reader meanwhile
        process.onExit().join();
        watchdog.interrupt();
    }
}
