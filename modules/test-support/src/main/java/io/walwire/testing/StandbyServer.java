package io.walwire.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A physical standby of an embedded server, made by copying its files between the start and the stop of a backup. It has
 * all settings of its own that slots need to come along: a physical slot, hot_standby_feedback, sync_replication_slots.
 */
final class StandbyServer extends PostgresServer {
    private final Path data;
    private final Path log;
    private final int port;
    private final PgCtl pgCtl;
    private volatile boolean running = true;

    StandbyServer(PostgresServer primary, Path primaryData, Path binaries, String slot) throws SQLException {
        super(primary.version(), primary.user(), primary.password());
        this.data = primaryData.resolveSibling(primaryData.getFileName() + "-" + slot);
        this.log = data.resolveSibling(data.getFileName() + ".log");
        this.port = freePort();
        this.pgCtl = new PgCtl(binaries, data, log);
        copy(primary, primaryData, slot);
        configure(primary, slot);
        pgCtl.run("start", "-l", log.toString());
    }

    private void copy(PostgresServer primary, Path primaryData, String slot) throws SQLException {
        try (Connection connection = primary.connect(primary.maintenanceDatabase());
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_create_physical_replication_slot('" + slot + "', true)");
            statement.execute("SELECT pg_backup_start('" + slot + "', true)");
            DataDirectory.copyForStandby(primaryData, data);
            try (ResultSet stopped = statement.executeQuery("SELECT labelfile FROM pg_backup_stop(false)")) {
                stopped.next();
                Files.writeString(data.resolve("backup_label"), stopped.getString(1));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void configure(PostgresServer primary, String slot) {
        String settings = """
                port = %d
                primary_conninfo = 'host=%s port=%d user=%s dbname=%s'
                primary_slot_name = '%s'
                hot_standby_feedback = on
                %s
                """.formatted(
                        port,
                        primary.host(),
                        primary.port(),
                        primary.user(),
                        primary.maintenanceDatabase(),
                        slot,
                        primary.version() < 17 ? "" : "sync_replication_slots = on");
        try {
            Files.writeString(data.resolve("postgresql.conf"), settings, StandardOpenOption.APPEND);
            Files.createFile(data.resolve("standby.signal"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String host() {
        return "localhost";
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public void requirePassword(String role) {
        cannot("ask for passwords, being a standby");
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public void stopFast() {
        pgCtl.run("stop", "-m", "fast");
        running = false;
    }

    @Override
    public void stopImmediately() {
        pgCtl.run("stop", "-m", "immediate");
        running = false;
    }

    @Override
    public void kill() {
        pgCtl.kill();
        running = false;
    }

    @Override
    public void startAgain() {
        pgCtl.run("start", "-l", log.toString());
        running = true;
    }

    @Override
    public String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    void dispose() {
        if (running) {
            stopImmediately();
        }
        DataDirectory.delete(data);
        try {
            Files.deleteIfExists(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
