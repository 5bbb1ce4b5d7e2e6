package io.walwire.examples.shop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.util.stream.Stream;
import org.springframework.boot.SpringApplication;

/** The application with servers of its own: {@code mvn spring-boot:test-run}. */
class LocalShop {
    public static void main(String[] args) throws IOException, SQLException {
        LocalServers servers = LocalServers.start();
        SpringApplication.getShutdownHandlers().add(() -> stop(servers));
        String[] keys = servers.keys().entrySet().stream()
                .map(key -> "--" + key.getKey() + "=" + key.getValue())
                .toArray(String[]::new);
        String port = SpringApplication.from(ShopApplication::main)
                .run(Stream.of(keys, args).flatMap(Stream::of).toArray(String[]::new))
                .getApplicationContext()
                .getEnvironment()
                .getRequiredProperty("local.server.port");
        System.out.println("Open http://localhost:" + port + "/ in two windows and sign up in one of them.");
        System.out.println("Or write to the table: psql -h localhost -U postgres -p "
                + servers.database().getPort());
    }

    private static void stop(LocalServers servers) {
        try {
            servers.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
