package io.walwire.internal.triggers;

import io.walwire.event.Lsn;
import io.walwire.internal.log.Logs;
import io.walwire.internal.text.SqlLiterals;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The rows that say how far each consumer is, and the removal of what all of them have passed. A consumer whose time is over
 * by the server's clock has lost its place; the others wait a little longer than that before they remove what it had not read,
 * so that the two never disagree.
 */
final class Cursors {
    private static final Logger LOG = Logs.of(Cursors.class);

    /** How many rows one statement removes. */
    private static final int BATCH = 20_000;

    private static final String ALIVE = "c.seen + c.keep > pg_catalog.clock_timestamp()";

    /** As the function that relieves the outbox has it. */
    private static final String MAYBE_ALIVE =
            "c.seen + c.keep * 1.25 + interval '5 seconds' > pg_catalog.clock_timestamp()";

    private static final String NOW = "pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())";
    private static final String AHEAD = "pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())";

    private static final String RESTORED = "the database was restored from another server's dump";

    /** What the column {@code origin} says of positions that were written here: in another database their numbers mean nothing. */
    private static final String HERE = "(SELECT pg_catalog.concat_ws(' ', s.system_identifier, d.oid, %s)"
            + " FROM pg_catalog.pg_control_system() s, pg_catalog.pg_database d"
            + " WHERE d.datname = pg_catalog.current_database())";

    /** Changes whenever the server starts, after a crash of one of its processes too, which takes the statistics with it. */
    static final String RUN =
            "(SELECT pg_catalog.concat_ws(' ', extract(epoch FROM pg_catalog.pg_postmaster_start_time()),"
                    + " extract(epoch FROM b.stats_reset)) FROM pg_catalog.pg_stat_bgwriter b)";

    private final Connection connection;
    private final OutboxNames names;
    private final String here;
    private final Pooler pooler;
    private final WriteGuard guard;
    private final int backend;

    /** The table's columns; one that an older version made lacks some, until it is upgraded. */
    private @Nullable Set<String> columns;

    /** For a connection that keeps one session. */
    Cursors(Connection connection, OutboxNames names, Pooler pooler, WriteGuard guard) throws SQLException {
        this.pooler = pooler;
        this.guard = guard;
        this.backend = pooler.requireOwnSession(connection);
        this.connection = connection;
        this.names = names;
        this.here = HERE.formatted(SqlLiterals.quote(names.outbox()) + "::pg_catalog.regclass::pg_catalog.oid");
    }

    private boolean has(String column) throws SQLException {
        Set<String> known = columns;
        if (known == null) {
            known = new HashSet<>();
            try (PreparedStatement query = connection.prepareStatement("SELECT a.attname FROM pg_catalog.pg_attribute a"
                    + " WHERE a.attrelid = ?::pg_catalog.regclass AND NOT a.attisdropped")) {
                query.setString(1, names.cursor());
                try (ResultSet row = query.executeQuery()) {
                    while (row.next()) {
                        known.add(row.getString(1));
                    }
                }
            }
            columns = known;
        }
        return known.contains(column);
    }

