package io.walwire.internal.backfill;

import io.walwire.event.Lsn;
import io.walwire.internal.backfill.ChunkResult.Chunk;
import io.walwire.internal.backfill.ChunkResult.Locked;
import io.walwire.internal.backfill.ChunkResult.PlanBroken;
import io.walwire.internal.backfill.ChunkResult.TooLarge;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.LockHolders;
import io.walwire.internal.connection.server.RunningTransactions;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.connection.server.Snapshot;
import io.walwire.internal.log.Logs;
import io.walwire.internal.transaction.TransactionAssembler;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * A connection that reads one chunk after another, each in a transaction of its own. One thread reads; any thread may
 * {@link #close}.
 */
public final class ChunkReader implements RowReader {
    private static final Logger LOG = Logs.of(ChunkReader.class);

    private static final String LOCK_NOT_AVAILABLE = "55P03";

    /** The table or its schema was dropped or renamed. */
    private static final Set<String> MISSING = Set.of("42P01", "3F000");

    /**
     * The lock comes before the snapshot: a rewrite of the table, or a TRUNCATE, that was committed in between would leave
     * nothing to be seen.
     */
    private static final String BEGIN = """
            BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
            SET LOCAL row_security = off;
            SET LOCAL statement_timeout = 0;
            SET LOCAL lock_timeout = {patience};
            LOCK TABLE {table} IN ACCESS SHARE MODE""";

    /** The commit flushes the log, without waiting for a standby that may not be there. */
    private static final String BEGIN_FLUSHED = """
            BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
            SET LOCAL synchronous_commit = local;
            SELECT pg_catalog.pg_logical_emit_message(true, '%s', '')""".formatted(TransactionAssembler.NUDGE_PREFIX);

    private static final String NUDGE = BEGIN_FLUSHED + "; COMMIT";

    private static final String END_A_TRANSACTION = """
            BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
            SELECT pg_catalog.pg_current_xact_id();
            ROLLBACK""";

    private static final String UNUSED_ID = "SELECT pg_catalog.pg_current_xact_id()::pg_catalog.text::pg_catalog.int8";

    /** On a standby commits have the times of the primary's clock, and may be replayed late. */
    private static final String TIME = """
            SELECT coalesce(CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_xact_replay_timestamp() END,
                            pg_catalog.clock_timestamp())""";

    private static final String BLOCKS = "SELECT pg_catalog.pg_relation_size(?::pg_catalog.oid)"
            + " / pg_catalog.current_setting('block_size')::pg_catalog.int8, ";

    private static final String PLACES = "pg_catalog.min(ctid), pg_catalog.max(ctid) FROM %s WHERE %s";

    private final RowConnection connection;
    private final Sender sender;
    private final long maxBytes;
    private final Duration lockPatience;

    /** What the statements and the look before are of. */
    private @Nullable Connection known;

    private @Nullable PreparedStatement sight;
    private @Nullable PreparedStatement facts;

    /** An earlier look at the server, on the same connection. */
    private @Nullable Sight before;

    /**
     * A reader that is not connected yet.
     *
     * @param database where to connect to, as of now
     * @param sender what sends the changes
     * @param maxBytes how much memory the rows of a chunk may take; a larger row is a chunk alone
     * @param lockPatience how long a lock on the table is waited for; other sessions queue up behind the wait
     * @param patience how long no row may come before the server is asked for the reason
     */
    public ChunkReader(
            Supplier<Database> database, Sender sender, long maxBytes, Duration lockPatience, Duration patience) {
        this.connection = new RowConnection(database, patience);
        this.sender = sender;
        this.maxBytes = maxBytes;
        this.lockPatience = lockPatience;
    }

    @Override
    public ChunkResult read(LeafPlan leaf, ReadRange range, Lsn delivered, Seen seen) throws SQLException {
        Connection open = open();
        boolean whole = false;
        try {
            Sight earlier = requireShown(open, delivered);
            ChunkResult result = read(open, earlier, leaf, range, seen);
            whole = true;
            return result;
        } catch (SQLException e) {
            String state = String.valueOf(e.getSQLState());
            Connection now =
                    state.equals(LOCK_NOT_AVAILABLE) ? open() : open; // another one, after a range that was too large
            if (state.equals(LOCK_NOT_AVAILABLE) && rolledBack(now)) {
                whole = true;
                SQLException named = LockHolders.named(e, now, List.of(leaf.name()), LockHolders.Harmless.OF_WRITERS);
                return new Locked(ServerErrors.said(named));
            }
            throw e;
        } finally {
            if (!whole) {
                // the rest of the rows is not waited for, and a request to cancel could meet a later statement
                connection.disconnect();
            }
        }
    }

    @Override
    public Snapshot snapshot() throws SQLException {
        try {
            Connection open = open();
            Sight earlier = before(open, new Lsn(-1));
            return look(open).snapshot(earlier);
        } catch (SQLException e) {
            connection.disconnect();
            throw e;
        }
    }

    @Override
    public String runningTransactions() throws SQLException {
        return RunningTransactions.named(open());
    }

    @Override
    public Instant time() throws SQLException {
        try (Statement statement = open().createStatement();
                ResultSet row = statement.executeQuery(TIME)) {
            row.next();
            return row.getObject(1, OffsetDateTime.class).toInstant();
        } catch (SQLException e) {
            connection.disconnect();
            throw e;
        }
    }

    /**
     * PostgreSQL's own lists none above the newest one that has ended, so a new one ends first. A standby lists none, and delivers
     * none above the newest one that has ended there.
     */
    @Override
    public Snapshot snapshotOfAllRunning() throws SQLException {
        Connection open = open();
        boolean done = false;
        try (Statement statement = open.createStatement()) {
            if (!look(open).standby()) {
                statement.execute(END_A_TRANSACTION);
            }
            Snapshot all = Snapshot.parse(look(open).printed());
            done = true;
            return all;
        } finally {
            if (!done) {
                connection.disconnect();
            }
        }
    }

    /**
     * On a quiet server the records of a transaction that is still open wait in memory for a commit, and a horizon may lie behind them.
     * Writes a logical message that says nothing, but not on a standby. Where changes do not come from the log, rows have their place at its
     * id, which no change has.
     */
    @Override
    public @Nullable Lsn nudge() throws SQLException {
        Connection open = open();
        boolean done = false;
        try (Statement statement = open.createStatement()) {
            Sight now = look(open);
            if (!now.standby()) {
                statement.execute(NUDGE);
            }
            done = true;
            return now.isStill() ? now.position() : null;
        } finally {
            if (!done) {
                connection.disconnect();
            }
        }
    }

    /** A standby that was started again may have to replay once more what it has sent before, and so may another standby. */
    private Sight requireShown(Connection open, Lsn delivered) throws SQLException {
        Sight now = before(open, delivered);
        if (!now.shows(delivered)) {
            throw new SQLException(
                    "The standby has come to " + now.position() + ", and the stream to " + delivered,
                    ServerErrors.CANNOT_CONNECT_NOW);
        }
        return now;
    }

    /** The last look, or another one if that has not shown what was committed before a position. */
    private Sight before(Connection open, Lsn committed) throws SQLException {
        Sight last = before;
        if (last == null || !last.shows(committed)) {
            last = look(open);
            before = last;
        }
        return last;
    }

    private ChunkResult read(Connection open, Sight earlier, LeafPlan leaf, ReadRange range, Seen seen)
            throws SQLException {
        if (!begin(open, leaf.from(range))) {
            rolledBack(open);
            return new PlanBroken(PlanState.GONE);
        }
        Sight begin = look(open);
        Snapshot snapshot = begin.snapshot(earlier);
        seen.in(snapshot);
        PlanState state = leaf.facts().comparedWith(factsNow(open, leaf));
        if (state != PlanState.HOLDS) {
            rolledBack(open);
            return new PlanBroken(state);
        }
        CopiedRows rows = new CopiedRows(leaf.relation().columns().size());
        if (!connection.copy(leaf.name(), leaf.copy(range), rows, maxBytes)) {
            return tooLarge(leaf, range, rows.rows().size());
        }
        try (Statement commit = open.createStatement()) {
            commit.execute("COMMIT");
        }
        Lsn horizon = sender.isLogged() ? begin.horizon(begin.standby() ? look(open) : begin) : horizonOfIds(open);
        return new Chunk(leaf, range, snapshot, horizon, rows.rows(), rows.size(), rows.lastKey(leaf, range));
    }

    /**
     * Behind an id that no change has. The snapshot sees none above it, and rows can have their place there. After a crash the server gives
     * ids again of which its log has nothing. Of this one it has, and so it has every commit that the snapshot has seen.
     */
    private static Lsn horizonOfIds(Connection open) throws SQLException {
        try (Statement statement = open.createStatement()) {
            statement.execute(BEGIN_FLUSHED);
            long id;
            try (ResultSet row = statement.executeQuery(UNUSED_ID)) {
                row.next();
                id = row.getLong(1);
            }
            statement.execute("COMMIT");
            return new Lsn(id + 1);
        }
    }

    /** Returns false if there is no such table any more. Later on, it is a table of the caller's condition that is missing. */
    private boolean begin(Connection open, String table) throws SQLException {
        try (Statement statement = open.createStatement()) {
            statement.execute(begin(table, lockPatience));
            return true;
        } catch (SQLException e) {
            if (isMissing(e)) {
                return false;
            }
            throw e;
        }
    }

    /** Begins a transaction and locks tables, without a snapshot. */
    static String begin(String tables, Duration patience) {
        return BEGIN.replace("{patience}", Long.toString(patience.toMillis())).replace("{table}", tables);
    }

    static boolean isMissing(SQLException e) {
        return MISSING.contains(String.valueOf(e.getSQLState()));
    }

    private Sight look(Connection open) throws SQLException {
        PreparedStatement query = sight;
        if (query == null) {
            query = open.prepareStatement(Sight.QUERY);
            sight = query;
        }
        try (ResultSet row = query.executeQuery()) {
            row.next();
            return Sight.of(row);
        }
    }

    private @Nullable LeafFacts factsNow(Connection open, LeafPlan leaf) throws SQLException {
        PreparedStatement query = facts;
        if (query == null) {
            query = open.prepareStatement(
                    CatalogSql.leaves(sender, open.getMetaData().getDatabaseMajorVersion()));
            facts = query;
        }
        return CatalogSql.leaves(query, sender, leaf.oid()).stream().findFirst().orElse(null);
    }

    /** Asked on a new connection. */
    private ChunkResult tooLarge(LeafPlan leaf, ReadRange range, int rows) throws SQLException {
        connection.disconnect();
        Connection open = open();
        if (!begin(open, leaf.from(range))) {
            rolledBack(open);
            return new PlanBroken(PlanState.GONE);
        }
        String places = range instanceof BlockRange some && (some.isOpen() || some.blocks() == 1)
                ? PLACES.formatted(leaf.from(range), some.firstWholeBlock().condition(leaf))
                : "NULL, NULL";
        try (PreparedStatement query = open.prepareStatement(BLOCKS + places)) {
            query.setLong(1, leaf.oid());
            try (ResultSet row = query.executeQuery()) {
                row.next();
                return new TooLarge(row.getLong(1), place(row.getString(2)), place(row.getString(3)), rows);
            }
        } finally {
            rolledBack(open);
        }
    }

    private static int place(@Nullable String tid) {
        return tid == null ? 0 : BlockRange.placeIn(tid);
    }

    private boolean rolledBack(Connection open) {
        try (Statement statement = open.createStatement()) {
            statement.execute("ROLLBACK");
            return true;
        } catch (SQLException e) {
            LOG.debug("The connection of a reader was lost", e);
            return false;
        }
    }

    private Connection open() throws SQLException {
        Connection open = connection.open();
        if (open != known) {
            known = open;
            sight = null;
            facts = null;
            before = null;
        }
        return open;
    }

    @Override
    public void reconnect() {
        connection.reconnect();
    }

    @Override
    public void close() {
        connection.close();
    }
}
