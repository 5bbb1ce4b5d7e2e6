package io.walwire.internal.replication;

import io.walwire.event.Lsn;
import io.walwire.internal.connection.Database;
import io.walwire.internal.text.SqlIdentifiers;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.postgresql.PGConnection;
import org.postgresql.replication.LogSequenceNumber;
import org.postgresql.replication.PGReplicationStream;

/** Opens replication connections and starts streams on them. */
public final class ReplicationOpener {
    /** Settings that make the text of values canonical, whatever the database's or the role's own are. */
    private static final String CANONICAL_TEXT =
            "-c IntervalStyle=postgres -c bytea_output=hex -c extra_float_digits=3 -c lc_monetary=C";

    private final Database database;
    private final List<String> publications;

    /**
     * An opener for one database.
     *
     * @param database where
     * @param publications what to stream, raw names
     */
    public ReplicationOpener(Database database, List<String> publications) {
        this.database = database;
        this.publications = publications;
    }

    /**
     * Opens a connection, creates the slot on it where asked, and starts streaming.
     *
     * @param slot the slot
     * @param from everything committed from here on; {@link Lsn#ZERO} for what the slot last confirmed. Never above what was
     *     handled: the server would skip what lies between.
     * @return the stream
     * @throws SQLException with the server's SQLSTATE if any step fails; nothing is left open then
     */
    public ReplicationStream open(SlotRequest slot, Lsn from) throws SQLException {
        String ticket = AwaitedSocketFactory.newTicket();
        Connection connection;
        AwaitedSocket socket;
        try {
            connection = database.connect(properties(ticket));
        } finally {
            socket = AwaitedSocketFactory.claim(ticket);
        }
        if (socket == null) {
            connection.close();
            throw new SQLException("pgJDBC did not use the socket that it was given", "08001");
        }
        try {
            return start(connection, socket, slot, from);
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    private Properties properties(String ticket) {
        Properties properties = database.properties();
        properties.setProperty("replication", "database");
        // below 9.4 the driver would leave "replication" out
        properties.setProperty("assumeMinServerVersion", "10");
        properties.setProperty("preferQueryMode", "simple");
        properties.setProperty("socketFactory", AwaitedSocketFactory.class.getName());
        properties.setProperty("socketFactoryArg", ticket);
        properties.merge("options", CANONICAL_TEXT, (given, canonical) -> given + " " + canonical);
        return properties;
    }

    private ReplicationStream start(Connection connection, AwaitedSocket socket, SlotRequest slot, Lsn from)
            throws SQLException {
        String systemId;
        int timeline;
        Lsn position = from;
        try (Statement statement = connection.createStatement()) {
            // the driver itself sends its JVM's time zone
            statement.execute("SET TimeZone = 'UTC'");
            try (ResultSet system = statement.executeQuery("IDENTIFY_SYSTEM")) {
                system.next();
                systemId = system.getString("systemid");
                timeline = system.getInt("timeline");
            }
            if (slot.create()) {
                try (ResultSet created = statement.executeQuery(createSql(connection, slot))) {
                    created.next();
                    position = Lsn.parse(created.getString("consistent_point"));
                }
            } else if (slot.confirmed().compareTo(position) > 0) {
                position = slot.confirmed();
            }
        }
        PGConnection driver = connection.unwrap(PGConnection.class);
        PGReplicationStream stream = driver.getReplicationAPI()
                .replicationStream()
                .logical()
                .withSlotName(SqlIdentifiers.quote(slot.name()))
                .withStartPosition(LogSequenceNumber.valueOf(slot.create() ? 0 : from.value()))
                .withSlotOption("proto_version", "1")
                .withSlotOption("publication_names", publicationNames())
                .withStatusInterval(ReplicationStream.STATUS_INTERVAL_MILLIS, TimeUnit.MILLISECONDS)
                .withAutomaticFlush(false)
                .start();
        socket.startStreaming();
        return new ReplicationStream(
                driver, connection, stream, socket, new StreamStart(slot.name(), systemId, timeline, position, slot.create()));
    }

    /** The driver would quote no name and export a snapshot, which holds the catalog's horizon back. */
    private static String createSql(Connection connection, SlotRequest slot) throws SQLException {
        boolean parenthesized = connection.getMetaData().getDatabaseMajorVersion() >= 15;
        return "CREATE_REPLICATION_SLOT " + SqlIdentifiers.quote(slot.name())
                + (slot.temporary() ? " TEMPORARY" : "")
                + " LOGICAL pgoutput "
                + (parenthesized ? "(SNAPSHOT 'nothing')" : "NOEXPORT_SNAPSHOT");
    }

    /** A list of quoted identifiers inside a literal, whose quotes the driver does not double. */
    private String publicationNames() {
        return publications.stream()
                .map(SqlIdentifiers::quote)
                .collect(Collectors.joining(","))
                .replace("'", "''");
    }
}
