package io.walwire.internal.backfill;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Objects;

/**
 * Which instance writes of the runs in the table of the progress: the one that streams from their slot. Another one may have
 * streamed from it before, and not know yet that its connection is lost.
 */
public final class RunOwners {
    private static final String FORGET = "UPDATE {table} SET timeline = 0" + ProgressTable.OF_SLOT + " AND leaf = 0";

    private static final String CLAIM = "UPDATE {table} SET owner = ?" + ProgressTable.OF_SLOT + " AND leaf = 0";

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
     * Takes all runs of a slot: no other instance writes of them from then on.
     *
     * @param connection in a transaction
     * @param slot the slot, from which the instance streams
     * @param owner the instance
     * @throws SQLException if it cannot be written
     */
    public void claim(Connection connection, RunSlot slot, String owner) throws SQLException {
        try (PreparedStatement update = table.prepare(connection, CLAIM)) {
            update.setString(1, owner);
            update.setString(2, slot.systemId());
            update.setString(3, slot.name());
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
     * The stream of a slot has missed something: every run begins again that is not done, and what was read as new is new again.
     *
     * @param connection in a transaction
     * @param slot the slot
     * @throws SQLException if it cannot be written
     */
    public void forget(Connection connection, RunSlot slot) throws SQLException {
        try (PreparedStatement update = table.prepare(connection, FORGET)) {
            update.setString(1, slot.systemId());
            update.setString(2, slot.name());
            update.executeUpdate();
        }
    }
}
