package io.walwire.internal.replication;

import io.walwire.event.Lsn;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.config.WalwireConfig.Binary;
import io.walwire.internal.config.WalwireConfig.Origin;
import io.walwire.internal.config.WalwireConfig.Streaming;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.log.Logs;
import io.walwire.internal.replication.StreamStart.History;
import io.walwire.internal.socket.ConnectAttempt;
import io.walwire.internal.text.SqlIdentifiers;
import io.walwire.internal.text.SqlLiterals;
import java.net.SocketTimeoutException;
import java.nio.charset.Charset;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGProperty;
import org.postgresql.jdbc.PgConnection;
import org.postgresql.replication.LogSequenceNumber;
import org.postgresql.replication.PGReplicationStream;
import org.postgresql.replication.fluent.logical.ChainedLogicalStreamBuilder;
import org.postgresql.util.HostSpec;
import org.slf4j.Logger;

/** Opens replication connections and starts streams on them. */
public final class ReplicationOpener {
    private static final Logger LOG = Logs.of(ReplicationOpener.class);
    private static final String SOCKET_TIMEOUT = PGProperty.SOCKET_TIMEOUT.getName();

    private final Database database;
    private final WalwireConfig config;
    private final Duration doubt;
    private boolean binary;
    private volatile SnapshotUse snapshots = SnapshotUse.NONE;
    private volatile @Nullable Opening opening;
    private volatile @Nullable String connecting;
    private volatile @Nullable ConnectAttempt beforehand;
    private volatile boolean aborted;

    /** A connection on which no stream has begun: the creation of a slot waits for every running transaction. */
    private record Opening(Connection connection, AwaitedSocket socket, String ticket) {}

    /**
     * An opener for one database.
     *
     * @param database where
     * @param config what to stream, and how
     */
    public ReplicationOpener(Database database, WalwireConfig config) {
        this(database, config, ServerSilence.DOUBT);
    }

    /**
     * An opener with another limit for how long a server may be silent.
     *
     * @param database where
     * @param config what to stream, and how
     * @param doubt after how long
     */
    public ReplicationOpener(Database database, WalwireConfig config, Duration doubt) {
        this.database = database;
        this.doubt = doubt;
        this.config = config;
        this.binary = config.binary() == Binary.ON;
    }

    /** Whether the next stream is in binary. */
    public boolean isBinary() {
        return binary;
    }

    /**
     * Says it for every stream from the next on; for the thread that opens them.
     *
     * @param next whether they are in binary; else they are in text
     */
    public void useBinary(boolean next) {
        binary = next;
    }

    /**
     * Has something done around the creation of a slot, if the first stream needs one.
     *
     * @param use of no other stream
     */
    public void useFirstSnapshot(SnapshotUse use) {
        snapshots = use;
    }

    /**
     * Opens a connection, creates the slot on it where asked, and starts streaming.
     *
     * @param slot the slot
     * @param progress how far the streams before came, null if there was none; the server skips what need not come again
     * @return the stream
     * @throws SQLException with the server's SQLSTATE if any step fails; nothing is left open then
     */
    public ReplicationStream open(SlotRequest slot, @Nullable Progress progress) throws SQLException {
        Opening opened = connectUnlessAborted();
        opening = opened;
        try {
            requireNotAborted();
            ReplicationStream stream = start(opened.connection(), opened.socket(), slot, progress);
            snapshots = SnapshotUse.NONE;
            return stream;
        } catch (SQLException | RuntimeException e) {
            snapshots.discard();
            cancel(e, opened.connection());
            opened.connection().close();
            throw e;
        } finally {
            opening = null;
            AwaitedSocketFactory.claim(opened.ticket()); // of a request to cancel, which the driver may have sent
        }
    }

    /**
     * Opens a connection that could stream, asks the server who it is, and closes the connection. Changes nothing.
     *
     * @throws SQLException with the server's SQLSTATE if no stream could begin on such a connection
     */
    public void probe() throws SQLException {
        String ticket = AwaitedSocketFactory.newTicket(database.unixSocket());
        try (Connection connection = connect(ticket).connection();
                Statement statement = connection.createStatement()) {
            statement.execute("IDENTIFY_SYSTEM");
        }
    }

