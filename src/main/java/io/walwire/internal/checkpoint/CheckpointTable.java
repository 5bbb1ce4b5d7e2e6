package io.walwire.internal.checkpoint;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A row of the table {@code walwire_checkpoint}, in SQL that every product reads: the database is the user's own. */
final class CheckpointTable {
    private static final String SELECT =
            "SELECT system_id, timeline, commit_lsn, last_index, last_message, complete, done_to FROM {table}";

    private static final String OF_NAME = " WHERE name = ?";

    private static final String INSERT = "INSERT INTO {table}"
            + " (system_id, timeline, commit_lsn, last_index, last_message, complete, done_to, updated_at, name)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, CURRENT_TIMESTAMP, ?)";

    private static final String SET = "UPDATE {table} SET system_id = ?, timeline = ?, commit_lsn = ?,"
            + " last_index = ?, last_message = ?, complete = ?, done_to = ?, updated_at = CURRENT_TIMESTAMP";

    private static final String AS_BEFORE = " WHERE name = ? AND system_id = ? AND timeline = ? AND commit_lsn = ?"
            + " AND last_index = ? AND last_message = ? AND complete = ? AND done_to = ?";

    private static final int VALUES = 7;

    private final String name;
    private final @Nullable String place;
    private final String select;
    private final String insert;
    private final String update;

    /**
     * A row.
     *
     * @param name of the row
     * @param place the table with its schema in PostgreSQL: so that a table put into the search path later is not used; null in
     *     other products
     */
    CheckpointTable(String name, @Nullable String place) {
        this.name = name;
        this.place = place;
        this.select = on(place, SELECT) + where(place, OF_NAME);
        this.insert = on(place, INSERT);
        this.update = on(place, SET) + where(place, AS_BEFORE);
    }

    /** The table with its schema; null if the database is not PostgreSQL. */
    @Nullable
    String place() {
        return place;
    }

    private static String on(@Nullable String place, String statement) {
        return statement.replace("{table}", place == null ? "walwire_checkpoint" : place);
    }

    /** In PostgreSQL the search path may hold other roles' operators that fit the types better than the built-in ones. */
    private static String where(@Nullable String place, String condition) {
        return place == null ? condition : condition.replace(" = ", " OPERATOR(pg_catalog.=) ");
    }

    Optional<DonePosition> read(Connection connection) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(select)) {
            query.setString(1, name);
            try (ResultSet row = query.executeQuery()) {
                return row.next()
                        ? Optional.of(new DonePosition(
                                row.getString(1).strip(),
                                row.getInt(2),
                                lsn(row, "commit_lsn"),
                                row.getLong(4),
                                lsn(row, "last_message"),
                                row.getInt(6) != 0,
                                lsn(row, "done_to")))
                        : Optional.empty();
            }
        }
    }

    private Lsn lsn(ResultSet row, String column) throws SQLException {
        try {
            return Lsn.parse(row.getString(column).strip());
        } catch (IllegalArgumentException e) {
            throw new WalwireException(
                    ErrorCode.CHECKPOINT,
                    "The row of the checkpoint \"" + name + "\" in walwire_checkpoint cannot be read: its " + column
                            + " is no LSN.",
                    "A later version of Walwire, or another program, has written it. Update, or correct the row. To begin"
                            + " where the slot is, without a gap event, delete it while no instance uses it.",
                    e);
        }
    }

    void insert(Connection connection, DonePosition position) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(insert)) {
            set(statement, 1, position);
            statement.setString(VALUES + 1, name);
            statement.executeUpdate();
        }
    }

    /** Whether the row was as it was thought to be, and is changed. */
    boolean update(Connection connection, DonePosition before, DonePosition after) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(update)) {
            set(statement, 1, after);
            statement.setString(VALUES + 1, name);
            set(statement, VALUES + 2, before);
            return statement.executeUpdate() == 1;
        }
    }

    private static void set(PreparedStatement statement, int from, DonePosition position) throws SQLException {
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
