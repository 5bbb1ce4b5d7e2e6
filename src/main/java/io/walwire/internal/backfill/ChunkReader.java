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
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;
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

    /** Its commit flushes the log, without waiting for a standby that may not be there. */
    private static final String NUDGE = """
            BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
            SET LOCAL synchronous_commit = local;
            SELECT pg_catalog.pg_logical_emit_message(true, '%s', '');
            COMMIT""".formatted(TransactionAssembler.NUDGE_PREFIX);

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
            + " / pg_catalog.current_setting('block_size')::pg_catalog.int8";

    private final Supplier<Database> database;
    private final Sender sender;
    private final long maxBytes;
    private final Duration lockPatience;
    private volatile boolean closed;
    private volatile boolean stale;
    private volatile @Nullable Connection connection;
    private @Nullable PreparedStatement sight;
    private @Nullable PreparedStatement facts;

    /** What was committed before is visible to each transaction that begins now. */
    private Lsn shown = Lsn.ZERO;

    /**
     * A reader that is not connected yet.
     *
     * @param database where to connect to, as of now
     * @param sender what sends the changes
     * @param maxBytes how much memory the rows of a chunk may take; a larger row is a chunk alone
     * @param lockPatience how long a lock on the table is waited for; other sessions queue up behind the wait
     */
    public ChunkReader(Supplier<Database> database, Sender sender, long maxBytes, Duration lockPatience) {
        this.database = database;
        this.sender = sender;
        this.maxBytes = maxBytes;
        this.lockPatience = lockPatience;
    }

    @Override
    public ChunkResult read(LeafPlan leaf, ReadRange range, Lsn delivered, Consumer<Snapshot> seen)
            throws SQLException {
        Connection open = open();
        boolean whole = false;
        try {
            requireShown(open, delivered);
            ChunkResult result = read(open, leaf, range, seen);
            whole = true;
            return result;
        } catch (SQLException e) {
            String state = String.valueOf(e.getSQLState());
            if (state.equals(LOCK_NOT_AVAILABLE) && rolledBack(open)) {
                whole = true;
                SQLException named = LockHolders.named(e, open, List.of(leaf.name()), LockHolders.Harmless.OF_WRITERS);
                return new Locked(ServerErrors.said(named));
            }
            throw e;
        } finally {
            if (!whole) {
                // the rest of the rows is not waited for, and a request to cancel could meet a later statement
                disconnect();
            }
        }
    }

    @Override
    public Snapshot snapshot() throws SQLException {
        try {
            return look(open()).snapshot();
        } catch (SQLException e) {
            disconnect();
            throw e;
        }
    }

    /** Names the transactions that have written something and run now. */
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
            disconnect();
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
                disconnect();
            }
        }
    }

    /**
     * On a quiet server the records of a transaction that is still open wait in memory for a commit, and a horizon may lie behind them.
     * Writes a logical message that says nothing, but not on a standby. Where changes do not come from the log, ends a transaction: rows
     * have their place at an id that no change has.
     */
    @Override
    public @Nullable Lsn nudge() throws SQLException {
        Connection open = open();
        boolean done = false;
        try (Statement statement = open.createStatement()) {
            Sight now = look(open);
            if (!now.standby()) {
                statement.execute(sender.isLogged() ? NUDGE : END_A_TRANSACTION);
            }
            done = true;
            return now.isStill() ? now.position() : null;
        } finally {
            if (!done) {
                disconnect();
            }
        }
    }

    /** A standby that was started again may have to replay once more what it has sent before, and so may another standby. */
    private void requireShown(Connection open, Lsn delivered) throws SQLException {
        if (!shown.isBefore(delivered)) {
            return;
        }
        Sight now = look(open);
        shown = now.standby() ? now.position() : new Lsn(-1); // a primary has what it sends
        if (shown.isBefore(delivered)) {
            throw new SQLException(
                    "The standby has come to " + shown + ", and the stream to " + delivered,
                    ServerErrors.CANNOT_CONNECT_NOW);
        }
    }

    private ChunkResult read(Connection open, LeafPlan leaf, ReadRange range, Consumer<Snapshot> seen)
            throws SQLException {
        if (!begin(open, leaf.from(range))) {
            rolledBack(open);
            return new PlanBroken(PlanState.GONE);
        }
        Sight begin = look(open);
        seen.accept(begin.snapshot());
        PlanState state = leaf.facts().comparedWith(factsNow(open, leaf));
        if (state != PlanState.HOLDS) {
            rolledBack(open);
            return new PlanBroken(state);
        }
        CopiedRows rows = new CopiedRows(leaf.relation().columns().size());
        if (!copy(open, leaf.copy(range), rows)) {
            return new TooLarge(blocks(leaf));
        }
        try (Statement commit = open.createStatement()) {
            commit.execute("COMMIT");
        }
        Lsn horizon = sender.isLogged() ? begin.horizon(begin.standby() ? look(open) : begin) : horizonOfIds(open);
        return new Chunk(leaf, range, begin.snapshot(), horizon, rows.rows(), rows.size(), rows.lastKey(leaf, range));
    }

    /** Behind an id that no change has. The snapshot sees none above it, and rows can have their place there. */
    private static Lsn horizonOfIds(Connection open) throws SQLException {
        try (Statement statement = open.createStatement();
                ResultSet row = statement.executeQuery(UNUSED_ID)) {
            row.next();
            return new Lsn(row.getLong(1) + 1);
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

    /** Returns false if there is more than a chunk may have; the connection is then of no use any more. */
    private boolean copy(Connection open, String sql, CopiedRows rows) throws SQLException {
        CopyOut copy = open.unwrap(PGConnection.class).getCopyAPI().copyOut(sql);
        for (byte[] message = copy.readFromCopy(); message != null; message = copy.readFromCopy()) {
            rows.accept(message);
            if (rows.areTooLarge(maxBytes)) {
                return false;
            }
        }
        return true;
    }

    /** Asked on a new connection. */
    private long blocks(LeafPlan leaf) throws SQLException {
        disconnect();
        try (PreparedStatement query = open().prepareStatement(BLOCKS)) {
            query.setLong(1, leaf.oid());
            try (ResultSet row = query.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
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

    @Override
    public void reconnect() {
        stale = true;
        abort(connection);
    }

    private Connection open() throws SQLException {
        if (stale) {
            stale = false;
            disconnect();
        }
        Connection open = connection;
        if (open == null) {
            open = database.get().open();
            // the server may look for a long time for the first row of a condition
            open.setNetworkTimeout(Runnable::run, 0);
            connection = open;
        }
        if (closed) {
            disconnect();
            throw new SQLException("The reader is closed", "08003");
        }
        return open;
    }

    private void disconnect() {
        Connection open = connection;
        connection = null;
        sight = null;
        facts = null;
        shown = Lsn.ZERO;
        abort(open);
    }

    private static void abort(@Nullable Connection open) {
        try {
            if (open != null) {
                open.abort(Runnable::run);
            }
        } catch (SQLException e) {
            LOG.debug("A connection that is given up complains", e);
        }
    }

    @Override
    public void close() {
        closed = true;
        abort(connection);
    }
}
