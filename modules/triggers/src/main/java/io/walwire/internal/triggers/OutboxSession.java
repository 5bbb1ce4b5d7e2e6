package io.walwire.internal.triggers;

import io.walwire.event.Lsn;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.log.Logs;
import io.walwire.internal.socket.InputLimit;
import io.walwire.internal.text.SqlIdentifiers;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;

/** The connection that a consumer reads its outbox through, writes its cursor through, and is woken through. */
final class OutboxSession implements AutoCloseable {
    private static final Logger LOG = Logs.of(OutboxSession.class);

    /** What may come in one of the driver's calls while this listens. The driver keeps it all until the call returns. */
    private static final long MAX_NOTIFIED_BYTES = 1 << 20;

    private final Connection connection;
    private final PGConnection driver;
    private final OutboxNames names;
    private final Cursors cursors;
    private final InputLimit limit;
    private boolean listening;

    /** Whether writers need not wake anybody, because this looks often. */
    private boolean awake;

    /** Whether each writer that begins now wakes this. */
    private boolean woken;

    /** Transactions below it may wake nobody. */
    private Lsn silent = Lsn.ZERO;

    /**
     * A server, and how far it is.
     *
     * @param systemId its system identifier
     * @param timeline its timeline
     * @param next the next transaction's id
     * @param run changes whenever the server starts
     * @param database the OID of the database, which keeps it when it is renamed
     */
    public record ServerFacts(String systemId, int timeline, Lsn next, String run, long database) {}

    private OutboxSession(Connection connection, OutboxNames names, InputLimit limit, Cursors cursors)
            throws SQLException {
        this.connection = connection;
        this.driver = connection.unwrap(PGConnection.class);
        this.names = names;
        this.cursors = cursors;
        this.limit = limit;
    }

    /**
     * Connects.
     *
     * @param database where
     * @param names the objects
     * @param pooler refuses one that shares its sessions
     * @param look at the objects, before the first write and after each change of them
     * @throws SQLException if no connection can be opened, or the server is a standby
     */
    static OutboxSession open(Database database, OutboxNames names, Pooler pooler, WriteGuard.Look look)
            throws SQLException {
        InputLimit limit = new InputLimit(MAX_NOTIFIED_BYTES);
        Connection connection = database.open(limit);
        try {
            try (Statement statement = connection.createStatement()) {
                requirePrimary(statement);
            }
            WriteGuard guard = new WriteGuard(connection, names, look);
            return new OutboxSession(connection, names, limit, new Cursors(connection, names, pooler, guard));
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    private static void requirePrimary(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery("SELECT pg_catalog.pg_is_in_recovery()")) {
            if (row.next() && row.getBoolean(1)) {
                throw new SQLException(
                        "The server is a standby; the trigger source reads from the primary, where its cursors are",
                        "57P03");
            }
        }
    }

    /** The connection, for what is done before the reading begins. */
    public Connection connection() {
        return connection;
    }

    /**
     * From now on writers wake this connection, and only short answers may be asked for.
     *
     * @return whether to look again; false if they did already
     */
    public boolean listen() throws SQLException {
        if (listening && woken) {
            return false;
        }
        boolean begins = !listening;
        String release = awake ? "pg_catalog.pg_advisory_unlock(" + names.awake() + ")" : "true";
        if (begins) {
            limit.begin();
        }
        try (Statement statement = connection.createStatement()) {
            if (begins) {
                statement.execute("LISTEN " + SqlIdentifiers.quote(names.channel()));
                listening = true;
            }
            try (ResultSet row = statement.executeQuery(
                    "SELECT " + release + ", pg_catalog.pg_try_advisory_lock_shared(" + names.awake() + ")")) {
                row.next();
                awake = false;
                woken = row.getBoolean(2);
            }
            if (woken) {
                silent = next(statement);
            }
        }
        return begins || woken;
    }

    /**
     * An id above that of each transaction that found the lock taken, which had its own by then. A snapshot's xmax may be below: it
     * stands one behind the last transaction that has ended. It costs the server an id each time that this begins to be woken.
     */
    private static Lsn next(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery("SELECT pg_catalog.pg_current_xact_id()::text")) {
            row.next();
            return Cursors.lsn(row.getString(1));
        }
    }

