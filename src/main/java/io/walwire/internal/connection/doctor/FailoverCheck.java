package io.walwire.internal.connection.doctor;

import io.walwire.internal.text.SqlLiterals;
import java.sql.SQLException;
import java.util.List;

/** Whether the slot would outlive its server, as far as can be seen from the one that is connected to. */
final class FailoverCheck implements Check {
    private static final int FAILOVER_SLOTS = 17;
    private static final String RELOAD = " SELECT pg_catalog.pg_reload_conf();";

    private static final String SLOT = """
            SELECT s.failover,
                   (SELECT pg_catalog.string_agg(p.slot_name, ', ') FROM pg_catalog.pg_replication_slots p
                    WHERE p.slot_type = 'physical') AS standbys,
                   pg_catalog.pg_is_in_recovery() AS is_standby
            FROM pg_catalog.pg_replication_slots s WHERE s.slot_name = ?""";

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
        Questions.Answer slot = slots.get(0);
        String where = "slot \"" + name + "\"";
        if (slot.flag("is_standby")) {
            standby(ask, found);
        } else if (slot.flag("failover")) {
            primary(where, slot, ask, found);
        } else if (!slot.text("standbys").isEmpty()) {
            found.note(
                    where,
                    "It is not a failover slot, although the server has standbys: after a failover it is gone, and with it"
                            + " what was not read.",
                    "ALTER_REPLICATION_SLOT \"" + name
                            + "\" (FAILOVER true); -- on a replication connection, while nobody"
                            + " reads it: psql 'replication=database …'");
        }
    }

    private static void primary(String where, Questions.Answer slot, Questions ask, Findings found)
            throws SQLException {
        String standbys = slot.text("standbys");
        if (ask.setting("synchronized_standby_slots").isEmpty()) {
            String value = standbys.isEmpty() ? "<the standby's physical slot>" : standbys;
            found.warning(
                    where,
                    "It is a failover slot, but synchronized_standby_slots is empty: events may be handled and confirmed that"
                            + " the standby does not have yet, and a failover then undoes them.",
                    "ALTER SYSTEM SET synchronized_standby_slots = " + SqlLiterals.quote(value) + ";" + RELOAD);
        }
        if (standbys.isEmpty()) {
            found.warning(
                    where,
                    "It is a failover slot, but there is no physical slot, so that no standby can keep a copy of it.",
                    "SELECT pg_catalog.pg_create_physical_replication_slot('<standby>'); -- and primary_slot_name on the"
                            + " standby");
        }
        found.note(
                where,
                "It is a failover slot. From here it cannot be seen whether each standby has sync_replication_slots,"
                        + " hot_standby_feedback and primary_slot_name set, without which there is no copy of it; run the"
                        + " doctor against the standby, too.",
                "ALTER SYSTEM SET sync_replication_slots = on; ALTER SYSTEM SET hot_standby_feedback = on; ALTER SYSTEM SET"
                        + " primary_slot_name = '<its physical slot>';" + RELOAD);
    }

    private void standby(Questions ask, Findings found) throws SQLException {
        String where = "server of " + subject.database().display();
        if (!ask.setting("sync_replication_slots").equals("on")) {
            found.warning(
                    where,
                    "It is a standby with sync_replication_slots off: its copies of failover slots are not kept up.",
                    "ALTER SYSTEM SET sync_replication_slots = on;" + RELOAD);
        }
        if (ask.setting("primary_slot_name").isEmpty()) {
            found.warning(
                    where,
                    "It is a standby without primary_slot_name, which copies of failover slots need.",
                    "ALTER SYSTEM SET primary_slot_name = '<its physical slot>';" + RELOAD);
        }
    }
}
