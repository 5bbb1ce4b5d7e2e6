package io.walwire.internal.connection.slot;

import io.walwire.internal.connection.server.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How much WAL a slot holds back on the server, and what else may hold it.
 *
 * @param bytes from the slot's restart_lsn to the end of the WAL
 * @param unconfirmed from the slot's confirmed_flush_lsn to the end of the WAL
 * @param oldest the oldest transaction that has written and is open or prepared, for people; null if there is none
 */
public record SlotRetention(
        long bytes, long unconfirmed, @Nullable String oldest) {
    private static final String QUERY = """
            SELECT pg_catalog.pg_wal_lsn_diff(e.wal, s.restart_lsn)::bigint AS bytes,
                   pg_catalog.pg_wal_lsn_diff(e.wal, coalesce(s.confirmed_flush_lsn, s.restart_lsn))::bigint AS unconfirmed,
                   (SELECT o.who FROM (
                        SELECT 'the open transaction of PID ' || a.pid AS who, a.xact_start AS since
                        FROM pg_catalog.pg_stat_activity a WHERE a.backend_xid IS NOT NULL
                        UNION ALL
                        SELECT 'the prepared transaction ' || pg_catalog.quote_literal(p.gid), p.prepared
                        FROM pg_catalog.pg_prepared_xacts p) o ORDER BY o.since LIMIT 1) AS oldest
            FROM pg_catalog.pg_replication_slots s
            CROSS JOIN (SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
                                    ELSE pg_catalog.pg_current_wal_lsn() END AS wal) e
            WHERE s.slot_name = ? AND s.restart_lsn IS NOT NULL""";

    /**
     * Measures on a plain connection of its own.
     *
     * @param database where
     * @param slot the slot's name
     * @return the measure, or empty if there is no such slot, or it holds nothing
     * @throws SQLException if the server cannot be asked
     */
    public static Optional<SlotRetention> measure(Database database, String slot) throws SQLException {
        try (Connection connection = database.open();
                PreparedStatement statement = connection.prepareStatement(QUERY)) {
            statement.setString(1, slot);
            try (ResultSet row = statement.executeQuery()) {
                return row.next()
                        ? Optional.of(new SlotRetention(
                                row.getLong("bytes"), row.getLong("unconfirmed"), row.getString("oldest")))
                        : Optional.empty();
            }
        }
    }

    /**
     * Drops a slot on a plain connection of its own, with a note for the instance that recreates it.
     *
     * @param database where
     * @param slot the slot's name
     * @throws SQLException if the server refuses, as it does while somebody streams from it (55006)
     */
    public static void drop(Database database, String slot) throws SQLException {
        try (Connection connection = database.open()) {
            GapNote.writeOfDropped(connection, slot);
            drop(connection, slot);
        }
    }

    public static void drop(Connection connection, String slot) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT pg_catalog.pg_drop_replication_slot(?)")) {
            statement.setString(1, slot);
            statement.execute();
        }
    }
}