    /**
     * Whether a transaction may end now that wakes nobody.
     *
     * @param end all transactions below have ended
     */
    boolean mayMiss(Lsn end) {
        return listening && (!woken || end.isBefore(silent));
    }

    /** Nothing wakes this connection any more. */
    void stopListening() throws SQLException {
        if (listening) {
            try (Statement statement = connection.createStatement()) {
                statement.execute("UNLISTEN *");
            }
            takeNotifications();
            limit.end();
            listening = false;
        }
    }

    /** This looks often, so that writers need not wake it. Another reader that waits keeps them waking both. */
    void stayAwake() throws SQLException {
        if (awake) {
            return;
        }
        String release = woken ? "pg_catalog.pg_advisory_unlock_shared(" + names.awake() + ")" : "true";
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT " + release + ", pg_catalog.pg_try_advisory_lock(" + names.awake() + ")")) {
            row.next();
            woken = false;
            awake = row.getBoolean(2);
        }
    }

    /** Which server this is. */
    public ServerFacts server() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT s.system_identifier::text,"
                        + " pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 8),"
                        + " pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text, " + Cursors.RUN
                        + ", d.oid::pg_catalog.int8 FROM pg_catalog.pg_control_system() s, pg_catalog.pg_database d"
                        + " WHERE d.datname = pg_catalog.current_database()")) {
            row.next();
            return new ServerFacts(
                    row.getString(1),
                    Integer.parseInt(row.getString(2), 16),
                    Cursors.lsn(row.getString(3)),
                    row.getString(4),
                    row.getLong(5));
        }
    }

    /** Takes a durable cursor for this connection alone; false if somebody else has it. */
    public boolean tryLock(String cursor) throws SQLException {
        return cursors.tryLock(cursor);
    }

    /** The holder of a durable cursor, for messages; null if the cursor is free by now. */
    public @Nullable String holder(String cursor) throws SQLException {
        return cursors.holder(cursor);
    }

    /**
     * Finds the consumer's place, or makes it a new one.
     *
     * @param known the last position that this process has written for it; null if none
     */
    public Claim claim(Consumer consumer, @Nullable Lsn known) throws SQLException {
        return cursors.claim(consumer, known);
    }

    /**
     * Notes that the consumer's handlers have to get a gap event.
     *
     * @param from where it begins; null if nobody knows
     */
    public void noteGap(Consumer consumer, @Nullable Lsn from) throws SQLException {
        cursors.note(consumer.name(), from);
    }

    /** Takes that note away. */
    public void gapDelivered(Consumer consumer) throws SQLException {
        cursors.delivered(consumer.name());
    }

    /** A position that every change lies below which is committed by now. */
    public Lsn current() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT o.xid::text FROM " + names.outbox() + " o ORDER BY o.xid DESC LIMIT 1")) {
            return row.next() ? new Lsn(Cursors.lsn(row.getString(1)).value() + 1) : Lsn.ZERO;
        }
    }

    OutboxRows rows(long mostBytes) {
        return new OutboxRows(connection, names, mostBytes);
    }

    Cursors cursors() {
        return cursors;
    }

    /** Whether a notification came, which may take so long. */
    boolean awaitNotification(int millis) throws SQLException {
        boolean any = driver.getNotifications(millis).length > 0;
        return takeNotifications() || any;
    }

    /** Takes what the driver has gathered; whether there was anything. */
    boolean takeNotifications() throws SQLException {
        boolean any = driver.getNotifications().length > 0;
        if (listening) {
            limit.begin();
        }
        return any;
    }

    /** Whether the connection was cut because more notifications came at once than it takes. */
    boolean isFlooded() {
        return limit.isExceeded();
    }

    /** Cuts the connection. Called by any thread. */
    void abort() {
        try {
            connection.abort(Runnable::run);
        } catch (SQLException e) {
            LOG.debug("The connection could not be cut", e);
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            LOG.debug("The connection could not be closed", e);
        }
    }

    /** How long a cursor waits that ends with its instance. */
    public static Duration lease() {
        return Duration.ofMinutes(1);
    }
}
