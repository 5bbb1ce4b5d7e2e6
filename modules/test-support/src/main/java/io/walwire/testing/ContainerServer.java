package io.walwire.testing;

import java.util.Map;
import org.testcontainers.containers.PostgreSQLContainer;

/** A server in Docker, from the official image. It asks everyone for a password. */
final class ContainerServer extends PostgresServer {
    private final PostgreSQLContainer<?> container;

    ContainerServer(int version, Map<String, String> serverConfig) {
        this(version, container(version, serverConfig));
    }

    private ContainerServer(int version, PostgreSQLContainer<?> container) {
        super(version, container.getUsername(), container.getPassword());
        this.container = container;
    }

    @SuppressWarnings("resource") // closed by dispose
    private static PostgreSQLContainer<?> container(int version, Map<String, String> serverConfig) {
        PostgreSQLContainer<?> container =
                new PostgreSQLContainer<>("postgres:" + version).withDatabaseName("postgres");
        String[] arguments = arguments(settings(serverConfig)).toArray(String[]::new);
        String[] command = new String[arguments.length + 1];
        command[0] = "postgres";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        container.withCommand(command);
        container.start();
        return container;
    }

    @Override
    public String host() {
        return container.getHost();
    }

    @Override
    public int port() {
        return container.getMappedPort(PostgreSQLContainer.POSTGRESQL_PORT);
    }

    @Override
    public void requirePassword(String role) {
        // the image's pg_hba.conf does so already
    }

    @Override
    public String log() {
        return container.getLogs();
    }

    @Override
    void dispose() {
        container.stop();
    }
}
