package io.walwire.internal.backfill;

import io.walwire.internal.backfill.ChunkResult.Locked;
import io.walwire.internal.backfill.ChunkResult.PlanBroken;
import io.walwire.internal.backfill.ReadingWatch.Watched;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.LockHolders;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.connection.server.ServerProcess;
import io.walwire.internal.log.Logs;
import io.walwire.internal.socket.InputLimit;
import io.walwire.internal.text.SqlLiterals;
import io.walwire.internal.text.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;
import org.slf4j.Logger;

/**
 * Reads all rows of tables in one transaction, in a snapshot that another session has exported. The locks come first: {@link #lock},
 * then the snapshot is made, then {@link #use}, {@link #read} and {@link #end}. Otherwise a TRUNCATE or a rewrite that is committed in
 * between would leave nothing to be seen, without an error. The same transaction locks and reads: a second one would wait behind sessions
 * that wait for the locks of the first. One thread reads; any thread may {@link #close}. Used once.
 */
public final class HeldReader implements AutoCloseable {
    private static final Logger LOG = Logs.of(HeldReader.class);

    private static final String BYTES = """
            SELECT coalesce(pg_catalog.sum(pg_catalog.pg_table_size(c.oid)), 0)::pg_catalog.int8
            FROM pg_catalog.pg_class c WHERE c.oid = ANY (?::pg_catalog.oid[])""";

    private static final String FIND = """
            SELECT c.oid::pg_catalog.int8
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND c.relname = ?""";

    private final InputLimit input = new InputLimit(Long.MAX_VALUE);
    private final Connection connection;
    private final Database server;
    private final Sender sender;
    private final List<TablePlan> plans;
    private final Duration patience;

    /** Known once the snapshot is used: a query takes one. */
    private @Nullable ServerProcess process;

    /** Gets rows that were read, and waits until there is room for more. */
    @FunctionalInterface
    public interface Target {
        /**
         * Rows were read.
         *
         * @param leaf the table or partition
         * @param rows its next rows
         * @param first whether they are the first of the leaf
         * @param last whether they are the last of the leaf
         */
        void read(LeafPlan leaf, CopiedRows rows, boolean first, boolean last)
                throws SQLException, InterruptedException;
    }

    /**
     * Connects.
     *
     * @param database where
     * @param sender what sends the changes
     * @param plans the tables
     * @param patience how long no row may come before the server is asked for the reason
     * @throws SQLException if the server cannot be reached
     */
    public HeldReader(Database database, Sender sender, List<TablePlan> plans, Duration patience) throws SQLException {
        this.sender = sender;
        this.plans = List.copyOf(plans);
        this.patience = patience;
        this.connection = database.open(input);
        input.begin();
        this.server = ReadingWatch.serverOf(connection, database);
    }

    private Stream<LeafPlan> leaves() {
        return plans.stream().flatMap(plan -> plan.leaves().stream());
    }