    /** Takes the lock of a durable cursor, which lasts as long as the connection; false if somebody else has it. */
    boolean tryLock(String name) throws SQLException {
        try (PreparedStatement lock = connection.prepareStatement("SELECT pg_catalog.pg_try_advisory_lock(?)")) {
            lock.setLong(1, names.lock("cursor " + name));
            try (ResultSet row = lock.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    /** The holder of the lock of a durable cursor, for messages; null if the lock is free by now. */
    @Nullable
    String holder(String name) throws SQLException {
        return holder(connection, names, name);
    }

    /** As {@link #holder(String)}, for one who reads no cursor. */
    static @Nullable String holder(Connection connection, OutboxNames names, String name) throws SQLException {
        long key = names.lock("cursor " + name);
        try (PreparedStatement query = connection.prepareStatement("""
                SELECT l.pid, coalesce(a.application_name, ''), coalesce(pg_catalog.host(a.client_addr), 'local')
                FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
                WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
                  AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
                  AND l.classid::bigint = ? AND l.objid::bigint = ?""")) {
            query.setLong(1, key >>> 32);
            query.setLong(2, key & 0xFFFF_FFFFL);
            try (ResultSet row = query.executeQuery()) {
                return row.next()
                        ? "PID " + row.getInt(1) + " (application \"" + row.getString(2) + "\", client "
                                + row.getString(3) + ")"
                        : null;
            }
        }
    }

    /**
     * Finds the consumer's place, or makes it a new one.
     *
     * @param known the last position that this process has written for it; null if none
     */
    Claim claim(Consumer consumer, @Nullable Lsn known) throws SQLException {
        // a reader that stood by has looked at the tables long ago
        guard.require();
        String lost = restored();
        Place place = find(consumer.name());
        if (place == null) {
            String gone = known == null ? lost : "the cursor is gone: it expired, or somebody removed it";
            return new Claim(begin(consumer, gone, null), true, false, gone, null, null);
        }
        if (!place.possible()) {
            lost = RESTORED;
        } else if (!place.alive() && lost == null) {
            lost = "the cursor was last used at " + place.seen() + ", longer ago than changes wait for it";
        }
        if (lost == null) {
            Lsn position = renew(consumer);
            if (position != null) {
                return found(place, position, known);
            }
            lost = "the cursor expired";
        }
        return new Claim(begin(consumer, lost, place.lostFrom()), true, false, lost, place.lostFrom(), null);
    }

    private static Claim found(Place place, Lsn position, @Nullable Lsn known) {
        if (known != null && place.position().isBefore(known)) {
            // with the cursor all that is behind it went back, too, so that it holds
            String why =
                    "the database was restored from a backup, or a standby took its place that had not received all";
            return new Claim(position, false, true, why, place.lostFrom(), place.run());
        }
        String undelivered = place.undelivered();
        Lsn from = undelivered == null ? null : place.undeliveredFrom();
        return new Claim(position, false, false, undelivered, from, place.run());
    }

    /**
     * A consumer's row.
     *
     * @param alive whether changes still wait for it
     * @param possible whether the position is one of this server's
     * @param seen when its reader was last here, for people
     * @param undelivered why changes were lost of which handlers have got no gap event; null if none were
     * @param undeliveredFrom where that begins; null if nobody knows
     * @param run as {@link Claim#run}
     */
    private record Place(
            Lsn position,
            boolean alive,
            boolean possible,
            String seen,
            @Nullable String undelivered,
            @Nullable Lsn undeliveredFrom,
            @Nullable String run) {
        /** Where what is lost begins, if it is all that is behind the cursor. */
        @Nullable
        Lsn lostFrom() {
            return undelivered == null ? position : undeliveredFrom;
        }
    }

    private @Nullable Place find(String name) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("SELECT c.position::text, " + ALIVE
                + ", c.position <= " + AHEAD
                // one that an older version made has no origin yet
                + (has("origin") ? " AND coalesce(c.origin, " + here + ") = " + here : "")
                + ", c.seen::text, c.lost_why, c.lost_from::text, " + (has("run") ? "c.run" : "NULL") + " FROM "
                + names.cursor()
                + " c WHERE c.name = ?")) {
            query.setString(1, name);
            try (ResultSet row = query.executeQuery()) {
                if (!row.next()) {
                    return null;
                }
                String since = row.getString(6);
                return new Place(
                        lsn(row.getString(1)),
                        row.getBoolean(2),
                        row.getBoolean(3),
                        row.getString(4),
                        row.getString(5),
                        since == null ? null : lsn(since),
                        row.getString(7));
            }
        }
    }

    /**
     * Rows of transactions that are yet to come are those of another server, which this one's data come from. With them every
     * consumer loses something, and gets a gap event when it comes.
     */
    private @Nullable String restored() throws SQLException {
        String above = " FROM " + names.outbox() + " o WHERE o.xid >= " + AHEAD;
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT EXISTS (SELECT" + above + ")")) {
            if (!row.next() || !row.getBoolean(1)) {
                return null;
            }
        }
        try (PreparedStatement remove = connection.prepareStatement("WITH removed AS (DELETE" + above
                + " RETURNING 1), noted AS (UPDATE " + names.cursor() + " c SET lost_from = c.position, lost_why = ?"
                + " WHERE c.lost_why IS NULL) SELECT pg_catalog.count(*) FROM removed")) {
            remove.setString(1, RESTORED);
            try (ResultSet row = remove.executeQuery()) {
                row.next();
                LOG.warn(
                        "{} held {} changes of transactions that this server has yet to see: it was restored from another"
                                + " server's dump. They are removed.",
                        names.outbox(),
                        row.getLong(1));
            }
        }
        return RESTORED;
    }

