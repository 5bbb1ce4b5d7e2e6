package io.walwire.internal.connection.doctor;

import io.walwire.event.Lsn;
import io.walwire.internal.connection.slot.OlderSlot;
import io.walwire.internal.connection.slot.SlotState;
import io.walwire.internal.connection.slot.Undecodable;
import io.walwire.internal.text.SqlIdentifiers;
import io.walwire.internal.text.SqlLiterals;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** A slot that holds changes which are older than a publication, because that was created, or dropped and created again, later. */
final class AgeCheck implements Check {
    private final Subject subject;

    AgeCheck(Subject subject) {
        this.subject = subject;
    }

    @Override
    public void look(Questions ask, Findings found) throws SQLException {
        String name = subject.config().slot().name();
        Optional<SlotState> state = name == null ? Optional.empty() : SlotState.find(ask.connection(), name);
        if (name == null
                || state.isEmpty()
                || state.get().holder() != null
                || state.get().loss() != null
                || !subject.database().name().equals(state.get().database())
                || !"pgoutput".equals(state.get().plugin())) {
            return;
        }
        Undecodable.Slot slot = new Undecodable.Slot(name, subject.publications(), false);
        List<String> younger = OlderSlot.maybeYounger(ask.connection(), slot);
        if (younger.isEmpty()) {
            return;
        }
        String where = "slot \"" + name + "\"";
        String what = "It holds changes that are older than publication "
                + younger.stream().map(SqlIdentifiers::quote).collect(Collectors.joining(" or "))
                + ", which was created, or dropped and created again, after them.";
        switch (OlderSlot.look(ask.connection(), slot)) {
            case CANNOT_BE_DECODED -> {
                Lsn to = Undecodable.skippedAt(ask.connection(), slot);
                found.error(
                        where,
                        what + " PostgreSQL before 18 cannot decode them, and ends each stream there. "
                                + (to == null
                                        ? "The first transaction that holds one was not found within two minutes. Examine again"
                                                + " when the server has less to do. Or drop the slot: the next start creates it, and all"
                                                + " that it holds is lost:"
                                        : "To go on behind the first transaction that holds one, which skips it and nothing"
                                                + " else, run this; then examine again:"),
                        to == null
                                ? "SELECT pg_catalog.pg_drop_replication_slot(" + SqlLiterals.quote(name) + ");"
                                : "SELECT pg_catalog.pg_replication_slot_advance(" + SqlLiterals.quote(name) + ", '"
                                        + to + "');");
            }
            case ARE_LEFT_OUT ->
                found.warning(
                        where, what + " PostgreSQL leaves them out. Handlers get a gap event in their place.", null);
            case NONE -> {
                return;
            }
        }
    }
}
