package io.walwire.internal.connection.doctor;

import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.slot.GapNote;
import io.walwire.internal.connection.slot.SlotState;
import io.walwire.internal.text.SqlLiterals;
import java.sql.SQLException;
import java.util.Optional;

/** The durable slot: whether it can be read, by us, and what it holds back. */
final class SlotCheck implements Check {
    private static final long MUCH_BYTES = 1L << 30;
    private static final long MEGABYTE = 1L << 20;

    private static final String DETAILS = """
            SELECT pg_catalog.pg_is_in_recovery() AS standby, s.two_phase, s.wal_status, s.safe_wal_size, s.temporary,
                   pg_catalog.pg_wal_lsn_diff(CASE WHEN pg_catalog.pg_is_in_recovery()
                         THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_lsn() END,
                       s.restart_lsn)::pg_catalog.int8 AS retained
            FROM pg_catalog.pg_replication_slots s WHERE s.slot_name = ?""";

    private final Subject subject;

    SlotCheck(Subject subject) {
        this.subject = subject;
    }

    @Override
    public void look(Questions ask, Findings found) throws SQLException {
        String name = subject.config().slot().name();
        if (name == null) {
            found.note(
                    "slot",
                    "It is temporary, since walwire.slot.name is not set: what is committed while no instance streams is"
                            + " missed, and after a lost connection handlers get a gap event.",
                    null);
            return;
        }
        String where = "slot \"" + name + "\"";
        noted(where, GapNote.find(ask.connection(), name), found);
        Optional<SlotState> slot = SlotState.find(ask.connection(), name);
        if (slot.isEmpty()) {
            if (subject.config().slot().durable()) {
                found.note(
                        where, "It does not exist; Walwire creates it when it starts, and reads from then on.", null);
            }
            return;
        }
        usable(where, slot.get(), found);
        Questions.Answer details = ask.row(DETAILS, name);
        if (slot.get().synced() && details.flag("standby")) {
            found.error(
                    where,
                    "It is this standby's copy of its primary's slot, and can be read only after a promotion. Connect to the"
                            + " primary; the other findings apply after that.",
                    null);
        }
        if (details.flag("two_phase") && !subject.config().protocol().twoPhase()) {
            found.warning(
                    where,
                    "It decodes prepared transactions (two_phase), which walwire.two-phase does not ask for: after a PREPARE its rows"
                            + " are not sent again at COMMIT PREPARED. Set walwire.two-phase=true, or use another slot, and drop this one when nobody needs it.",
                    drop(name));
        }
        retained(where, name, details, found);
    }

    private static void noted(String where, Optional<GapNote> note, Findings found) {
        if (note.isPresent()) {
            Lsn from = note.get().from();
            found.note(
                    where,
                    "Changes " + (from == null ? "" : "after " + from + " ")
                            + "are missing from it, and handlers may not know: they get a gap event first at the next start. To"
                            + " discard that event:",
                    drop(note.get().name()));
        }
    }

    private static String drop(String name) {
        return "SELECT pg_catalog.pg_drop_replication_slot(" + SqlLiterals.quote(name) + ");";
    }

    private void usable(String where, SlotState slot, Findings found) {
        try {
            slot.requireUsable(subject.database());
        } catch (WalwireException e) {
            found.error(
                    where,
                    e.explanation()
                            + " Before you drop it, make sure that no other program needs it: what that has not read is lost.",
                    drop(slot.name()));
        }
        SlotState.Holder holder = slot.holder();
        if (holder == null || holder.pid() == subject.ownBackend()) {
            return;
        }
        String stop = "SELECT pg_catalog.pg_terminate_backend(" + holder.pid() + ");";
        if (subject.config().slot().busy() == WalwireConfig.Busy.FAIL) {
            found.error(
                    where,
                    "It is in use by " + holder + ", and walwire.slot.busy is fail. Stop that program, or end its"
                            + " session, which ends its stream:",
                    stop);
        } else {
            found.note(
                    where,
                    "It is in use by " + holder + "; an instance stands by until it is released. To take it"
                            + " away from there, end that session, which ends the other stream:",
                    stop);
        }
    }

    private static void retained(String where, String name, Questions.Answer details, Findings found) {
        long retained = details.number("retained");
        if (retained > MUCH_BYTES) {
            found.warning(
                    where,
                    "It keeps " + retained / MEGABYTE
                            + " MB of WAL. Start what reads it, or drop it; the changes in it are" + " then gone.",
                    drop(name));
        }
        if (details.text("wal_status").equals("unreserved")) {
            found.warning(
                    where,
                    "It is about to be lost: it needs more WAL than max_slot_wal_keep_size allows, and the next checkpoint may"
                            + " remove some.",
                    "ALTER SYSTEM SET max_slot_wal_keep_size = '<size>'; SELECT pg_catalog.pg_reload_conf();");
        } else if (!details.text("safe_wal_size").isEmpty() && details.number("safe_wal_size") < MUCH_BYTES / 4) {
            found.warning(
                    where,
                    "It will be lost after another " + details.number("safe_wal_size") / MEGABYTE
                            + " MB of WAL, unless it is read.",
                    "ALTER SYSTEM SET max_slot_wal_keep_size = '<size>'; SELECT pg_catalog.pg_reload_conf();");
        }
    }
}
