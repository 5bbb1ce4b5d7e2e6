package io.walwire.testing;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/** A running server that the tests did not start. A JDBC URL names it, with a superuser's name and password. */
final class ExternalServer extends PostgresServer {
    private static final Object VERSION_LOCK = new Object();
    private static @Nullable Integer version;

    private final String host;
    private final int port;
    private final String database;

    ExternalServer(String jdbcUrl) {
        this(versionAt(jdbcUrl), parsed(jdbcUrl));
    }

    private ExternalServer(int version, Properties url) {
        super(version, text(PGProperty.USER, url), text(PGProperty.PASSWORD, url));
        this.host = text(PGProperty.PG_HOST, url);
        this.port = Integer.parseInt(text(PGProperty.PG_PORT, url));
        this.database = text(PGProperty.PG_DBNAME, url);
    }

    /** Asks once: the server is the same for the whole run. */
    static int versionAt(String jdbcUrl) {
        synchronized (VERSION_LOCK) {
            if (version == null) {
                try (Connection connection = DriverManager.getConnection(jdbcUrl)) {
                    version = connection.getMetaData().getDatabaseMajorVersion();
                } catch (SQLException e) {
                    throw new IllegalStateException("The server of walwire.test.postgres does not answer", e);
                }
            }
            return version;
        }
    }

    private static Properties parsed(String jdbcUrl) {
        Properties url = Driver.parseURL(jdbcUrl, new Properties());
        if (url == null) {
            throw new IllegalStateException("walwire.test.postgres is not a URL that pgJDBC can read");
        }
        return url;
    }

    private static String text(PGProperty property, Properties url) {
        String value = property.getOrDefault(url);
        return value == null ? "" : value;
    }

    @Override
    public String host() {
        return host;
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public String maintenanceDatabase() {
        return database;
    }

    @Override
    public void requirePassword(String role) {
        cannot("have its pg_hba.conf edited");
    }

    @Override
    void dispose() {
        // the user who started it stops it
    }
}
