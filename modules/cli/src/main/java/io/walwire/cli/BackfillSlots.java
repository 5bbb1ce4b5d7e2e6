package io.walwire.cli;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.triggers.CursorLook;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The replication slots of the server that is read, or the cursors of its triggers. The rows of their runs may be in another database, that
 * of a checkpoint.
 */
final class BackfillSlots {
    private static final String SYSTEM_ID =
            "SELECT c.system_identifier::pg_catalog.text FROM pg_catalog.pg_control_system() c";

    private static final String SLOTS = """
            SELECT s.slot_name::pg_catalog.text, s.active,
                   s.slot_type OPERATOR(pg_catalog.=) 'logical' AND NOT s.temporary
                   AND s.database OPERATOR(pg_catalog.=) pg_catalog.current_database()
            FROM pg_catalog.pg_replication_slots s""";

    private final Connection connection;
    private final String systemId;
    private final Map<String, Slot> slots;
    private final @Nullable CursorLook cursors;

    /**
     * A replication slot.
     *
     * @param isActive whether something streams from it
     * @param isDurable whether an instance may read this database from it, and the slot outlives the instance
     */
    private record Slot(boolean isActive, boolean isDurable) {}

    private BackfillSlots(
            Connection connection, String systemId, Map<String, Slot> slots, @Nullable CursorLook cursors) {
        this.connection = connection;
        this.systemId = systemId;
        this.slots = slots;
        this.cursors = cursors;
    }

    /**
     * Looks.
     *
     * @param connection to the database that is read
     * @param config that of the instance: its source, and of triggers its name and schema
     */
    static BackfillSlots look(Connection connection, WalwireConfig config, Database database) throws SQLException {
        Map<String, Slot> slots = new HashMap<>();
        try (PreparedStatement query = connection.prepareStatement(SLOTS);
                ResultSet row = query.executeQuery()) {
            while (row.next()) {
                slots.put(row.getString(1), new Slot(row.getBoolean(2), row.getBoolean(3)));
            }
        }
        CursorLook cursors = config.triggers() == null ? null : new CursorLook(config, database);
        try (PreparedStatement query = connection.prepareStatement(SYSTEM_ID);
                ResultSet row = query.executeQuery()) {
            row.next();
            return new BackfillSlots(connection, row.getString(1), slots, cursors);
        }
    }

    /** Whether an instance reads from the slot or cursor of a run; null if that cannot be seen here. */
    @Nullable
    Boolean isActive(String ofSystem, String name) throws SQLException {
        if (ofSystem.equals(systemId)) {
            Slot slot = slots.get(name);
            return slot != null && slot.isActive();
        }
        return cursors != null && ofSystem.equals(systemId + cursors.scope(connection))
                ? cursors.isRead(connection, name)
                : null;
    }

    /** What the runs of slots of this server are kept under, or those of cursors of this outbox. */
    String here() throws SQLException {
        return cursors == null ? systemId : systemId + cursors.scope(connection);
    }

    /**
     * What the runs of a slot are kept under, beside its name.
     *
     * @throws WalwireException if no runs are kept of it
     */
    String requireDurable(@Nullable String name) throws SQLException {
        if (name == null) {
            throw new WalwireException(
                    ErrorCode.SLOT, "The slot is not named from which the instance streams.", "Name it with --slot.");
        }
        if (cursors != null) {
            if (cursors.isDurable(connection, name)) {
                return here();
            }
            throw new WalwireException(
                    ErrorCode.SLOT,
                    "There is no durable cursor \"" + name + "\" of " + cursors.display() + ".",
                    "Name it with --slot, and the instance's walwire.name and walwire.triggers.schema with --config or --set.");
        }
        Slot slot = slots.get(name);
        if (slot != null && slot.isDurable()) {
            return systemId;
        }
        throw new WalwireException(
                ErrorCode.SLOT,
                "There is no durable logical replication slot \"" + name + "\" of this database.",
                "Name it with --slot. If an instance with a JdbcCheckpoint keeps walwire_backfill in another database, name that with"
                        + " --progress-url, and the one that is read with --url. If it reads triggers: --set walwire.source=triggers.");
    }
}
