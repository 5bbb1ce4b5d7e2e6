package io.walwire.testing;

import static org.assertj.core.api.Assertions.fail;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A real PgBouncer before a server. Where there is none a test is skipped, unless {@code -Dwalwire.test.pgbouncer=required}.
 */
public final class PgBouncer implements AutoCloseable {
    private static final String PROPERTY = "walwire.test.pgbouncer";

    private static final Duration START = Duration.ofMinutes(3);

    private final Process process;
    private final Path folder;
    private final int port;

    private PgBouncer(Process process, Path folder, int port) {
        this.process = process;
        this.folder = folder;
        this.port = port;
    }

    /**
     * Starts one that passes every database of a server on.
     *
     * @param mode {@code session} or {@code transaction}
     * @param ignored startup parameters that it takes and drops, with commas
     */
    public static PgBouncer before(PostgresServer server, String mode, String ignored) {
        String program = program();
        try {
            Path folder = Files.createTempDirectory("walwire-pgbouncer");
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
            int port = freePort();
            Path config = folder.resolve("pgbouncer.ini");
            Files.writeString(
                    config,
                    String.join(
                            "\n",
                            "[databases]",
                            "* = host=" + server.host() + " port=" + server.port() + " user=" + server.user()
                                    + " password=" + server.password(),
                            "[pgbouncer]",
                            "listen_addr = 127.0.0.1",
                            "listen_port = " + port,
                            "unix_socket_dir =",
                            "auth_type = any",
                            "pool_mode = " + mode,
                            "ignore_startup_parameters = " + ignored,
                            ""));
            // as root it refuses to run, and gives its rights up where it is asked to
            Process process = new ProcessBuilder(
                            "root".equals(System.getProperty("user.name"))
                                    ? new String[] {program, "-q", "-u", "nobody", config.toString()}
                                    : new String[] {program, "-q", config.toString()})
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("log").toFile())
                    .start();
            PgBouncer bouncer = new PgBouncer(process, folder, port);
            Eventually.until(START, bouncer::answers);
            return bouncer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where it listens on localhost. */
    public int port() {
        return port;
    }

    private boolean answers() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    private static String program() {
        Optional<Path> found = Stream.concat(
                        Stream.of(System.getenv("PATH").split(File.pathSeparator)), Stream.of("/usr/sbin"))
                .map(folder -> Path.of(folder, "pgbouncer"))
                .filter(Files::isExecutable)
                .findFirst();
        if (found.isEmpty()) {
            String missing = "No pgbouncer on the PATH. Install one, such as Debian's package pgbouncer.";
            if ("required".equals(System.getProperty(PROPERTY))) {
                fail(missing);
            }
            Assumptions.abort(missing);
        }
        return found.orElseThrow().toString();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void close() {
        try {
            process.destroy();
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
