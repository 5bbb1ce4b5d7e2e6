package io.walwire.reliability;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A {@link ReliabilityClient} in a JVM of its own, whose lines go into a {@link Ledger}. */
final class ClientProcess implements AutoCloseable {
    private final Process process;
    private final CompletableFuture<Void> reading;

    /**
     * Starts one.
     *
     * @param ledger where its lines go
     * @param options of its JVM
     * @param args of its main
     */
    ClientProcess(Ledger ledger, List<String> options, String... args) throws IOException {
        process = java("-Xmx96m", options, ReliabilityClient.class, new File(ledger + ".log"), args);
        reading = CompletableFuture.runAsync(() -> read(ledger));
    }

    /** A JVM that runs a class of the tests, its standard error appended to a file. */
    static Process java(String heap, List<String> options, Class<?> main, File log, String... args) throws IOException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), heap));
        command.add("-XX:TieredStopAtLevel=1");
        command.add("-Dwalwire.test.log=" + System.getProperty("walwire.chaos.log", "INFO"));
        command.addAll(options);
        command.add("-cp");
        command.add(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        command.add(main.getName());
        command.addAll(List.of(args));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.appendTo(log))
                .start();
    }

    private void read(Ledger ledger) {
        StringBuilder line = new StringBuilder();
        try (BufferedReader chars = process.inputReader(StandardCharsets.UTF_8)) {
            for (int c = chars.read(); c >= 0; c = chars.read()) {
                if (c == '\n') {
                    ledger.add(line.toString());
                    line.setLength(0);
                } else {
                    line.append((char) c);
                }
            }
            // a kill may cut the last line, which then was not delivered
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends it an order; nothing happens if it has died. */
    void give(Order order) {
        send(order.name());
    }

    /** Gives it an order, or a JDBC URL by which the database is found from now on. */
    void send(String line) {
        try {
            process.outputWriter(StandardCharsets.UTF_8).write(line + "\n");
            process.outputWriter(StandardCharsets.UTF_8).flush();
        } catch (IOException e) {
            if (process.isAlive()) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** As {@code kill -9}; returns when all that it wrote is in the ledger. */
    void kill() {
        process.toHandle().destroyForcibly(); // Process's own would close the pipe with lines in it
        awaitEnd();
    }

    /** Waits until it has ended and all that it wrote is in the ledger. */
    int awaitEnd() {
        try {
            if (!process.waitFor(180, TimeUnit.SECONDS)) {
                throw new AssertionError("The client does not end");
            }
            reading.get(180, TimeUnit.SECONDS);
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            kill();
        }
    }
}
