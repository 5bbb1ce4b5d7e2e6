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
import io.walwire.internal.connection.server.WalPages;
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

    private static final String POSITION = """
            SELECT pg_catalog.pg_is_in_recovery() AS standby, pg_catalog.pg_current_snapshot()::pg_catalog.text AS snapshot,
                   (CASE WHEN pg_catalog.pg_is_in_recovery()
                         THEN greatest(pg_catalog.pg_last_wal_replay_lsn(), pg_catalog.pg_last_wal_receive_lsn())
                         ELSE pg_catalog.pg_current_wal_insert_lsn() END)::pg_catalog.text AS lsn,
                   pg_catalog.current_setting('wal_block_size')::pg_catalog.int8 AS wal_block,
                   (SELECT s.setting::pg_catalog.int8 FROM pg_catalog.pg_settings s WHERE s.name = 'wal_segment_size') AS segment""";

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

    private static final String BLOCKS = "SELECT pg_catalog.pg_relation_size(?::pg_catalog.oid)"
            + " / pg_catalog.current_setting('block_size')::pg_catalog.int8";

    private final Database database;
    private final Sender sender;
    private final long maxBytes;
    private final Duration lockPatience;
    private volatile boolean closed;
    private volatile boolean stale;
    private volatile @Nullable Connection connection;
    private @Nullable PreparedStatement position;
    private @Nullable PreparedStatement facts;

    /**
     * A reader that is not connected yet.
     *
     * @param database where
     * @param sender what sends the changes
     * @param maxBytes how much memory the rows of a chunk may take; a larger row is a chunk alone
     * @param lockPatience how long a lock on the table is waited for; other sessions queue up behind the wait
     */
    public ChunkReader(Database database, Sender sender, long maxBytes, Duration lockPatience) {
        this.database = database;
        this.sender = sender;
        this.maxBytes = maxBytes;
        this.lockPatience = lockPatience;
    }

    /** What a transaction sees, and where the log was then. */
    private record Sight(boolean standby, Snapshot snapshot, Lsn position) {}

    @Override
    public ChunkResult read(LeafPlan leaf, ReadRange range, Consumer<Snapshot> seen) throws SQLException {
        Connection open = open();
        boolean whole = false;
        try {
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
                ResultSet row = statement.executeQuery("SELECT pg_catalog.clock_timestamp()")) {
            row.next();
            return row.getObject(1, OffsetDateTime.class).toInstant();
        } catch (SQLException e) {
            disconnect();
            throw e;
        }
    }

    /** PostgreSQL's own lists none above the newest one that has ended, so a new one ends first. */
    @Override
    public Snapshot snapshotOfAllRunning() throws SQLException {
        Connection open = open();
        boolean done = false;
        try (Statement statement = open.createStatement()) {
            if (!look(open).standby()) {
                statement.execute(END_A_TRANSACTION);
            }
            Snapshot all = look(open).snapshot();
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
     * Writes a logical message that says nothing. Does nothing on a standby. Where changes do not come from the log, ends a transaction: rows
     * have their place at an id that no change has.
     */
    @Override
    public void nudge() throws SQLException {
        Connection open = open();
        boolean done = false;
        try (Statement statement = open.createStatement()) {
            if (!look(open).standby()) {
                statement.execute(sender.isLogged() ? NUDGE : END_A_TRANSACTION);
            }
            done = true;
        } finally {
            if (!done) {
                disconnect();
            }
        }
    }

    private ChunkResult read(Connection open, LeafPlan leaf, ReadRange range, Consumer<Snapshot> seen)
            throws SQLException {
        if (!begin(open, leaf.from(range))) {
            rolledBack(open);
            return new PlanBroken(PlanState.GONE);
        }
        Sight sight = look(open);
        seen.accept(sight.snapshot());
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
        Lsn horizon = sender.isLogged() ? horizon(open, sight) : horizonOfIds(open);
        return new Chunk(leaf, range, sight.snapshot(), horizon, rows.rows(), rows.size(), rows.lastKey(leaf, range));
    }

    /** Redo shows a commit to other sessions before it moves the position of replay, so a standby is asked afterwards. */
    private Lsn horizon(Connection open, Sight sight) throws SQLException {
        return sight.standby() ? look(open).position() : sight.position();
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
        PreparedStatement query = position;
        if (query == null) {
            query = open.prepareStatement(POSITION);
            position = query;
        }
        try (ResultSet row = query.executeQuery()) {
            row.next();
            boolean standby = row.getBoolean("standby");
            String printed = row.getString("snapshot");
            Lsn lsn = Lsn.parse(row.getString("lsn"));
            WalPages pages = new WalPages(row.getLong("wal_block"), row.getLong("segment"));
            return new Sight(
                    standby,
                    standby ? Snapshot.parseOfStandby(printed) : Snapshot.parse(printed),
                    standby ? lsn : pages.endOfRecord(lsn));
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
            open = database.open();
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
        position = null;
        facts = null;
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
