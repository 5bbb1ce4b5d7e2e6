package io.walwire.internal.config;

import io.walwire.config.Credentials;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;

/**
 * Which database to connect to, and how.
 *
 * @param hosts at least one, in the order in which they are tried; a unix-domain socket is the only one
 * @param database its name, as the catalog holds it
 * @param credentials null where a supplier brings them for each connection
 * @param driver pgJDBC's properties by name, without user and password; may hold secrets
 */
public record Server(
        List<HostPort> hosts, String database, @Nullable Credentials credentials, Map<String, String> driver) {

    public Server {
        hosts = List.copyOf(hosts);
        Map<String, String> complete = new LinkedHashMap<>(driver);
        if (hosts.size() > 1) {
            // only a primary has the slot, unless the user says that a standby is wanted
            complete.putIfAbsent(PGProperty.TARGET_SERVER_TYPE.getName(), "primary");
        }
        if (hosts.get(0).unixSocket() != null) {
            // neither is offered there: nothing leaves the machine
            complete.put(PGProperty.SSL_MODE.getName(), "disable");
            complete.put(PGProperty.GSS_ENC_MODE.getName(), "disable");
        }
        driver = Collections.unmodifiableMap(complete);
    }

    /** The URL of one host for the driver: host and database, nothing else. Where a unix-domain socket is meant, some host. */
    public String jdbcUrl(HostPort host) {
        String where = host.unixSocket() == null ? host.toString() : "localhost:" + host.port();
        return "jdbc:postgresql://" + where + "/" + Percent.encode(database);
    }

    /** The file of the unix-domain socket to connect through, or null for TCP. */
    public @Nullable Path unixSocket() {
        return hosts.get(0).unixSocket();
    }

    /**
     * The same database at one host alone, which may as well be a standby.
     *
     * @param host one of its hosts by its name as it was given, since certificates are checked against it
     * @param port its port
     */
    public Server at(String host, int port) {
        if (hosts.size() == 1) {
            return this;
        }
        Map<String, String> any = new LinkedHashMap<>(driver);
        any.put(PGProperty.TARGET_SERVER_TYPE.getName(), "any");
        return new Server(List.of(new HostPort(host, port)), database, credentials, any);
    }

    /** A new copy for each call; the caller adds user and password. */
    public Properties driverProperties() {
        Properties properties = new Properties();
        properties.putAll(driver);
        return properties;
    }

    /** {@code database@host:port} or {@code database@/folder/.s.PGSQL.5432}, for messages. */
    public String display() {
        return database + "@" + hostList();
    }

    private String hostList() {
        return hosts.stream().map(HostPort::toString).collect(Collectors.joining(","));
    }

    /** Shows which driver properties are set but no value of them: any may hold a secret. */
    @Override
    public String toString() {
        return "Server[" + display() + ", credentials=" + credentials + ", driver=" + driver.keySet() + "]";
    }
}
