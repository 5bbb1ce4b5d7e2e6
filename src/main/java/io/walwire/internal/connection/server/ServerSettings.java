package io.walwire.internal.connection.server;

import io.walwire.error.Advice;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.config.WalwireConfig.Protocol;
import io.walwire.internal.config.WalwireConfig.Streaming;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** What a server must be set to before it can stream. */
public final class ServerSettings {
    private static final int OLDEST_VERSION = 14;

    /** Whose pgoutput is the first to know the option {@code origin}. */
    private static final int ORIGIN_VERSION = 16;

    /** Whose slots are the first that a standby can have too. */
    private static final int TWO_PHASE_FAILOVER_VERSION = 18;

    private static final int FAILOVER_VERSION = 17;

    private static final int TWO_PHASE_PROTOCOL = 3;
    private static final int PARALLEL_PROTOCOL = 4;

    private ServerSettings() {}

    /**
     * Makes sure that the server does logical decoding.
     *
     * @param connection a plain connection
     * @param database where, for messages
     * @throws SQLException if the settings cannot be read
     */
    public static void requireLogical(Connection connection, Database database) throws SQLException {
        int version = connection.getMetaData().getDatabaseMajorVersion();
        if (version < OLDEST_VERSION) {
            throw new WalwireException(
                    ErrorCode.SERVER,
                    "The server of " + database.display() + " is PostgreSQL " + version
                            + "; Walwire needs 14 or later.");
        }
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SHOW wal_level")) {
            row.next();
            String level = row.getString(1);
            if (!level.equals("logical")) {
                throw new WalwireException(
                        ErrorCode.SERVER,
                        "The server of " + database.display() + " has wal_level = " + level
                                + "; logical replication needs logical.",
                        new Advice(
                                "Run this, and restart PostgreSQL (on RDS: rds.logical_replication = 1):",
                                "ALTER SYSTEM SET wal_level = 'logical';"));
            }
        }
    }

    /**
     * Makes sure that the server knows pgoutput's option {@code origin}, before a slot is made for a stream that it would
     * refuse.
     *
     * @param connection a plain connection
     * @param database where, for messages
     * @throws SQLException if the version cannot be read
     */
    public static void requireOriginOption(Connection connection, Database database) throws SQLException {
        int version = connection.getMetaData().getDatabaseMajorVersion();
        if (version < ORIGIN_VERSION) {
            throw new WalwireException(
                    ErrorCode.SERVER,
                    "The server of " + database.display() + " is PostgreSQL " + version
                            + "; walwire.origin=none needs 16 or later.",
                    "Set walwire.origin=any and leave out in a handler" + " what has an Event.origin().");
        }
    }

    /**
     * Makes sure that the server can bring slots to its standbys.
     *
     * @param connection a plain connection
     * @param database where, for messages
     * @param twoPhase whether the slot decodes prepared transactions
     * @throws SQLException if the version cannot be read
     */
    public static void requireFailoverSlots(Connection connection, Database database, boolean twoPhase)
            throws SQLException {
        int version = connection.getMetaData().getDatabaseMajorVersion();
        if (version < FAILOVER_VERSION) {
            throw new WalwireException(
                    ErrorCode.SERVER,
                    "The server of " + database.display() + " is PostgreSQL " + version
                            + "; walwire.slot.failover=true needs 17 or later.",
                    "Leave it out; after a failover the slot has to be recreated, see walwire.slot.lost.");
        }
        if (twoPhase && version < TWO_PHASE_FAILOVER_VERSION) {
            throw new WalwireException(
                    ErrorCode.SERVER,
                    "The server of " + database.display() + " is PostgreSQL " + version
                            + "; walwire.slot.failover=true together with walwire.two-phase=true needs 18 or later.",
                    "Set walwire.two-phase=false, so that a prepared transaction comes when it commits.");
        }
    }

    /**
     * Makes sure that the server speaks what is asked for, before a slot is made for a stream that it would refuse.
     *
     * @param connection a plain connection
     * @param database where, for messages
     * @param protocol what is asked for
     * @throws SQLException if the version cannot be read
     */
    public static void requireProtocol(Connection connection, Database database, Protocol protocol)
            throws SQLException {
        int version = connection.getMetaData().getDatabaseMajorVersion();
        int newest = Protocol.newest(version);
        if (protocol.version(version) > newest) {
            throw unspoken(
                    database,
                    version,
                    "walwire.protocol=" + protocol.version(version),
                    protocol.version(version),
                    "Set walwire.protocol=" + newest + " or leave it out");
        }
        if (protocol.streaming() == Streaming.PARALLEL && newest < PARALLEL_PROTOCOL) {
            throw unspoken(
                    database, version, "walwire.streaming=parallel", PARALLEL_PROTOCOL, "Set walwire.streaming=on");
        }
        if (protocol.twoPhase() && newest < TWO_PHASE_PROTOCOL) {
            throw unspoken(
                    database,
                    version,
                    "walwire.two-phase=true",
                    TWO_PHASE_PROTOCOL,
                    "Set walwire.two-phase=false, so that a prepared transaction comes when it commits");
        }
    }

    private static WalwireException unspoken(
            Database database, int version, String setting, int protocol, String instead) {
        return new WalwireException(
                ErrorCode.SERVER,
                "The server of " + database.display() + " is PostgreSQL " + version + "; " + setting + " needs "
                        + (12 + protocol) + " or later.",
                instead + ".");
    }
}
