package io.walwire.testing;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A database of a test's own. As an instance field with {@code @RegisterExtension} every test gets a fresh one, as a
 * static field the whole class shares one:
 *
 * <pre>{@code
 * @RegisterExtension
 * final TestDatabase database = TestDatabase.onSharedServer();
 * }</pre>
 *
 * At the end its slots, its roles and itself are dropped, and the test fails if Walwire left anything behind
 * ({@link Leaks}). Without the extension, {@link #create} in try-with-resources does the same.
 */
public final class TestDatabase
        implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback, AutoCloseable {
    private static final AtomicInteger COUNTER = new AtomicInteger();
    private static final ExtensionContext.Namespace SERVERS = ExtensionContext.Namespace.create(PostgresServer.class);

    private final Supplier<PostgresServer> serverSource;
    private final boolean ownsServer;
    private final List<String> roles = new ArrayList<>();
    private boolean perClass;
    private @Nullable Open open;

    private record Open(PostgresServer server, String name, Leaks leaks) {}

    private TestDatabase(Supplier<PostgresServer> serverSource, boolean ownsServer) {
        this.serverSource = serverSource;
        this.ownsServer = ownsServer;
    }

    /** On the server that all tests share. */
    public static TestDatabase onSharedServer() {
        return on(PostgresServer::shared);
    }

    /** On a server that is closed elsewhere. The supplier is called when the first test begins. */
    public static TestDatabase on(Supplier<PostgresServer> server) {
        return new TestDatabase(server, false);
    }

    /** On a server with settings of its own, which starts and ends with the database. */
    public static TestDatabase onServerOfItsOwn(Map<String, String> serverConfig) {
        return new TestDatabase(() -> PostgresServer.start(serverConfig), true);
    }

    /** Outside of the extension: created at once, gone with {@link #close}. */
    public static TestDatabase create(PostgresServer server) throws SQLException {
        TestDatabase database = on(() -> server);
        database.open();
        return database;
    }

    @Override
    public void beforeAll(ExtensionContext context) throws SQLException {
        perClass = true;
        stopServersAtTheEnd(context);
        open();
    }

    @Override
    public void beforeEach(ExtensionContext context) throws SQLException {
        if (!perClass) {
            stopServersAtTheEnd(context);
            open();
        }
    }

    @Override
    public void afterEach(ExtensionContext context) throws SQLException {
        if (perClass) {
            opened().leaks.check();
        } else {
            close();
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws SQLException {
        close();
    }

    /** With JUnit's session and not only with the JVM, which an IDE keeps. A run ends earlier: Surefire makes one of each class. */
    private static void stopServersAtTheEnd(ExtensionContext context) {
        context.getStore(ExtensionContext.StoreScope.LAUNCHER_SESSION, SERVERS)
                .computeIfAbsent(AutoCloseable.class, key -> (AutoCloseable) PostgresServer::closeAll);
    }

    private void open() throws SQLException {
        PostgresServer server = serverSource.get();
        // the process id, because several JVMs may use one server that a JDBC URL names
        String name = "w_" + ProcessHandle.current().pid() + '_' + COUNTER.incrementAndGet();
        // without an fsync copying files takes half the time of writing them to the log, which is the default from 15
        // on
        server.sql("CREATE DATABASE " + name + (server.version() < 15 ? "" : " STRATEGY file_copy"));
        open = new Open(server, name, new Leaks(server, name));
    }

    private Open opened() {
        if (open == null) {
            throw new IllegalStateException("Not open: register this as a JUnit extension (@RegisterExtension)");
        }
        return open;
    }

    /**
     * Drops the database with all that hangs on it.
     *
     * @throws AssertionError if something leaked, after everything is dropped
     */
    @Override
    public void close() throws SQLException {
        Open closing = open;
        if (closing == null) {
            return;
        }
        open = null;
        try {
            closing.server.idleConnections().forget(closing.name);
            closing.leaks.check();
        } finally {
            drop(closing);
        }
    }

    private void drop(Open closing) throws SQLException {
        PostgresServer server = closing.server;
        if (ownsServer) {
            server.close();
        } else if (server.isRunning()) {
            closing.leaks.clear(roles);
            roles.clear();
        }
    }

    public PostgresServer server() {
        return opened().server;
    }

    public String name() {
        return opened().name;
    }

    /** A name that no other test has, for what a server has once: slots, roles. */
    public String unique(String name) {
        return name() + '_' + name;
    }

    /** {@code postgresql://user:password@host:port/database}. */
    public String url() {
        return server().url(name());
    }

    /** {@code jdbc:postgresql://host:port/database?user=…&password=…}. */
    public String jdbcUrl() {
        return server().jdbcUrl(name());
    }

    public String user() {
        return server().user();
    }

    public String password() {
        return server().password();
    }

    /** A superuser's connection to this database, committing by itself; the caller closes it. */
    public Connection connect() throws SQLException {
        return server().connect(name());
    }

    /**
     * Creates a role that is dropped with the database.
     *
     * @param options what follows CREATE ROLE, such as {@code LOGIN REPLICATION PASSWORD 'secret'}
     * @return its name, unique on the server
     */
    public String role(String options) throws SQLException {
        String role = unique("role_" + (roles.size() + 1));
        sql("CREATE ROLE " + role + ' ' + options);
        roles.add(role);
        return role;
    }

    /** Executes statements, each in a transaction of its own, in a session in which nothing is set. */
    public void sql(String... statements) throws SQLException {
        PollConnections polling = PollConnections.current();
        if (polling != null) {
            execute(polling.to(this), statements);
            return;
        }
        idleConnections().ask(name(), connection -> execute(connection, statements));
    }

    /** Executes statements in one transaction, in a session in which nothing is set. */
    public void inTransaction(String... statements) throws SQLException {
        idleConnections().ask(name(), connection -> {
            connection.setAutoCommit(false);
            execute(connection, statements);
            connection.commit();
            connection.setAutoCommit(true);
            return statements.length;
        });
    }

    /** Does in one transaction whatever is more than fixed statements; rolled back if it throws. */
    public void inTransaction(Work work) throws SQLException {
        try (Connection connection = connect()) {
            connection.setAutoCommit(false);
            work.with(connection);
            connection.commit();
        }
    }

    private static int execute(Connection connection, String... statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        }
        return statements.length;
    }

    IdleConnections idleConnections() {
        return server().idleConnections();
    }

    /** All rows, each from column to the driver's value, asked in a session in which nothing is set. */
    public List<Map<String, @Nullable Object>> query(String sql, @Nullable Object... parameters) throws SQLException {
        PollConnections polling = PollConnections.current();
        if (polling != null) {
            return polling.ask(this, connection -> query(connection, sql, parameters));
        }
        return idleConnections().ask(name(), connection -> query(connection, sql, parameters));
    }

    private static List<Map<String, @Nullable Object>> query(
            Connection connection, String sql, @Nullable Object... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            try (ResultSet rows = statement.executeQuery()) {
                return read(rows);
            }
        }
    }

    private static List<Map<String, @Nullable Object>> read(ResultSet rows) throws SQLException {
        ResultSetMetaData columns = rows.getMetaData();
        List<Map<String, @Nullable Object>> result = new ArrayList<>();
        while (rows.next()) {
            Map<String, @Nullable Object> row = new LinkedHashMap<>();
            for (int i = 1; i <= columns.getColumnCount(); i++) {
                row.put(columns.getColumnLabel(i), rows.getObject(i));
            }
            result.add(row);
        }
        return result;
    }

    /** The first column of the only row; an IllegalStateException if there is not one row, or the value is null. */
    public <T> T queryOne(Class<T> type, String sql, @Nullable Object... parameters) throws SQLException {
        List<Map<String, @Nullable Object>> rows = query(sql, parameters);
        Object value = rows.size() == 1 ? rows.get(0).values().iterator().next() : null;
        if (value == null) {
            throw new IllegalStateException("One value expected from: " + sql + "; got " + rows);
        }
        return type.cast(value);
    }

    public String queryString(String sql, @Nullable Object... parameters) throws SQLException {
        return queryOne(Object.class, sql, parameters).toString();
    }

    public long queryLong(String sql, @Nullable Object... parameters) throws SQLException {
        return queryOne(Number.class, sql, parameters).longValue();
    }

    /** The end of what is written to the log. */
    public String currentLsn() throws SQLException {
        return queryString("SELECT pg_current_wal_lsn()::text");
    }

    /** Creates a durable slot of pgoutput's, with the name as given. */
    public void createSlot(String slot) throws SQLException {
        query("SELECT pg_create_logical_replication_slot(?, 'pgoutput')", slot);
    }

    /** A slot of this database; empty if there is none of that name. */
    public Optional<Slot> slot(String slot) throws SQLException {
        return query("""
                        SELECT slot_name::text, temporary, active, active_pid, restart_lsn::text,
                          confirmed_flush_lsn::text, wal_status
                        FROM pg_replication_slots WHERE slot_name = ? AND database = current_database()""", slot).stream().findFirst().map(Slot::of);
    }

    /**
     * Waits until an application has one plain connection, and does nothing with it.
     *
     * @param application its application_name
     */
    public void awaitIdle(String application) throws Exception {
        Eventually.until(
                Duration.ofMinutes(3),
                () -> query("SELECT pid" + idle(application)).size() == 1);
    }

    /**
     * Ends the plain connections of an application that does nothing with them.
     *
     * @param application its application_name
     */
    public void terminateIdle(String application) throws SQLException {
        query("SELECT pg_terminate_backend(pid)" + idle(application));
    }

    private static String idle(String application) {
        return " FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
                + " AND state = 'idle' AND application_name = '" + application + "'";
    }

    /** Ends the streams from this database as a broken network would, and waits until they are gone. */
    public int terminateWalsenders() throws SQLException {
        return query("""
                        SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
                        WHERE datname = current_database() AND backend_type = 'walsender'""").size();
    }

    /** What is done in a transaction. */
    @FunctionalInterface
    public interface Work {
        void with(Connection connection) throws SQLException;
    }

    /** A row of pg_replication_slots. */
    public record Slot(
            String name,
            boolean temporary,
            boolean active,
            @Nullable Integer activePid,
            @Nullable String restartLsn,
            @Nullable String confirmedFlushLsn,
            @Nullable String walStatus) {
        private static Slot of(Map<String, @Nullable Object> row) {
            return new Slot(
                    String.valueOf(row.get("slot_name")),
                    Boolean.TRUE.equals(row.get("temporary")),
                    Boolean.TRUE.equals(row.get("active")),
                    (Integer) row.get("active_pid"),
                    (String) row.get("restart_lsn"),
                    (String) row.get("confirmed_flush_lsn"),
                    (String) row.get("wal_status"));
        }
    }
}
