package io.walwire.internal.connection;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.internal.text.SqlLiterals;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A replication slot as {@code pg_replication_slots} shows it.
 *
 * @param name its name
 * @param plugin its output plugin, null for a physical slot
 * @param database its database, null for a physical slot
 * @param confirmed its {@code confirmed_flush_lsn}
 * @param walStatus {@code reserved}, {@code extended}, {@code unreserved} or {@code lost}; null where unknown
 * @param holder who streams from it, null if nobody does
 */
public record SlotState(
        String name,
        @Nullable String plugin,
        @Nullable String database,
        Lsn confirmed,
        @Nullable String walStatus,
        @Nullable Holder holder) {
    private static final String QUERY = """
            SELECT s.plugin, s.database, s.confirmed_flush_lsn::text, s.wal_status, s.active, s.active_pid,
                   coalesce(a.application_name, '') AS application, coalesce(host(a.client_addr), 'local') AS client
            FROM pg_catalog.pg_replication_slots s
            LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = s.active_pid
            WHERE s.slot_name = ?""";

    /**
     * Who streams from a slot.
     *
     * @param pid the walsender's process
     * @param application its {@code application_name}, maybe empty: other roles' are visible only to those who may
     * @param client its address
     */
    public record Holder(int pid, String application, String client) {
        @Override
        public String toString() {
            return "PID " + pid + " ("
                    + (application.isEmpty() ? "application unknown" : "application \"" + application + "\"")
                    + ", client " + client + ")";
        }
    }

    /**
     * Looks a slot up.
     *
     * @param connection a plain connection
     * @param name the slot's name
     * @return the slot, or empty if there is none
     * @throws SQLException if the catalog cannot be read
     */
    public static Optional<SlotState> find(Connection connection, String name) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(QUERY)) {
            statement.setString(1, name);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return Optional.empty();
                }
                String confirmed = row.getString("confirmed_flush_lsn");
                Holder holder = row.getBoolean("active")
                        ? new Holder(row.getInt("active_pid"), row.getString("application"), row.getString("client"))
                        : null;
                return Optional.of(new SlotState(
                        name,
                        row.getString("plugin"),
                        row.getString("database"),
                        confirmed == null ? Lsn.ZERO : Lsn.parse(confirmed),
                        row.getString("wal_status"),
                        holder));
            }
        }
    }

    /**
     * Makes sure that pgoutput of a database can be streamed from the slot.
     *
     * @param at the database
     */
    public void requireUsable(Database at) {
        String drop = "drop it if nobody needs it: SELECT pg_drop_replication_slot(" + SqlLiterals.quote(name) + ")";
        if (plugin == null) {
            throw unusable(at, "is a physical slot. Set walwire.slot.name to another name, or " + drop);
        }
        if (!plugin.equals("pgoutput")) {
            throw unusable(
                    at,
                    "belongs to the output plugin " + plugin
                            + ", not pgoutput. Set walwire.slot.name to another name, or " + drop);
        }
        if (!at.name().equals(database)) {
            throw unusable(
                    at, "belongs to the database " + database + ". Set walwire.slot.name to another name, or " + drop);
        }
        if ("lost".equals(walStatus)) {
            throw unusable(
                    at,
                    "is lost: the server removed WAL that it still needed, so that changes after " + confirmed
                            + " cannot be read any more. To go on with a gap, " + drop);
        }
    }

    private WalwireException unusable(Database at, String why) {
        return new WalwireException(
                ErrorCode.SLOT, "Replication slot \"" + name + "\" on " + at.display() + " " + why + ". [SLOT]");
    }
}
