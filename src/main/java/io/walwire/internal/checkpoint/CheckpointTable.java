package io.walwire.internal.checkpoint;

import io.walwire.event.Lsn;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/** A row of the table {@code walwire_checkpoint}, in SQL that every product reads: the database is the user's own. */
final class CheckpointTable {
    private static final String SELECT =
            "SELECT system_id, timeline, commit_lsn, last_index, last_message, complete, done_to"
                    + " FROM walwire_checkpoint WHERE name = ?";

    private static final String INSERT = "INSERT INTO walwire_checkpoint"
            + " (system_id, timeline, commit_lsn, last_index, last_message, complete, done_to, updated_at, name)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, CURRENT_TIMESTAMP, ?)";

    private static final String UPDATE = "UPDATE walwire_checkpoint SET system_id = ?, timeline = ?, commit_lsn = ?,"
            + " last_index = ?, last_message = ?, complete = ?, done_to = ?, updated_at = CURRENT_TIMESTAMP"
            + " WHERE name = ? AND system_id = ? AND timeline = ? AND commit_lsn = ? AND last_index = ?"
            + " AND last_message = ? AND complete = ? AND done_to = ?";

    private static final int VALUES = 7;

    private final String name;

    CheckpointTable(String name) {
        this.name = name;
    }

    Optional<Position> read(Connection connection) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(SELECT)) {
            select.setString(1, name);
            try (ResultSet row = select.executeQuery()) {
                return row.next()
                        ? Optional.of(new Position(
                                row.getString(1).strip(),
                                row.getInt(2),
                                Lsn.parse(row.getString(3).strip()),
                                row.getLong(4),
                                Lsn.parse(row.getString(5).strip()),
                                row.getInt(6) != 0,
                                Lsn.parse(row.getString(7).strip())))
                        : Optional.empty();
            }
        }
    }

    void insert(Connection connection, Position position) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            set(insert, 1, position);
            insert.setString(VALUES + 1, name);
            insert.executeUpdate();
        }
    }

    /** Whether the row was as it was thought to be, and is changed. */
    boolean update(Connection connection, Position before, Position after) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(UPDATE)) {
            set(update, 1, after);
            update.setString(VALUES + 1, name);
            set(update, VALUES + 2, before);
            return update.executeUpdate() == 1;
        }
    }

    private static void set(PreparedStatement statement, int from, Position position) throws SQLException {
        int i = from;
        statement.setString(i++, position.systemId());
        statement.setInt(i++, position.timeline());
        statement.setString(i++, position.commitLsn().toString());
        statement.setLong(i++, position.lastIndex());
        statement.setString(i++, position.lastMessage().toString());
        statement.setInt(i++, position.complete() ? 1 : 0);
        statement.setString(i, position.doneTo().toString());
    }
}
