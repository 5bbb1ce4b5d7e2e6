package io.walwire.internal.backfill;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;

/**
 * Which instance writes of the runs in the table of the progress: the one that streams from their slot. Another one may have
 * streamed from it before, and not know yet that its connection is lost.
 */
public final class RunOwners {
    private static final String OF_RUNS = ProgressTable.OF_SLOT + " AND leaf = 0";

    private static final String OF_THESE = OF_RUNS + " AND run = ANY (?)";

    /** Without those that begin again anyway: other sessions may hold them locked. */
    private static final String FORGET = "UPDATE {table} SET timeline = 0" + OF_RUNS + " AND timeline <> 0";

    private static final String FORGET_UNFINISHED = FORGET + " AND state = 'running'";
    private static final String MOVE = "UPDATE {table} SET timeline = ?" + ProgressTable.OF_ROW;

    private static final String NAMES = "SELECT run FROM {table}";

    private static final String CLAIM = "UPDATE {table} SET owner = ?";

    private static final String ACCEPT =
            "UPDATE {table} SET owner = ?, state = 'running'" + ProgressTable.OF_ROW + " AND state = 'requested'";

    private static final String STILL_OWNED =
            "UPDATE {table} SET updated_at = CURRENT_TIMESTAMP" + ProgressTable.OF_ROW + " AND owner = ?";

    private static final String OWNER = "SELECT owner FROM {table}" + ProgressTable.OF_ROW;

    private final ProgressTable table;

    RunOwners(ProgressTable table) {
        this.table = table;
    }

    /**
     * Keeps other sessions from changing the rows of runs before the transaction ends, but for rows that they hold locked already.
     *
     * @param connection in a transaction
     * @param slot the slot, from which the instance streams
     * @return the names of runs that can be {@link #claim claimed} without waiting; on other products than PostgreSQL all of them,
     *     and none is locked
     * @throws SQLException if the table cannot be read
     */
    public Set<String> lock(Connection connection, RunSlot slot) throws SQLException {
        try (PreparedStatement query = table.prepare(connection, NAMES + OF_RUNS + table.lockingFree())) {
            return names(query, slot);
        }
    }

    /** As {@link #lock(Connection, RunSlot)}, of some runs. On PostgreSQL alone. */
    Set<String> lock(Connection connection, RunSlot slot, Collection<String> runs) throws SQLException {
        try (PreparedStatement query = table.prepare(connection, NAMES + OF_THESE + table.lockingFree())) {
            query.setArray(3, connection.createArrayOf("text", runs.toArray()));
            return names(query, slot);
        }
    }

    private static Set<String> names(PreparedStatement query, RunSlot slot) throws SQLException {
        query.setString(1, slot.systemId());
        query.setString(2, slot.name());
        Set<String> names = new HashSet<>();
        try (ResultSet row = query.executeQuery()) {
            while (row.next()) {
                names.add(row.getString(1));
            }
        }
        return names;
    }

    /**
     * Takes runs of a slot: no other instance writes of them from then on.
     *
     * @param connection in a transaction
     * @param slot the slot, from which the instance streams
     * @param owner the instance
     * @param runs what {@link #lock} gave in the same transaction
     * @throws SQLException if it cannot be written
     */
    public void claim(Connection connection, RunSlot slot, String owner, Set<String> runs) throws SQLException {
        boolean isOfThese = table.canSkipLocked();
        try (PreparedStatement update = table.prepare(connection, CLAIM + (isOfThese ? OF_THESE : OF_RUNS))) {
            update.setString(1, owner);
            update.setString(2, slot.systemId());
            update.setString(3, slot.name());
            if (isOfThese) {
                update.setArray(4, connection.createArrayOf("text", runs.toArray()));
            }
            update.executeUpdate();
        }
    }

    /**
     * Takes a run that another process asks for.
     *
     * @param connection in a transaction
     * @param run the run
     * @param owner the instance
     * @return false if another instance has taken it, or it is no longer there
     * @throws SQLException if it cannot be written
     */
    public boolean accept(Connection connection, StoredRun run, String owner) throws SQLException {
        try (PreparedStatement update = table.prepare(connection, ACCEPT)) {
            update.setString(1, owner);
            ProgressRow.key(update, 2, run.slot(), run.id(), 0);
            return update.executeUpdate() > 0;
        }
    }

    /**
     * Makes sure that the run's owner is still the same, and that no other instance takes the run before the transaction ends.
     *
     * @param connection in a transaction
     * @param run the run
     * @return false if there is no such run
     * @throws TakenRunException if another instance has taken it
     * @throws SQLException if the table cannot be read or written
     */
    public boolean require(Connection connection, StoredRun run) throws SQLException {
        String owner = run.owner();
        try (PreparedStatement update = table.prepare(connection, STILL_OWNED)) {
            int next = ProgressRow.key(update, 1, run.slot(), run.id(), 0);
            update.setString(next, owner);
            if (update.executeUpdate() > 0) {
                return true;
            }
        }
        try (PreparedStatement query = table.prepare(connection, OWNER)) {
            ProgressRow.key(query, 1, run.slot(), run.id(), 0);
            try (ResultSet row = query.executeQuery()) {
                if (!row.next()) {
                    return false;
                }
                if (!Objects.equals(row.getString(1), owner)) {
                    throw new TakenRunException(run);
                }
                return true; // some drivers do not count a row that an update leaves as it is
            }
        }
    }

    /**
     * A run counts on another timeline, too.
     *
     * @param connection in a transaction, in which the run was {@link #claim claimed}
     * @param run the run
     * @param timeline of a server that has all that came of the one before
     * @throws SQLException if it cannot be written
     */
    public void move(Connection connection, StoredRun run, int timeline) throws SQLException {
        try (PreparedStatement update = table.prepare(connection, MOVE)) {
            update.setInt(1, timeline);
            ProgressRow.key(update, 2, run.slot(), run.id(), 0);
            update.executeUpdate();
        }
    }

    /**
     * The stream of a slot has missed something: every run begins again that is not done, and what was read as new is new again.
     *
     * @param connection in a transaction
     * @param slot the slot
     * @throws SQLException if it cannot be written
     */
    public void forget(Connection connection, RunSlot slot) throws SQLException {
        forget(connection, slot, FORGET);
    }

    /**
     * Positions of a slot's runs may stand for other transactions by now: every run begins again that has not ended.
     *
     * @param connection in a transaction
     * @param slot the slot
     * @throws SQLException if it cannot be written
     */
    public void forgetUnfinished(Connection connection, RunSlot slot) throws SQLException {
        forget(connection, slot, FORGET_UNFINISHED);
    }

    private void forget(Connection connection, RunSlot slot, String runs) throws SQLException {
        try (PreparedStatement update = table.prepare(connection, runs)) {
            update.setString(1, slot.systemId());
            update.setString(2, slot.name());
            update.executeUpdate();
        }
    }
}