    /**
     * Notes in the consumer's row that its handlers have to get a gap event: its next reader delivers it if this one cannot.
     *
     * @param from where it begins; null if nobody knows
     */
    void note(String name, @Nullable Lsn from) throws SQLException {
        guard.require();
        try (PreparedStatement update = connection.prepareStatement("UPDATE " + names.cursor()
                + " c SET lost_from = ?::pg_catalog.xid8, lost_why = ?"
                // until handlers have got it, what is kept elsewhere has not been set back with it
                + (has("run") ? ", run = NULL" : "") + " WHERE c.name = ? AND c.lost_why IS NULL")) {
            update.setString(1, text(from));
            update.setString(2, "changes were lost, and it is not certain that handlers know");
            update.setString(3, name);
            update.executeUpdate();
        }
    }

    /** Handlers have got the gap that was noted. */
    void delivered(String name) throws SQLException {
        guard.require();
        try (PreparedStatement update = connection.prepareStatement("UPDATE " + names.cursor()
                + " c SET lost_from = NULL, lost_why = NULL WHERE c.name = ? AND c.lost_why IS NOT NULL")) {
            update.setString(1, name);
            update.executeUpdate();
        }
    }

    private static @Nullable String text(@Nullable Lsn lsn) {
        return lsn == null ? null : Long.toUnsignedString(lsn.value());
    }

