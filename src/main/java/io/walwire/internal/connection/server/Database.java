package io.walwire.internal.connection.server;

import io.walwire.config.Credentials;
import io.walwire.internal.config.Server;
import io.walwire.internal.socket.ConnectAttempt;
import io.walwire.internal.socket.ConnectAttemptSocketFactory;
import io.walwire.internal.socket.InputLimit;
import io.walwire.internal.socket.LimitedSocketFactory;
import io.walwire.internal.socket.SocketArgument;
import io.walwire.internal.socket.UnixSocketFactory;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import java.util.function.Supplier;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;

/** How to reach the database. Credentials are asked for at every connect, so that they may change while an instance runs. */
public final class Database {
    /** After this time without an answer, a plain connection is considered lost. */
    private static final int PLAIN_SOCKET_TIMEOUT_SECONDS = 30;

    private static final String SOCKET_TIMEOUT = PGProperty.SOCKET_TIMEOUT.getName();

    private final Server server;
    private final Hosts hosts;
    private final Supplier<Credentials> credentials;
    private volatile String user = "<user>";

    /**
     * A database.
     *
     * @param server where it is
     * @param credentials asked at every connect, on the connecting thread
     */
    public Database(Server server, Supplier<Credentials> credentials) {
        this.server = server;
        this.hosts = new Hosts(server);
        this.credentials = credentials;
    }

    /** {@code shop@localhost:5432}, for messages. */
    public String display() {
        return server.display();
    }

    /** The host that was connected to last, for messages. */
    public String host() {
        return hosts.last();
    }

    /** The database's name. */
    public String name() {
        return server.database();
    }

    /** The file of the unix-domain socket to connect through, or null where it is TCP. */
    public @Nullable Path unixSocket() {
        return server.unixSocket();
    }

    /** The role that connected last, for messages. */
    public String user() {
        return user;
    }

    /**
     * Opens a plain connection.
     *
     * @return a connection in autocommit mode
     * @throws SQLException if none can be opened
     */
    public Connection open() throws SQLException {
        Properties properties = plain();
        return connect(properties, settings(properties));
    }

    /**
     * Opens a plain connection whose input is counted where the limit says so.
     *
     * @param limit how much may come
     * @return a connection in autocommit mode
     * @throws SQLException if none can be opened
     */
    public Connection open(InputLimit limit) throws SQLException {
        Properties properties = plain();
        String ticket = limit.register();
        useSockets(LimitedSocketFactory.class, ticket, properties);
        try {
            return connect(properties, settings(properties));
        } finally {
            InputLimit.forget(ticket);
        }
    }

    /**
     * Opens a plain connection, unless another thread aborts that.
     *
     * @param attempt used once
     * @return a connection in autocommit mode
     * @throws SQLException if none can be opened
     */
    public Connection open(ConnectAttempt attempt) throws SQLException {
        Properties properties = plain();
        useSockets(ConnectAttemptSocketFactory.class, attempt.register(), properties);
        try {
            return connect(properties, settings(properties));
        } finally {
            attempt.end();
        }
    }

    private void useSockets(Class<? extends SocketFactory> factory, String ticket, Properties properties) {
        properties.setProperty("socketFactory", factory.getName());
        properties.setProperty("socketFactoryArg", new SocketArgument(ticket, server.unixSocket()).toString());
    }

    /**
     * Opens a plain connection that finds tables by the role's search path.
     *
     * @return a connection in autocommit mode
     * @throws SQLException if none can be opened
     */
    public Connection openOnRolesPath() throws SQLException {
        Properties properties = plain();
        return connect(properties, settings(properties).onRolesPath());
    }

    private Properties plain() throws SQLException {
        Properties properties = properties();
        properties.putIfAbsent(SOCKET_TIMEOUT, Integer.toString(PLAIN_SOCKET_TIMEOUT_SECONDS));
        return properties;
    }

    private static SessionSettings settings(Properties plain) throws SQLException {
        int given = PGProperty.SOCKET_TIMEOUT.getInt(plain);
        return SessionSettings.plain(given > 0 ? given : PLAIN_SOCKET_TIMEOUT_SECONDS);
    }

    /**
     * The same database at one of its hosts.
     *
     * @param host its name, as it was given
     * @param port its port
     * @return where no other host is tried
     */
    public Database at(String host, int port) {
        return new Database(server.at(host, port), credentials);
    }

    /**
     * What every connection is opened with; to add to.
     *
     * @return a new set of properties, with user and password
     * @throws SQLException if no credentials are available
     */
    public Properties properties() throws SQLException {
        Properties properties = server.driverProperties();
        Credentials current = credentials();
        user = current.user();
        properties.setProperty("user", current.user());
        if (current.password() != null) {
            properties.setProperty("password", current.password());
        }
        properties.putIfAbsent("tcpKeepAlive", "true");
        Path unixSocket = server.unixSocket();
        if (unixSocket != null) {
            properties.setProperty("socketFactory", UnixSocketFactory.class.getName());
            properties.setProperty("socketFactoryArg", unixSocket.toString());
        }
        return properties;
    }

    private Credentials credentials() throws SQLException {
        try {
            return credentials.get();
        } catch (RuntimeException e) {
            throw new NoCredentialsException(e);
        }
    }

    /**
     * Opens a connection to stream from.
     *
     * @param properties from {@link #properties()}, and what streaming needs
     * @return the connection, whose session has no time-outs
     * @throws SQLException if none can be opened
     */
    public Connection openReplication(Properties properties) throws SQLException {
        return connect(properties, SessionSettings.replication());
    }

    private Connection connect(Properties properties, SessionSettings settings) throws SQLException {
        Connection connection = hosts.connect(settings.in(properties));
        try {
            settings.complete(connection);
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }
}
