package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** A JVM that runs a main of the tests, until it is killed as by {@code kill -9}. */
final class KilledProcess implements AutoCloseable {
    private static final long SECONDS = 180;

    private final Process process;

    KilledProcess(Class<?> main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-Dwalwire.test.log=" + System.getProperty("walwire.test.log", "OFF"),
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                main.getName()));
        command.addAll(List.of(arguments));
        process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Waits until it stands still by {@link LedgerProcess#stop}. */
    void awaitStop() throws Exception {
        FutureTask<String> line = new FutureTask<>(() -> {
            try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
                return String.valueOf(lines.readLine());
            }
        });
        new Thread(line, "lines").start();
        assertThat(line.get(SECONDS, TimeUnit.SECONDS)).isEqualTo(LedgerProcess.STOPPED);
    }

    @Override
    public void close() throws InterruptedException {
        process.toHandle().destroyForcibly();
        assertThat(process.waitFor(SECONDS, TimeUnit.SECONDS)).isTrue();
    }
}