    /**
     * For the plain connection on which everything is checked before {@link #open}.
     *
     * @return what {@link #abort} aborts, too
     */
    public ConnectAttempt beforehand() {
        ConnectAttempt next = new ConnectAttempt();
        beforehand = next;
        if (aborted) {
            next.abort();
        }
        return next;
    }

    private Opening connectUnlessAborted() throws SQLException {
        String ticket = AwaitedSocketFactory.newTicket(database.unixSocket());
        connecting = ticket;
        try {
            requireNotAborted();
            return connect(ticket);
        } finally {
            connecting = null;
            AwaitedSocketFactory.forget(ticket);
        }
    }

    /** An abort that came when there was nothing to cut yet, or no longer, is noticed here. */
    private void requireNotAborted() throws SQLException {
        if (aborted) {
            throw new SQLException("The instance is closed", "08006");
        }
    }

    private Opening connect(String ticket) throws SQLException {
        Connection connection;
        AwaitedSocket socket;
        try {
            connection = database.openReplication(properties(ticket));
        } finally {
            socket = AwaitedSocketFactory.claim(ticket);
        }
        if (socket == null) {
            connection.close();
            throw new SQLException("pgJDBC did not use the socket that it was given", "08001");
        }
        return new Opening(connection, socket, ticket);
    }

    /** A server that is given up for its silence may still wait for a lock, and would for as long as that is held. */
    private static void cancel(Exception failure, Connection connection) {
        if (!(failure.getCause() instanceof SocketTimeoutException)) {
            return;
        }
        try {
            connection.unwrap(PgConnection.class).getQueryExecutor().sendQueryCancel();
        } catch (SQLException e) {
            LOG.debug("The server could not be asked to give up", e);
        }
    }

    /**
     * Makes an {@link #open} that is under way on another thread fail soon, and every later one, and the server give up what it
     * was asked for.
     */
    public void abort() {
        aborted = true;
        ConnectAttempt plain = beforehand;
        if (plain != null) {
            plain.abort();
        }
        String ticket = connecting;
        if (ticket != null) {
            AwaitedSocketFactory.refuse(ticket);
            if (!ticket.equals(connecting)) {
                AwaitedSocketFactory.forget(ticket); // it has connected meanwhile, or failed
            }
        }
        Opening given = opening;
        if (given == null) {
            return;
        }
        try {
            given.connection().unwrap(PGConnection.class).cancelQuery();
        } catch (SQLException e) {
            LOG.debug("The server could not be asked to give up; it will when its client is gone", e);
        } finally {
            AwaitedSocketFactory.claim(given.ticket());
            given.socket().cut();
        }
    }

    private Properties properties(String ticket) throws SQLException {
        Properties properties = database.properties();
        properties.setProperty("replication", "database");
        // below 9.4 the driver would leave "replication" out
        properties.setProperty("assumeMinServerVersion", "10");
        properties.setProperty("preferQueryMode", "simple");
        properties.setProperty("socketFactory", AwaitedSocketFactory.class.getName());
        properties.setProperty("socketFactoryArg", ticket);
        properties.putIfAbsent(SOCKET_TIMEOUT, Long.toString(Math.max(1, doubt.toSeconds())));
        return properties;
    }

    private ReplicationStream start(
            Connection connection, AwaitedSocket socket, SlotRequest slot, @Nullable Progress progress)
            throws SQLException {
        StreamStart start;
        try (Statement statement = connection.createStatement()) {
            checkClient(statement);
            History server = ServerHistory.read(statement, progress);
            Charset encoding = ReplicationStream.encoding(connection.unwrap(PGConnection.class));
            start = new StreamStart(slot, server, awaitPosition(statement, slot, server), encoding);
            if (!slot.create() && slot.failover()) {
                LOG.info("Making replication slot {} a failover slot", slot.name());
                statement.execute("ALTER_REPLICATION_SLOT " + SqlIdentifiers.quote(slot.name()) + " (FAILOVER true)");
            }
        }
        Lsn from = !slot.create() && progress != null && progress.holds(start) ? progress.resume() : Lsn.ZERO;
        PgConnection driver = connection.unwrap(PgConnection.class);
        int version = connection.getMetaData().getDatabaseMajorVersion();
        PGReplicationStream stream = stream(driver, slot, from, version).start();
        socket.startStreaming();
        Coalescing.Room room = database.unixSocket() == null ? Coalescing.Room.OF_TCP : Coalescing.Room.OF_UNIX_SOCKET;
        Coalescing coalescing = new Coalescing(System::nanoTime, config.coalesce(), room);
        return new ReplicationStream(
                driver, stream, socket, start, coalescing, new ServerSilence(System::nanoTime, doubt));
    }