    private @Nullable Lsn renew(Consumer consumer) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement("UPDATE " + names.cursor()
                + " c SET seen = pg_catalog.clock_timestamp(), keep = ? * interval '1 millisecond', durable = ?, holder = ?"
                + (has("origin") ? ", origin = " + here : "") + " WHERE c.name = ? AND " + ALIVE
                + " RETURNING c.position::text")) {
            update.setLong(1, consumer.keep().toMillis());
            update.setBoolean(2, consumer.durable());
            update.setString(3, consumer.holder());
            update.setString(4, consumer.name());
            return position(update);
        }
    }

    /**
     * A place of which nothing was removed: a session that removes rows sees the cursor, or has a position that is not above one that
     * is asked for when the cursor is there to be seen. What is lost with the place before stands there from the first moment.
     */
    private Lsn begin(Consumer consumer, @Nullable String lost, @Nullable Lsn from) throws SQLException {
        boolean hasOrigin = has("origin");
        boolean hasRun = has("run");
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO " + names.cursor()
                + " (name, durable, position, keep, seen, holder, lost_why, lost_from" + (hasOrigin ? ", origin" : "")
                + (hasRun ? ", run" : "") + ") VALUES (?, ?, " + NOW
                + ", ? * interval '1 millisecond', pg_catalog.clock_timestamp(), ?, ?, ?::pg_catalog.xid8"
                + (hasOrigin ? ", " + here : "") + (hasRun ? ", " + (lost == null ? RUN : "NULL") : "") + ")"
                + " ON CONFLICT (name) DO UPDATE SET"
                + " durable = excluded.durable, position = excluded.position, keep = excluded.keep,"
                + " seen = excluded.seen, holder = excluded.holder, lost_why = excluded.lost_why,"
                + " lost_from = excluded.lost_from" + (hasOrigin ? ", origin = excluded.origin" : "")
                + (hasRun ? ", run = excluded.run" : ""))) {
            insert.setString(1, consumer.name());
            insert.setBoolean(2, consumer.durable());
            insert.setLong(3, consumer.keep().toMillis());
            insert.setString(4, consumer.holder());
            insert.setString(5, lost);
            insert.setString(6, text(from));
            insert.executeUpdate();
        }
        try (PreparedStatement update = connection.prepareStatement(
                "UPDATE " + names.cursor() + " SET position = " + NOW + " WHERE name = ? RETURNING position::text")) {
            update.setString(1, consumer.name());
            Lsn position = position(update);
            if (position == null) {
                throw new SQLException("The new cursor " + consumer.name() + " is gone", "57P03");
            }
            return position;
        }
    }

    private static @Nullable Lsn position(PreparedStatement returning) throws SQLException {
        try (ResultSet row = returning.executeQuery()) {
            return row.next() ? lsn(row.getString(1)) : null;
        }
    }

    /**
     * Writes how far a consumer is, and that it is there.
     *
     * @param isOfThisRun whether nothing that is kept elsewhere is of an earlier run of the server any more
     * @throws SQLException of a kind that heals if its time was over
     */
    void advance(String name, Lsn position, boolean isOfThisRun) throws SQLException {
        guard.require();
        try (PreparedStatement update = connection.prepareStatement(
                "UPDATE " + names.cursor() + " c SET position = ?::pg_catalog.xid8, seen = pg_catalog.clock_timestamp()"
                        + (isOfThisRun && has("run") ? ", run = " + RUN : "")
                        + " WHERE c.name = ? AND " + ALIVE + " RETURNING pg_catalog.pg_backend_pid()")) {
            update.setString(1, Long.toUnsignedString(position.value()));
            update.setString(2, name);
            try (ResultSet row = update.executeQuery()) {
                if (!row.next()) {
                    throw new SQLException(
                            "The cursor " + name + " expired while nobody renewed it, or somebody removed it", "57P03");
                }
                pooler.requireSame(backend, row.getInt(1));
            }
        }
    }

    /** Gives a place up that nobody will come back to. */
    void drop(String name) throws SQLException {
        guard.require();
        try (PreparedStatement delete =
                connection.prepareStatement("DELETE FROM " + names.cursor() + " WHERE name = ?")) {
            delete.setString(1, name);
            delete.executeUpdate();
        }
    }

    /** Removes the temporary cursors whose time is over, and rows that every consumer has passed. True if there are more. */
    boolean removePassed() throws SQLException {
        guard.require();
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate("DELETE FROM " + names.cursor() + " WHERE name = ANY (ARRAY(SELECT c.name FROM "
                    + names.cursor() + " c WHERE NOT c.durable AND NOT (" + MAYBE_ALIVE
                    + ") FOR UPDATE SKIP LOCKED))");
            int removed = statement.executeUpdate("DELETE FROM " + names.outbox() + " WHERE ctid = ANY (ARRAY(SELECT"
                    + " o.ctid FROM " + names.outbox() + " o WHERE o.xid < (SELECT c.position FROM " + names.cursor()
                    + " c WHERE " + MAYBE_ALIVE + " ORDER BY c.position LIMIT 1) ORDER BY o.xid, o.seq LIMIT " + BATCH
                    + " FOR UPDATE SKIP LOCKED))");
            return removed == BATCH;
        }
    }

    static Lsn lsn(String xid8) {
        return new Lsn(Long.parseUnsignedLong(xid8));
    }

    /** How often a cursor has to be renewed. */
    static long renewalNanos(Consumer consumer) {
        return Math.min(
                TimeUnit.SECONDS.toNanos(10),
                TimeUnit.MILLISECONDS.toNanos(consumer.keep().toMillis()) / 4);
    }
}
