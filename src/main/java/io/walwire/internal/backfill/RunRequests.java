package io.walwire.internal.backfill;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Runs that other processes ask for: rows in the table of the progress that no instance has taken up. */
public final class RunRequests {
    private static final String REQUESTED = "requested";

    private static final String SELECT = "SELECT " + RunRow.COLUMNS + " FROM {table}";

    private static final String WAITING =
            SELECT + ProgressTable.OF_SLOT + " AND leaf = 0 AND state = '" + REQUESTED + "' ORDER BY run";

    private static final String ONE = SELECT + ProgressTable.OF_ROW;

    private static final String EXISTS = "SELECT run FROM {table}" + ProgressTable.OF_ROW;

    private static final String REFUSE =
            "UPDATE {table} SET state = 'failed', problem = ?, updated_at = CURRENT_TIMESTAMP" + ProgressTable.OF_ROW
                    + " AND state = '" + REQUESTED + "'";

    private final ProgressTable table;

    RunRequests(ProgressTable table) {
        this.table = table;
    }

    /**
     * The row of a run that another process has written.
     *
     * @param run the run's name
     * @param isWaiting whether no instance has taken it up
     * @param stored what it says; null if it cannot be read
     * @param problem why it cannot be read; null if it can
     * @param content different for different content
     */
    public record Request(
            String run,
            boolean isWaiting,
            @Nullable StoredRun stored,
            @Nullable String problem,
            String content) {}

    /**
     * All that wait for an instance.
     *
     * @param connection to the table's database
     * @param slot the slot
     * @return in the order of their names
     * @throws SQLException if the table cannot be read
     */
    public List<Request> waiting(Connection connection, RunSlot slot) throws SQLException {
        List<Request> waiting = new ArrayList<>();
        try (PreparedStatement query = table.prepare(connection, WAITING)) {
            query.setString(1, slot.systemId());
            query.setString(2, slot.name());
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    waiting.add(request(row, slot));
                }
            }
        }
        return waiting;
    }

    /**
     * The row of a run, which no other session changes before the transaction ends.
     *
     * @param connection in a transaction
     * @param slot the slot
     * @param run the run's name
     * @return empty if another session holds it locked, or there is none
     * @throws SQLException if the table cannot be read
     */
    public Optional<Request> lock(Connection connection, RunSlot slot, String run) throws SQLException {
        try (PreparedStatement query = table.prepare(connection, ONE + table.lockingFree())) {
            ProgressRow.key(query, 1, slot, run, 0);
            try (ResultSet row = query.executeQuery()) {
                return row.next() ? Optional.of(request(row, slot)) : Optional.empty();
            }
        }
    }

    /**
     * Whether there is a run, also if another session holds its row locked.
     *
     * @param connection to the table's database
     * @param slot the slot
     * @param run the run's name
     * @return false if its row was deleted, or is not committed yet
     * @throws SQLException if the table cannot be read
     */
    public boolean exists(Connection connection, RunSlot slot, String run) throws SQLException {
        try (PreparedStatement query = table.prepare(connection, EXISTS)) {
            ProgressRow.key(query, 1, slot, run, 0);
            try (ResultSet row = query.executeQuery()) {
                return row.next();
            }
        }
    }

    /**
     * Whether one of these runs could be taken now.
     *
     * @param connection in autocommit mode, or in a transaction that ends at once
     * @param slot the slot
     * @param runs their names
     * @return false if other sessions hold the rows of all of them locked; on other products than PostgreSQL that is not known
     * @throws SQLException if the table cannot be read
     */
    public boolean isAnyFree(Connection connection, RunSlot slot, Collection<String> runs) throws SQLException {
        return !runs.isEmpty()
                && !(table.canSkipLocked() ? new RunOwners(table).lock(connection, slot, runs) : runs).isEmpty();
    }

    /**
     * Gives a run up that another process asks for.
     *
     * @param connection in a transaction
     * @param slot the slot
     * @param request the run
     * @param why for the column {@code problem}
     * @throws SQLException if it cannot be written
     */
    public void refuse(Connection connection, RunSlot slot, Request request, String why) throws SQLException {
        try (PreparedStatement update = table.prepare(connection, REFUSE)) {
            update.setString(1, why);
            ProgressRow.key(update, 2, slot, request.run(), 0);
            update.executeUpdate();
        }
    }

    /** A row with {@link RunRow#COLUMNS}. */
    static Request request(ResultSet row, RunSlot slot) throws SQLException {
        String run = RunRow.name(row);
        boolean waits = REQUESTED.equals(RunRow.state(row));
        String content = RunRow.content(row);
        try {
            return new Request(run, waits, RunRow.read(row, slot), null, content);
        } catch (UnreadableRowException e) {
            return new Request(run, waits, null, e.what(), content);
        }
    }
}
