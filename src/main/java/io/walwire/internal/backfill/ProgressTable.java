package io.walwire.internal.backfill;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.connection.catalog.TableAudit;
import io.walwire.internal.text.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The table {@code walwire_backfill}, in SQL that every database product accepts, because it may be in the database of the
 * user's checkpoint. Each call is part of the caller's transaction. The instance that streams from a slot {@link RunOwners#claim claims} its
 * runs; another one that wrote of them before writes nothing more. Other processes write the column {@code wanted}.
 */
public final class ProgressTable {
    private static final String NAME = "walwire_backfill";
    private static final String UNDEFINED_TABLE = "42P01";

    private static final String EXISTS = "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relname"
            + " OPERATOR(pg_catalog.=) '" + NAME + "')";

    static final String OF_SLOT = " WHERE system_id = ? AND slot = ?";

    static final String OF_ROW = OF_SLOT + " AND run = ? AND leaf = ?";

    private static final String RUNS =
            "SELECT " + RunRow.COLUMNS + " FROM {table}" + OF_SLOT + " AND leaf = 0 ORDER BY run";

    private static final String LEAVES = "SELECT leaf, table_name, file_node, ranges, state, rows_read, bytes_read,"
            + " bytes_total FROM {table}" + OF_SLOT + " AND run = ? AND leaf <> 0 ORDER BY leaf";

    private static final String UPDATE = "UPDATE {table} SET table_name = ?, state = ?, problem = ?, done_to = ?,"
            + " file_node = ?, ranges = ?, keys_to_read = ?, rows_read = ?, bytes_read = ?, bytes_total = ?,"
            + " updated_at = CURRENT_TIMESTAMP" + OF_ROW;

    private static final String INSERT = "INSERT INTO {table} (table_name, state, problem, done_to, file_node, ranges,"
            + " keys_to_read, rows_read, bytes_read, bytes_total, updated_at, system_id, slot, run, leaf, wanted,"
            + " condition_sql, handlers, owner, timeline, reading)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, CURRENT_TIMESTAMP, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

    private static final String WANT = "UPDATE {table} SET wanted = ?, updated_at = CURRENT_TIMESTAMP" + OF_ROW;

    private static final String REACH = "UPDATE {table} SET done_to = ?, updated_at = CURRENT_TIMESTAMP" + OF_ROW;

    private static final String READING = "UPDATE {table} SET timeline = ?, reading = ?" + OF_ROW;

    private static final String DELETE_LEAVES = "DELETE FROM {table}" + OF_SLOT + " AND run = ? AND leaf <> 0";

    private final @Nullable String place;

    private ProgressTable(@Nullable String place) {
        this.place = place;
    }

    /**
     * Finds the table, and makes sure that no other role could read or change what is written to it.
     *
     * @param connection in a transaction, on the search path by which the table is found
     * @return the table
     * @throws WalwireException if there is no such table, or it is not safe
     * @throws SQLException if the catalog cannot be read
     */
    public static ProgressTable find(Connection connection) throws SQLException {
        if (!isPostgres(connection)) {
            return new ProgressTable(null);
        }
        TableAudit audit = TableAudit.of(connection, NAME)
                .orElseThrow(() -> failure(
                        "There is no table " + NAME + ".",
                        "Create it with sql/backfill.sql, and give the role SELECT, INSERT, UPDATE and DELETE on it.",
                        new SQLException("There is no such table", UNDEFINED_TABLE)));
        if (audit.problem() != null) {
            throw failure(audit.problem(), null, null);
        }
        return new ProgressTable(audit.table());
    }

    /**
     * As {@link #find}. On PostgreSQL, the transaction does not wait longer than this for any lock.
     *
     * @param connection in a transaction
     * @param patience a value of lock_timeout
     * @return the table
     * @throws SQLException if the catalog cannot be read
     */
    public static ProgressTable findWithPatience(Connection connection, String patience) throws SQLException {
        setPatience(connection, patience);
        return find(connection);
    }

    /**
     * How long a transaction waits for any lock.
     *
     * @param connection in the transaction
     * @return for {@link #setPatience}; empty on other products than PostgreSQL
     * @throws SQLException if it cannot be read
     */
    public static String patience(Connection connection) throws SQLException {
        if (!isPostgres(connection)) {
            return "";
        }
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_catalog.current_setting('lock_timeout')")) {
            row.next();
            return row.getString(1);
        }
    }

    /**
     * On PostgreSQL, the transaction does not wait longer than this for any lock.
     *
     * @param connection in the transaction
     * @param patience a value of lock_timeout
     * @throws SQLException if it cannot be set
     */
    public static void setPatience(Connection connection, String patience) throws SQLException {
        if (isPostgres(connection)) {
            try (Statement statement = connection.createStatement()) {
                statement.execute("SET LOCAL lock_timeout = '" + patience + "'");
            }
        }
    }

    /**
     * Whether there is a table of that name.
     *
     * @param connection to the database that would have it
     * @return false if there is none in any schema
     * @throws SQLException if the catalog cannot be read
     */
    public static boolean exists(Connection connection) throws SQLException {
        if (isPostgres(connection)) {
            // the driver's own look uses operators by the caller's search path, which may be another role's
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(EXISTS)) {
                return row.next() && row.getBoolean(1);
            }
        }
        String name = connection.getMetaData().storesUpperCaseIdentifiers() ? NAME.toUpperCase(Locale.ROOT) : NAME;
        try (ResultSet row = connection.getMetaData().getTables(null, null, name, null)) {
            return row.next();
        }
    }

    private static boolean isPostgres(Connection connection) throws SQLException {
        return connection.getMetaData().getDatabaseProductName().equals("PostgreSQL");
    }

    private static WalwireException failure(String what, @Nullable String advice, @Nullable Exception cause) {
        return new WalwireException(
                ErrorCode.CHECKPOINT, "The progress of a backfill cannot be kept: " + what, advice, cause);
    }

    /** Which instance writes of the runs. */
    public RunOwners owners() {
        return new RunOwners(this);
    }

    /** What other processes ask for. */
    public RunRequests requests() {
        return new RunRequests(this);
    }

    /** Whether rows can be locked of which other sessions hold none. Other products have no common way to say so. */
    boolean canSkipLocked() {
        return place != null;
    }

    /** The end of a SELECT that locks its rows for an update, without those that other sessions hold locked. */
    String lockingFree() {
        return canSkipLocked() ? " FOR NO KEY UPDATE SKIP LOCKED" : "";
    }

    /** Adds the table's schema and that of PostgreSQL's operators, because the search path may have other operators first. */
    PreparedStatement prepare(Connection connection, String statement) throws SQLException {
        String sql = statement.replace("{table}", place == null ? NAME : place);
        int where = sql.indexOf(" WHERE ");
        if (place != null && where >= 0) {
            String condition = sql.substring(where)
                    .replace(" = ", " OPERATOR(pg_catalog.=) ")
                    .replace(" <> ", " OPERATOR(pg_catalog.<>) ");
            sql = sql.substring(0, where) + condition;
        }
        return connection.prepareStatement(sql);
    }

    /**
     * All runs of a slot, including finished ones, without those whose rows cannot be read.
     *
     * @param connection to the table's database
     * @param slot the slot
     * @return in the order of their names
     * @throws SQLException if they cannot be read
     */
    public List<StoredRun> runs(Connection connection, RunSlot slot) throws SQLException {
        return runs(connection, slot, (run, why) -> {});
    }

    /**
     * All runs of a slot, including finished ones.
     *
     * @param connection to the table's database
     * @param slot the slot
     * @param unreadable gets the name of each run whose row cannot be read, and why, unless no instance has taken it up yet
     * @return in the order of their names
     * @throws SQLException if they cannot be read
     */
    public List<StoredRun> runs(Connection connection, RunSlot slot, BiConsumer<String, String> unreadable)
            throws SQLException {
        List<StoredRun> runs = new ArrayList<>();
        try (PreparedStatement query = prepare(connection, RUNS)) {
            query.setString(1, slot.systemId());
            query.setString(2, slot.name());
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    RunRequests.Request each = RunRequests.request(row, slot);
                    StoredRun stored = each.stored();
                    if (stored != null) {
                        runs.add(stored);
                    } else if (!each.isWaiting()) {
                        unreadable.accept(each.run(), String.valueOf(each.problem()));
                    }
                }
            }
        }
        return runs;
    }

    /**
     * How far a run has come in each of its tables.
     *
     * @param connection to the table's database
     * @param slot the run's slot
     * @param run the run
     * @return the tables that it has begun
     * @throws SQLException if they cannot be read
     */
    public List<StoredLeaf> leaves(Connection connection, RunSlot slot, String run) throws SQLException {
        List<StoredLeaf> leaves = new ArrayList<>();
        try (PreparedStatement query = prepare(connection, LEAVES)) {
            query.setString(1, slot.systemId());
            query.setString(2, slot.name());
            query.setString(3, run);
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    leaves.add(new StoredLeaf(
                            row.getLong(1),
                            TableName.parse(row.getString(2)),
                            row.getLong(3),
                            Optional.ofNullable(row.getString(4)).orElse("[]"),
                            RunState.of(row.getString(5)) == RunState.DONE,
                            row.getLong(6),
                            row.getLong(7),
                            row.getLong(8)));
                }
            }
        }
        return leaves;
    }

    /**
     * Stores a run. The column {@code wanted} and the request are written only if the run is new.
     *
     * @param connection in a transaction
     * @param run the run
     * @throws SQLException if it cannot be written
     */
    public void save(Connection connection, StoredRun run) throws SQLException {
        save(connection, ProgressRow.of(run, run.keysToRead().isEmpty() ? null : RunRow.json(run.keysToRead())), run);
    }

    /**
     * Stores the progress of a run in one of its tables. Called once for each chunk, after its handlers have returned.
     *
     * @param connection in a transaction
     * @param run the run
     * @param leaf the table
     * @throws SQLException if it cannot be written
     */
    public void save(Connection connection, StoredRun run, StoredLeaf leaf) throws SQLException {
        save(connection, ProgressRow.of(run, leaf), run);
    }

    private void save(Connection connection, ProgressRow row, StoredRun run) throws SQLException {
        try (PreparedStatement update = prepare(connection, UPDATE)) {
            row.set(update);
            if (update.executeUpdate() > 0) {
                return;
            }
        }
        boolean ofRun = row.leaf() == 0;
        List<String> handlers = ofRun ? run.handlers() : null;
        try (PreparedStatement insert = prepare(connection, INSERT)) {
            int next = row.set(insert);
            insert.setString(next++, run.wanted().text());
            insert.setString(next++, ofRun ? run.where() : null);
            insert.setString(next++, handlers == null ? null : RunRow.json(handlers));
            insert.setString(next++, ofRun ? run.owner() : null);
            insert.setInt(next++, ofRun ? run.timeline() : 0);
            insert.setString(next, ofRun ? run.reading() : null);
            insert.executeUpdate();
        }
    }

    /**
     * Sets the column {@code wanted} of a run.
     *
     * @param connection in a transaction
     * @param run the run
     * @param wanted {@link RunState#RUNNING}, PAUSED or CANCELLED
     * @return false if there is no such run
     * @throws SQLException if it cannot be written
     */
    public boolean want(Connection connection, StoredRun run, RunState wanted) throws SQLException {
        try (PreparedStatement update = prepare(connection, WANT)) {
            update.setString(1, wanted.text());
            ProgressRow.key(update, 2, run.slot(), run.id(), 0);
            return update.executeUpdate() > 0;
        }
    }

    /**
     * The progress of a run is the same, and a stream may begin later.
     *
     * @param connection in a transaction
     * @param run the run, with where
     * @throws SQLException if it cannot be written
     */
    public void reach(Connection connection, StoredRun run) throws SQLException {
        try (PreparedStatement update = prepare(connection, REACH)) {
            update.setString(1, run.doneTo().toString());
            ProgressRow.key(update, 2, run.slot(), run.id(), 0);
            update.executeUpdate();
        }
    }

    /**
     * Stores a run and its reading, and forgets what is stored of its tables.
     *
     * @param connection in a transaction
     * @param run the run
     * @throws SQLException if it cannot be written
     */
    public void replace(Connection connection, StoredRun run) throws SQLException {
        try (PreparedStatement delete = prepare(connection, DELETE_LEAVES)) {
            delete.setString(1, run.slot().systemId());
            delete.setString(2, run.slot().name());
            delete.setString(3, run.id());
            delete.executeUpdate();
        }
        save(connection, run);
        try (PreparedStatement update = prepare(connection, READING)) {
            update.setInt(1, run.timeline());
            update.setString(2, run.reading());
            ProgressRow.key(update, 3, run.slot(), run.id(), 0);
            update.executeUpdate();
        }
    }
}
