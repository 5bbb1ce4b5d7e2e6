package io.walwire.internal.connection.doctor;

import io.walwire.error.Advice;
import io.walwire.internal.connection.catalog.Inheritance;
import io.walwire.internal.connection.publication.Alteration;
import io.walwire.internal.connection.publication.Partitions;
import io.walwire.internal.connection.publication.PatternTables;
import io.walwire.internal.connection.publication.PublicationOwner;
import io.walwire.internal.connection.publication.PublicationSql;
import io.walwire.internal.connection.publication.Publications;
import io.walwire.internal.connection.publication.Publishable;
import io.walwire.internal.connection.publication.RefusedChanges;
import io.walwire.internal.text.ShortList;
import io.walwire.internal.text.SqlIdentifiers;
import io.walwire.internal.text.TableName;
import io.walwire.internal.text.TablePattern;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The publications, and whether they hold what is wanted. */
final class PublicationCheck implements Check {
    private static final String OPERATIONS = """
            SELECT p.pubname AS name, pg_catalog.concat_ws(', ',
                       CASE WHEN NOT p.pubinsert THEN 'insert' END, CASE WHEN NOT p.pubupdate THEN 'update' END,
                       CASE WHEN NOT p.pubdelete THEN 'delete' END, CASE WHEN NOT p.pubtruncate THEN 'truncate' END) AS missing
            FROM pg_catalog.pg_publication p WHERE p.pubname = ANY (?) ORDER BY 1""";

    private static final String RIGHTS = """
            SELECT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS creates""";

    private static final String ALL_TABLES = """
            SELECT p.pubname AS name FROM pg_catalog.pg_publication p
            WHERE p.pubname = ANY (?) AND p.puballtables AND (p.pubupdate OR p.pubdelete) ORDER BY 1""";

    private static final String TABLE = """
            SELECT pg_catalog.pg_has_role(c.relowner, 'USAGE') AND NOT EXISTS (
                     SELECT FROM pg_catalog.pg_publication p
                     WHERE p.pubname = ? AND NOT pg_catalog.pg_has_role(p.pubowner, 'USAGE')) AS own
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND c.relname = ? AND c.relkind IN ('r', 'p')""";

    private final Subject subject;
    private final Publications publications;

    PublicationCheck(Subject subject) {
        this.subject = subject;
        this.publications =
                new Publications(subject.database(), subject.config().publication());
    }

    @Override
    public void look(Questions ask, Findings found) throws SQLException {
        if (subject.publications().isEmpty()) {
            return;
        }
        List<String> existing = publications.existing(ask.connection());
        for (String name : subject.publications()) {
            if (!existing.contains(name)) {
                missing(name, ask, found);
            }
        }
        owners(ask, found);
        for (Questions.Answer row : ask.rows(OPERATIONS, subject.publications())) {
            if (!row.text("missing").isEmpty()) {
                operations(row.text("name"), row.text("missing"), ask, found);
            }
        }
        for (Questions.Answer row : ask.rows(ALL_TABLES, subject.publications())) {
            found.note(where(row.text("name")), Creation.LATER_TABLES, null);
        }
        if (!existing.isEmpty() || subject.manages()) {
            tables(subject.publications().get(0), existing.isEmpty(), ask, found);
        }
    }

    private static void operations(String name, String missing, Questions ask, Findings found) throws SQLException {
        List<RefusedChanges> refused = RefusedChanges.after(ask.connection(), Alteration.everything(name));
        String leavesOut = "It leaves out: " + missing + ".";
        if (refused.isEmpty()) {
            found.note(
                    where(name),
                    leavesOut,
                    "ALTER PUBLICATION " + SqlIdentifiers.quote(name)
                            + " SET (publish = 'insert, update, delete, truncate');");
        } else {
            found.note(
                    where(name),
                    leavesOut
                            + " If it had all operations, PostgreSQL would refuse updates or deletes, to everybody, of "
                            + RefusedChanges.named(refused) + ".",
                    null);
        }
    }

    private void owners(Questions ask, Findings found) throws SQLException {
        for (PublicationOwner each : PublicationOwner.foreign(ask.connection(), subject.publications())) {
            boolean managed = subject.manages()
                    && each.publication().equals(subject.publications().get(0));
            if (managed) {
                found.error(where(each.publication()), each.sentence() + " Walwire does not manage it.", each.sql());
            } else if (!each.ownsTables()) {
                found.warning(where(each.publication()), each.sentence(), null);
            }
        }
    }

    private static String where(String name) {
        return "publication " + SqlIdentifiers.quote(name);
    }