    /** The bytes of the tables now, with their TOASTed values. Asked before anything is locked: a query takes a snapshot. */
    public long bytes() throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(BYTES)) {
            Object[] oids = leaves().map(LeafPlan::oid).toArray();
            query.setArray(1, connection.createArrayOf("int8", oids));
            try (ResultSet row = query.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    /**
     * Locks all leaves against rewrites, until everything is read.
     *
     * @param patience how long a lock is waited for; other sessions queue up behind the wait
     * @return why they are not locked; null if they are
     * @throws SQLException if the server cannot be reached, or refuses
     */
    public @Nullable ChunkResult lock(Duration patience) throws SQLException {
        String tables =
                leaves().map(leaf -> "ONLY " + LeafPlan.quoted(leaf.name())).collect(Collectors.joining(", "));
        try (Statement statement = connection.createStatement()) {
            statement.execute(ChunkReader.begin(tables, patience));
            return null;
        } catch (SQLException e) {
            if (ChunkReader.isMissing(e)) {
                return new PlanBroken(PlanState.GONE);
            }
            if (!ServerErrors.LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
                throw e;
            }
            return new Locked(ServerErrors.said(holders(e)));
        }
    }

    private SQLException holders(SQLException e) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("ROLLBACK");
        }
        List<TableName> names = leaves().map(LeafPlan::name).toList();
        return LockHolders.named(e, connection, names, LockHolders.Harmless.OF_WRITERS);
    }

    /**
     * Uses a snapshot that was made after {@link #lock}, and that is still exported.
     *
     * @param snapshot its name
     * @throws SQLException if the server cannot be reached, or does not know the snapshot
     */
    public void use(String snapshot) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET TRANSACTION SNAPSHOT " + SqlLiterals.quote(snapshot));
        }
        process = ServerProcess.of(connection);
    }

    /**
     * Compares a plan with the snapshot.
     *
     * @param plan of one of the tables
     * @return whether it holds there
     * @throws SQLException if the server cannot be reached
     */
    public PlanState compare(TablePlan plan) throws SQLException {
        Map<Long, LeafFacts> now = new HashMap<>();
        for (LeafFacts leaf : CatalogSql.leaves(connection, sender, root(plan))) {
            if (plan.sentName().equals(leaf.sentName())) {
                now.put(leaf.oid(), leaf);
            }
        }
        for (LeafPlan leaf : plan.leaves()) {
            PlanState state = leaf.facts().comparedWith(now.remove(leaf.oid()));
            if (state != PlanState.HOLDS) {
                return state;
            }
        }
        return now.isEmpty() ? PlanState.HOLDS : PlanState.ALTERED; // a partition that is not locked
    }

    private long root(TablePlan plan) throws SQLException {
        TableName table = plan.request().table();
        try (PreparedStatement query = connection.prepareStatement(FIND)) {
            query.setString(1, table.schema());
            query.setString(2, table.table());
            try (ResultSet row = query.executeQuery()) {
                return row.next() ? row.getLong(1) : 0;
            }
        }
    }

    /**
     * Reads all rows of a table, leaf by leaf.
     *
     * @param plan the table
     * @param chunkBytes how much memory the rows that are given at once are to take
     * @param target gets them; of a leaf without rows it gets an empty list
     * @throws SQLException if the server cannot be reached, or refuses
     */
    public void read(TablePlan plan, long chunkBytes, Target target) throws SQLException, InterruptedException {
        ServerProcess serving = Objects.requireNonNull(process, "process");
        int usual = connection.getNetworkTimeout();
        // the server may look for a long time for the first row of a condition
        connection.setNetworkTimeout(Runnable::run, 0);
        TableName table = plan.request().table();
        try (ReadingWatch watch = new ReadingWatch(new Watched(server, input, serving, patience, true, this::close))) {
            for (LeafPlan leaf : plan.leaves()) {
                watch.reads(table);
                read(leaf, chunkBytes, (of, rows, first, last) -> {
                    watch.rests();
                    target.read(of, rows, first, last);
                    watch.reads(table);
                });
            }
        }
        connection.setNetworkTimeout(Runnable::run, usual);
    }

    /** Everything is read: unlocks. */
    public void end() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("COMMIT");
        }
    }

    private void read(LeafPlan leaf, long chunkBytes, Target target) throws SQLException, InterruptedException {
        int columns = leaf.relation().columns().size();
        CopyOut copy = connection.unwrap(PGConnection.class).getCopyAPI().copyOut(leaf.copy(BlockRange.all()));
        CopiedRows rows = new CopiedRows(columns);
        boolean first = true;
        for (byte[] message = copy.readFromCopy(); message != null; message = copy.readFromCopy()) {
            if (rows.size().memory() >= chunkBytes) {
                target.read(leaf, rows, first, false);
                rows = new CopiedRows(columns);
                first = false;
            }
            rows.accept(message);
        }
        target.read(leaf, rows, first, true);
    }

    /** Ends what is being read, with an error for its thread. */
    @Override
    public void close() {
        try {
            connection.abort(Runnable::run);
        } catch (SQLException e) {
            LOG.debug("A connection that is given up complains", e);
        }
    }
}
