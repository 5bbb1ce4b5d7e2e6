package io.walwire.internal.connection.doctor;

import io.walwire.internal.text.SqlLiterals;
import java.sql.SQLException;

/** Whether there is room for one more slot and sender, and what else holds a new slot up. */
final class CapacityCheck implements Check {
    private static final String USED = """
            SELECT (SELECT pg_catalog.count(*) FROM pg_catalog.pg_replication_slots) AS slots,
                   (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_replication) AS senders,
                   EXISTS (SELECT FROM pg_catalog.pg_replication_slots s WHERE s.slot_name = ?) AS has_slot""";

    private static final String PREPARED = """
            SELECT x.gid, pg_catalog.date_part('epoch', pg_catalog.now() - x.prepared)::pg_catalog.int8 / 60 AS minutes
            FROM pg_catalog.pg_prepared_xacts x ORDER BY x.prepared""";

    /** Longer than any coordinator takes between the two phases. */
    private static final long OLD_MINUTES = 5;

    private final Subject subject;
    private final String where;

    CapacityCheck(Subject subject) {
        this.subject = subject;
        this.where = "server of " + subject.database().display();
    }

    @Override
    public void look(Questions ask, Findings found) throws SQLException {
        String slot = subject.config().slot().name();
        Questions.Answer used = ask.row(USED, slot == null ? "" : slot);
        long slots = ask.numericSetting("max_replication_slots");
        if (subject.ownBackend() == 0 && !used.flag("has_slot") && used.number("slots") >= slots) {
            found.error(
                    where,
                    "No slot is free: max_replication_slots is " + slots
                            + ", and so many exist. Drop one that nobody needs,"
                            + " or raise the number, which takes a restart.",
                    "ALTER SYSTEM SET max_replication_slots = " + (slots + 10) + ";");
        }
        long senders = ask.numericSetting("max_wal_senders");
        if (subject.ownBackend() == 0 && used.number("senders") >= senders) {
            found.error(
                    where,
                    "No sender is free: max_wal_senders is " + senders
                            + ", and so many run. End one, or raise the number, which takes a restart.",
                    "ALTER SYSTEM SET max_wal_senders = " + (senders + 10) + ";");
        }
        for (Questions.Answer prepared : ask.rows(PREPARED)) {
            prepared(prepared, found);
        }
    }

    private static void prepared(Questions.Answer prepared, Findings found) {
        long minutes = prepared.number("minutes");
        String gid = SqlLiterals.quote(prepared.text("gid"));
        String what = "It was prepared " + minutes
                + " minutes ago and neither committed nor rolled back. Until then no slot can be created, and existing ones"
                + " keep all WAL since. Ask its transaction manager first: a rollback discards its work for good.";
        String sql = "ROLLBACK PREPARED " + gid + "; -- or COMMIT PREPARED " + gid + ";";
        if (minutes >= OLD_MINUTES) {
            found.warning("prepared transaction " + gid, what, sql);
        } else {
            found.note("prepared transaction " + gid, what, sql);
        }
    }
}
