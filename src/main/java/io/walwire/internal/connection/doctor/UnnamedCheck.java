package io.walwire.internal.connection.doctor;

import io.walwire.internal.text.ShortList;
import io.walwire.internal.text.SqlIdentifiers;
import java.sql.SQLException;
import java.util.List;

/** What could be named where no publication or no slot is: those that the database has. */
final class UnnamedCheck implements Check {
    private static final int MAX_NAMED = 20;

    private static final String PUBLICATIONS = """
            SELECT p.pubname AS name, p.puballtables AS all_tables, pg_catalog.count(t.tablename) AS tables
            FROM pg_catalog.pg_publication p LEFT JOIN {published tables} t ON t.pubname = p.pubname
            GROUP BY 1, 2 ORDER BY 1""";

    private static final String SLOTS = """
            SELECT s.slot_name AS name, s.active FROM pg_catalog.pg_replication_slots s
            WHERE s.plugin = 'pgoutput' AND s.database = pg_catalog.current_database() AND NOT s.temporary ORDER BY 1""";

    private final Subject subject;

    UnnamedCheck(Subject subject) {
        this.subject = subject;
    }

    @Override
    public void look(Questions ask, Findings found) throws SQLException {
        if (!subject.publications().isEmpty()) {
            return;
        }
        List<Questions.Answer> publications = ask.rows(PUBLICATIONS);
        if (publications.isEmpty()) {
            Creation creation = Creation.of("events", subject, ask);
            found.error(
                    "publication",
                    "None is named, and the database has none. Create one, and name it in walwire.publication, or with"
                            + " --publication." + creation.warning(),
                    creation.sql());
        } else {
            found.error(
                    "publication",
                    "None is named. Name one or several in walwire.publication, or with --publication. The database has: "
                            + listed(publications.stream()
                                    .map(UnnamedCheck::publication)
                                    .toList())
                            + ".",
                    null);
        }
        List<Questions.Answer> slots = ask.rows(SLOTS);
        if (subject.config().slot().name() == null && !slots.isEmpty()) {
            found.note(
                    "slot",
                    "To examine one, name it in walwire.slot.name, or with --slot. The database has: "
                            + listed(slots.stream()
                                    .map(row -> row.text("name") + (row.flag("active") ? " (in use)" : ""))
                                    .toList())
                            + ".",
                    null);
        }
    }

    private static String publication(Questions.Answer row) {
        long tables = row.number("tables");
        return SqlIdentifiers.quote(row.text("name")) + " (" + (row.flag("all_tables") ? "all tables, now " : "")
                + tables + (tables == 1 ? " table)" : " tables)");
    }

    private static String listed(List<String> names) {
        return ShortList.of(names, MAX_NAMED);
    }
}
