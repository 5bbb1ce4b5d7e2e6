package io.walwire.internal.connection.slot;

import io.walwire.internal.connection.server.Database;
import io.walwire.lifecycle.SlotUsage;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A slot's part of the server's log, as the catalog shows it. */
public record MeasuredSlot(long retainedBytes, @Nullable Long safeBytes) implements SlotUsage {
    private static final String QUERY = """
            SELECT pg_catalog.pg_wal_lsn_diff(e.wal, s.restart_lsn)::bigint AS retained,
                   CASE WHEN s.wal_status = 'lost' THEN 0 ELSE s.safe_wal_size END AS safe
            FROM pg_catalog.pg_replication_slots s
            CROSS JOIN (SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
                                    ELSE pg_catalog.pg_current_wal_lsn() END AS wal) e
            WHERE s.slot_name = ?""";

    /**
     * Measures on a plain connection of its own.
     *
     * @param database where
     * @param slot the slot's name
     * @return the measure, or empty if there is no such slot
     * @throws SQLException if the server cannot be asked
     */
    public static Optional<SlotUsage> of(Database database, String slot) throws SQLException {
        try (Connection connection = database.open();
                PreparedStatement statement = connection.prepareStatement(QUERY)) {
            statement.setString(1, slot);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.of(read(row)) : Optional.empty();
            }
        }
    }

    private static SlotUsage read(ResultSet row) throws SQLException {
        long safe = row.getLong("safe");
        Long known = row.wasNull() ? null : safe;
        return new MeasuredSlot(row.getLong("retained"), known);
    }
}