    /**
     * Has the server look whether we are still there while it waits for running transactions: a process that is killed then
     * would leave the connection and its unfinished slot behind. Not every platform can, and it is no reason to fail.
     */
    static void checkClient(Statement statement) {
        try {
            statement.execute("SET client_connection_check_interval = '2s'");
            // it counts from the next SQL statement on, which a replication command is not
            statement.execute("SELECT 1");
        } catch (SQLException e) {
            LOG.debug("The server does not look whether its client is there", e);
        }
    }

    /**
     * A slot is made when every open transaction has ended, which may take hours. Meanwhile only TCP's keep-alive shows that the
     * server is gone.
     */
    private Lsn awaitPosition(Statement statement, SlotRequest slot, History server) throws SQLException {
        if (config.server().driver().containsKey(SOCKET_TIMEOUT)) {
            return position(statement, slot, server);
        }
        Connection connection = statement.getConnection();
        int timeout = connection.getNetworkTimeout();
        connection.setNetworkTimeout(Runnable::run, 0);
        Lsn position = position(statement, slot, server);
        connection.setNetworkTimeout(Runnable::run, timeout);
        return position;
    }

    /** Where the slot stands, once it is made where it has to be. */
    private Lsn position(Statement statement, SlotRequest slot, History server) throws SQLException {
        if (slot.copyOf() != null) {
            try (ResultSet copied = statement.executeQuery(copySql(slot.copyOf(), slot.name()))) {
                copied.next();
                return Lsn.parse(copied.getString("lsn"));
            }
        }
        if (!slot.create()) {
            return slot.confirmed();
        }
        HostSpec host = statement
                .getConnection()
                .unwrap(PgConnection.class)
                .getQueryExecutor()
                .getHostSpec();
        SlotCreation creation =
                new SlotCreation(statement, slot, config.protocol().twoPhase());
        return snapshots.create(slot, server, database.at(host.getHost(), host.getPort()), creation);
    }

    private ChainedLogicalStreamBuilder stream(PGConnection driver, SlotRequest slot, Lsn from, int version) {
        ChainedLogicalStreamBuilder stream = driver.getReplicationAPI()
                .replicationStream()
                .logical()
                .withSlotName(SqlIdentifiers.quote(slot.name()))
                .withStartPosition(LogSequenceNumber.valueOf(from.value()))
                .withSlotOption("proto_version", config.protocol().version(version))
                .withSlotOption("publication_names", publicationNames())
                .withSlotOption("messages", config.messages())
                .withStatusInterval(ReplicationStream.STATUS_INTERVAL_MILLIS, TimeUnit.MILLISECONDS)
                .withAutomaticFlush(false);
        if (binary) {
            stream.withSlotOption("binary", "true");
        }
        // an older server refuses an option that it does not know, whatever its value
        if (config.origin() == Origin.NONE) {
            stream.withSlotOption("origin", "none");
        }
        Streaming streaming = config.protocol().streaming();
        if (streaming != Streaming.OFF) {
            stream.withSlotOption("streaming", streaming == Streaming.ON ? "on" : "parallel");
        }
        return config.protocol().twoPhase() ? stream.withSlotOption("two_phase", "on") : stream;
    }

    private static String copySql(String from, String to) {
        return "SELECT c.lsn FROM pg_catalog.pg_copy_logical_replication_slot(" + SqlLiterals.quote(from) + ", "
                + SqlLiterals.quote(to) + ", true) c";
    }

    /** A list of quoted identifiers inside a literal, whose quotes the driver does not double. */
    private String publicationNames() {
        return config.publication().names().stream()
                .map(SqlIdentifiers::quote)
                .collect(Collectors.joining(","))
                .replace("'", "''");
    }
}