    private void missing(String name, Questions ask, Findings found) throws SQLException {
        boolean all = subject.subscriptions().contains(TablePattern.ALL);
        Creation creation = Creation.of(name, subject, ask);
        String create = creation.sql();
        String but = creation.warning();
        Questions.Answer rights = ask.row(RIGHTS);
        if (!subject.manages()) {
            found.error(where(name), "It does not exist." + but, create);
        } else if (!rights.flag("creates")) {
            found.error(
                    where(name),
                    "It does not exist, and the role may not create it.",
                    "GRANT CREATE ON DATABASE "
                            + SqlIdentifiers.quote(subject.database().name()) + " TO "
                            + SqlIdentifiers.quote(subject.database().user()) + ";");
        } else if (all) {
            found.note(
                    where(name),
                    "It does not exist. Walwire creates it when it starts, with the tables that have a replica identity then,"
                            + " and adds later ones at each start.",
                    null);
        } else {
            found.note(where(name), "It does not exist; Walwire creates it when it starts." + but, create);
        }
    }

    private void tables(String first, boolean missing, Questions ask, Findings found) throws SQLException {
        Set<TableName> published = publications.published(ask.connection());
        for (TableName table : subject.named()) {
            if (!published.contains(table)) {
                Optional<Partitions.OtherName> other =
                        Partitions.find(ask.connection(), subject.publications(), table, published);
                if (other.isPresent()) {
                    found.error(
                            "table " + table,
                            other.get().sentence(),
                            other.get().sql());
                } else {
                    uncovered(first, table, ask, found);
                }
            }
        }
        children(published, ask, found);
        published.addAll(byPattern(first, missing, published, ask, found));
        for (TablePattern pattern : subject.subscriptions()) {
            if (!missing
                    && pattern.tableName().isEmpty()
                    && published.stream().noneMatch(table -> pattern.matches(table.schema(), table.table()))) {
                found.warning(
                        where(first),
                        "None of its tables is subscribed by " + pattern + ", so that no event will come.",
                        "ALTER PUBLICATION " + SqlIdentifiers.quote(first) + " ADD TABLE <table>;");
            }
        }
    }

    /** What the start does about tables that patterns take in; gives those that it adds. */
    private Set<TableName> byPattern(
            String first, boolean missing, Set<TableName> published, Questions ask, Findings found)
            throws SQLException {
        if (!subject.manages()) {
            return Set.of();
        }
        PatternTables start =
                PatternTables.atStart(ask.connection(), first, subject.subscriptions(), subject.named(), published);
        start.leftOut(first).forEach(text -> found.warning(where(first), text, null));
        if (!missing && !start.added().isEmpty()) {
            found.note(
                    where(first),
                    "Walwire adds these tables when it starts" + (subject.ownBackend() == 0 ? "" : " again") + ": "
                            + ShortList.of(start.added()) + ".",
                    null);
        }
        return start.added();
    }

    private void children(Set<TableName> published, Questions ask, Findings found) throws SQLException {
        for (Inheritance each : Inheritance.unheard(
                ask.connection(), subject.subscriptions(), subject.handled(), published::contains)) {
            Creation addition = each.unpublished().isEmpty()
                    ? new Creation(null, "")
                    : Creation.ofTables(subject.publications().get(0), each.unpublished(), ask);
            found.note("table " + each.parent(), each.sentence() + addition.warning(), addition.sql());
        }
    }

    private void uncovered(String publication, TableName table, Questions ask, Findings found) throws SQLException {
        List<Questions.Answer> owned = ask.rows(TABLE, publication, table.schema(), table.table());
        String where = "table " + table;
        Creation addition = Creation.ofTables(publication, List.of(table), ask);
        String add = addition.sql();
        String but = addition.warning();
        Advice whyNot = Publishable.whyNot(ask.connection(), table);
        if (!owned.isEmpty() && whyNot != null) {
            found.error(where, "It is subscribed or handled. " + whyNot, null);
        } else if (owned.isEmpty()) {
            found.error(where, "It is subscribed or handled, and does not exist. Correct walwire.subscriptions.", null);
        } else if (!subject.manages()) {
            found.error(where, "It is subscribed or handled, but in none of the publications." + but, add);
        } else if (!owned.get(0).flag("own")) {
            found.error(
                    where,
                    "It is in none of the publications, and Walwire's role does not own both, so it cannot add it."
                            + but,
                    add);
        } else if (subject.ownBackend() != 0) {
            found.error(
                    where,
                    "It is subscribed or handled, but no longer in any of the publications: its changes do not come to the"
                            + " instance that runs. Find out who dropped it from the publication. Walwire adds it when it"
                            + " starts again." + but,
                    add);
        } else {
            found.note(where, "It is in none of the publications; Walwire adds it when it starts." + but, add);
        }
    }

    static String quoted(TableName table) {
        return PublicationSql.quoted(table);
    }
}
