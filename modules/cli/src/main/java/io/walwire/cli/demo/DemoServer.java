package io.walwire.cli.demo;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.stream.Stream;

/** A PostgreSQL that lives in a temporary folder and goes with it. */
final class DemoServer implements AutoCloseable {
    static final String USER = "postgres";
    static final String DATABASE = "postgres";

    private final Path folder;
    private final EmbeddedPostgres server;

    private DemoServer(Path folder, EmbeddedPostgres server) {
        this.folder = folder;
        this.server = server;
    }

    static DemoServer start() throws IOException {
        Path folder = Files.createTempDirectory("walwire-demo-");
        try {
            EmbeddedPostgres server = EmbeddedPostgres.builder()
                    .setOverrideWorkingDirectory(folder.resolve("program").toFile())
                    .setDataDirectory(folder.resolve("data"))
                    // the command stops it in its own order, also on a signal
                    .setRegisterShutdownHook(false)
                    .setErrorRedirector(Redirect.DISCARD)
                    .setOutputRedirector(Redirect.DISCARD)
                    .setServerConfig("wal_level", "logical")
                    // the library's "off" would leave each commit unsent until the WAL writer wakes up, 200 ms later
                    .setServerConfig("synchronous_commit", "on")
                    .start();
            return new DemoServer(folder, server);
        } catch (IOException | RuntimeException e) {
            delete(folder);
            throw new WalwireException(
                    ErrorCode.SERVER, "The throw-away PostgreSQL did not start (" + e.getMessage() + ").", e);
        }
    }

    Connection connect() throws SQLException {
        return server.getDatabase(USER, DATABASE).getConnection();
    }

    void run(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    long count(String table) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM " + table)) {
            row.next();
            return row.getLong(1);
        }
    }

    String version() throws SQLException {
        try (Connection connection = connect()) {
            return connection.getMetaData().getDatabaseProductVersion().split(" ", 2)[0];
        }
    }

    String url() {
        return "postgresql://localhost:" + server.getPort() + "/" + DATABASE;
    }

    @Override
    public void close() throws IOException {
        try {
            server.close();
        } finally {
            delete(folder);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : (Iterable<Path>) paths.sorted(Comparator.reverseOrder())::iterator) {
                Files.deleteIfExists(path);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
