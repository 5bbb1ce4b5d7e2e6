package io.walwire.internal.connection.doctor;

import io.walwire.internal.connection.slot.FailoverSettings;
import java.sql.SQLException;
import java.util.List;

/** Whether the slot would outlive its server, as far as can be seen from the one that is connected to. */
final class FailoverCheck implements Check {
    private static final int FAILOVER_SLOTS = 17;

    private static final String SLOT = "SELECT s.failover FROM pg_catalog.pg_replication_slots s WHERE s.slot_name = ?";

    private final Subject subject;

    FailoverCheck(Subject subject) {
        this.subject = subject;
    }

    @Override
    public void look(Questions ask, Findings found) throws SQLException {
        String name = subject.config().slot().name();
        if (name == null || ask.version() < FAILOVER_SLOTS) {
            return;
        }
        List<Questions.Answer> slots = ask.rows(SLOT, name);
        if (slots.isEmpty()) {
            return;
        }
        FailoverSettings settings = FailoverSettings.read(ask.connection());
        String where = "slot \"" + name + "\"";
        if (settings.standby() || slots.get(0).flag("failover")) {
            settings.faults().forEach(fault -> found.warning(where, fault.what(), fault.sql()));
            if (!settings.standby()) {
                ofPrimary(where, settings, found);
            }
        } else if (!settings.physicalSlots().isEmpty()) {
            found.note(
                    where,
                    "It is not a failover slot, although the server has standbys: after a failover it is gone, and with it"
                            + " what was not read.",
                    "ALTER_REPLICATION_SLOT \"" + name
                            + "\" (FAILOVER true); -- on a replication connection, while nobody"
                            + " reads it: psql 'replication=database …'");
        }
    }

    private static void ofPrimary(String where, FailoverSettings settings, Findings found) {
        if (settings.physicalSlots().isEmpty()) {
            found.warning(
                    where,
                    "It is a failover slot, but there is no physical slot, so no standby can keep a copy of it.",
                    "SELECT pg_catalog.pg_create_physical_replication_slot('<standby>'); -- and primary_slot_name on the"
                            + " standby");
        }
        found.note(
                where,
                "It is a failover slot. From here it cannot be seen whether each standby has sync_replication_slots,"
                        + " hot_standby_feedback and primary_slot_name set, without which there is no copy of it; run the"
                        + " doctor against the standby, too.",
                "ALTER SYSTEM SET sync_replication_slots = on; ALTER SYSTEM SET hot_standby_feedback = on; ALTER SYSTEM SET"
                        + " primary_slot_name = '<its physical slot>'; SELECT pg_catalog.pg_reload_conf();");
    }
}
