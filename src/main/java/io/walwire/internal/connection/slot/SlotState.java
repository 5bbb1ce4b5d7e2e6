package io.walwire.internal.connection.slot;

import io.walwire.error.Advice;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.internal.connection.server.Database;
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
 * @param loss why nothing can be read from it any more, as a code of the server's; null if it can
 * @param failover whether the server brings it to its standbys
 * @param synced whether it came from a primary; also after a promotion
 * @param holder who streams from it, null if nobody does
 */
public record SlotState(
        String name,
        @Nullable String plugin,
        @Nullable String database,
        Lsn confirmed,
        @Nullable String loss,
        boolean failover,
        boolean synced,
        @Nullable Holder holder) {
    /** What not all versions have is read by way of JSON, where a missing column is null: 16 has conflicting, which covers all, 17 the rest. */
    private static final String QUERY = """
            SELECT s.plugin, s.database, s.confirmed_flush_lsn::text, s.active, s.active_pid,
                   CASE WHEN j.slot ->> 'invalidation_reason' IS NOT NULL THEN j.slot ->> 'invalidation_reason'
                        WHEN (j.slot ->> 'conflicting')::boolean AND s.restart_lsn IS NOT NULL THEN 'conflicting'
                        WHEN s.wal_status = 'lost' THEN 'wal_removed' END AS loss,
                   coalesce((j.slot ->> 'failover')::boolean, false) AS failover,
                   coalesce((j.slot ->> 'synced')::boolean, false) AS synced,
                   coalesce(a.application_name, '') AS application,
                   coalesce(pg_catalog.host(a.client_addr), 'local') AS client
            FROM pg_catalog.pg_replication_slots s
            CROSS JOIN LATERAL (SELECT pg_catalog.to_jsonb(s) AS slot) j
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
                return row.next() ? Optional.of(read(name, row)) : Optional.empty();
            }
        }
    }

    private static SlotState read(String name, ResultSet row) throws SQLException {
        String confirmed = row.getString("confirmed_flush_lsn");
        Holder holder = row.getBoolean("active")
                ? new Holder(row.getInt("active_pid"), row.getString("application"), row.getString("client"))
                : null;
        return new SlotState(
                name,
                row.getString("plugin"),
                row.getString("database"),
                confirmed == null ? Lsn.ZERO : Lsn.parse(confirmed),
                row.getString("loss"),
                row.getBoolean("failover"),
                row.getBoolean("synced"),
                holder);
    }

    /**
     * Makes sure that the slot is one that Walwire could have made for a database.
     *
     * @param at the database
     */
    public void requireOurs(Database at) {
        if (plugin == null) {
            throw unusable(at, "is a physical slot", "Set walwire.slot.name to another name");
        }
        if (!plugin.equals("pgoutput")) {
            throw unusable(
                    at,
                    "belongs to the output plugin " + plugin + ", not pgoutput",
                    "Set walwire.slot.name to another name");
        }
        if (!at.name().equals(database)) {
            throw unusable(at, "belongs to the database " + database, "Set walwire.slot.name to another name");
        }
    }

    /**
     * Makes sure that the slot can still be read.
     *
     * @param at the database
     */
    public void requireReadable(Database at) {
        if (loss != null) {
            throw unusable(
                    at,
                    "is lost, and changes after " + confirmed + " with it: " + SlotLoss.because(loss),
                    "To go on with a gap, set walwire.slot.lost=recreate");
        }
    }

    /**
     * Makes sure that the slot can be streamed from as it is.
     *
     * @param at the database
     */
    public void requireUsable(Database at) {
        requireOurs(at);
        requireReadable(at);
    }

    private WalwireException unusable(Database at, String why, String advice) {
        return new WalwireException(
                ErrorCode.SLOT,
                "Replication slot \"" + name + "\" on " + at.display() + " " + why + (why.endsWith(".") ? "" : "."),
                new Advice(
                        advice + ", or drop the slot if nobody needs it:",
                        "SELECT pg_catalog.pg_drop_replication_slot(" + SqlLiterals.quote(name) + ");"));
    }
}
