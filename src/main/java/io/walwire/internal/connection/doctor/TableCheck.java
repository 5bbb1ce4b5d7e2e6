package io.walwire.internal.connection.doctor;

import io.walwire.internal.connection.publication.PartialIdentity;
import io.walwire.internal.connection.publication.PublicationSql;
import io.walwire.internal.connection.publication.Publications;
import io.walwire.internal.connection.publication.RefusedChanges;
import io.walwire.internal.connection.publication.RefusedChanges.Reason;
import io.walwire.internal.text.SqlIdentifiers;
import io.walwire.internal.text.TableName;
import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The published tables: what their replica identity lets through, and what publishing them does to the application. */
final class TableCheck implements Check {
    private static final int COLUMN_LISTS = 15;
    private static final int GENERATED_COLUMNS = 18;

    /** The list is made once, and its names are looked up by index: joined with itself it takes minutes for many tables. */
    private static final String PUBLISHED = """
            WITH listed AS MATERIALIZED (
              SELECT t.pubname, t.schemaname, t.tablename%s FROM {published tables} t
              WHERE t.pubname = ANY (?)),
            published AS MATERIALIZED (
              SELECT DISTINCT c.oid, t.schemaname, t.tablename, t.pubname%s FROM listed t
              JOIN pg_catalog.pg_namespace n ON n.nspname = t.schemaname
              JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = t.tablename)
            """;

    private static final String DIFFERENT_LISTS = """
            SELECT t.schemaname AS schema, t.tablename AS name
            FROM {published tables} t WHERE t.pubname = ANY (?)
            GROUP BY 1, 2 HAVING pg_catalog.count(DISTINCT t.attnames) > 1 ORDER BY 1, 2""";

    private static final String GENERATED = PUBLISHED + """
            SELECT p.schemaname AS schema, p.tablename AS name, p.pubname AS publication,
                   pg_catalog.string_agg(a.attname, ', ' ORDER BY a.attnum) AS columns
            FROM published p
            JOIN pg_catalog.pg_attribute a ON a.attrelid = p.oid AND NOT a.attisdropped AND a.attgenerated <> ''
            %s GROUP BY 1, 2, 3 ORDER BY 1, 2, 3""";

    private static final String NAMES = ", t.attnames";
    private static final String UNLISTED = "WHERE a.attname <> ALL (p.attnames)";

    private final Subject subject;

    TableCheck(Subject subject) {
        this.subject = subject;
    }

    @Override
    public void look(Questions ask, Findings found) throws SQLException {
        List<RefusedChanges> refused = RefusedChanges.of(ask.connection(), subject.publications());
        Set<String> named = new LinkedHashSet<>();
        for (RefusedChanges each : refused) {
            // the same in each publication
            if (each.reason() != Reason.IDENTITY || named.add(each.table().toString())) {
                refused(each, found);
            }
        }
        filters(ask, found);
        generated(ask, refused, found);
        if (ask.version() >= COLUMN_LISTS) {
            columnLists(ask, found);
        }
    }

    private static void refused(RefusedChanges each, Findings found) {
        String what = each.update() ? each.delete() ? "updates and deletes" : "updates" : "deletes";
        String sentence = "PostgreSQL refuses its " + what + ", to everybody: " + each.why() + ".";
        String publication = SqlIdentifiers.quote(each.publication());
        String sql = null;
        switch (each.reason()) {
            case IDENTITY -> {
                sentence += " Give it a primary key that is not deferrable" + (each.fullHelps() ? ", or:" : ".");
                sql = each.fullHelps() ? PublicationSql.full(each.table()) : null;
            }
            case FILTER -> sql = each.fullHelps() ? PublicationSql.full(each.table()) : null;
            case LIST -> {
                sentence += " Publish those columns, too, or use an identity that does without them.";
                sql = "ALTER TABLE " + PublicationCheck.quoted(each.table())
                        + " REPLICA IDENTITY DEFAULT; -- where the list has the primary key";
            }
            case GENERATED -> {
                sentence += " Stored ones can be published, with those of all other tables of the publication:";
                sql = "ALTER PUBLICATION " + publication + " SET (publish_generated_columns = stored);";
            }
        }
        found.warning("table " + each.table(), sentence, sql);
    }

    private static TableName table(Questions.Answer row) {
        return new TableName(row.text("schema"), row.text("name"));
    }

    private static String where(Questions.Answer row) {
        return "table " + table(row);
    }

    private void filters(Questions ask, Findings found) throws SQLException {
        Publications publications =
                new Publications(subject.database(), subject.config().publication());
        Set<TableName> read = new LinkedHashSet<>(subject.readForOldValues());
        if (subject.readsAllOldValues()) {
            publications.published(ask.connection()).stream()
                    .filter(subject::isSubscribed)
                    .forEach(read::add);
        }
        for (PartialIdentity each : PartialIdentity.of(ask.connection(), read)) {
            String sentence =
                    "A filter compares old values, which PostgreSQL does not send for this table. Uncertain updates are delivered.";
            String more = each.sql() == null
                    ? " " + each.advice("")
                    : each.isOfPartitions()
                            ? " Give the table and each partition REPLICA IDENTITY FULL, later ones too."
                            : "";
            found.warning("table " + each.table(), sentence + more, each.sql());
        }
    }

    private void generated(Questions ask, List<RefusedChanges> refused, Findings found) throws SQLException {
        Set<String> known = new LinkedHashSet<>();
        refused.stream()
                .filter(each -> each.reason() == Reason.GENERATED)
                .forEach(each -> known.add(each.table() + " " + each.publication()));
        boolean lists = ask.version() >= COLUMN_LISTS;
        String names = lists ? NAMES : "";
        String sql = GENERATED.formatted(names, names, lists ? UNLISTED : "");
        for (Questions.Answer row : ask.rows(sql, subject.publications())) {
            String publication = SqlIdentifiers.quote(row.text("publication"));
            String columns =
                    "Publication " + publication + " leaves out its generated columns (" + row.text("columns") + ")";
            String publish = ask.version() >= GENERATED_COLUMNS
                    ? "ALTER PUBLICATION " + publication + " SET (publish_generated_columns = stored);"
                    : null;
            if (!known.contains(table(row) + " " + row.text("publication"))) {
                found.note(where(row), columns + ": events do not have them.", publish);
            }
        }
    }

    private void columnLists(Questions ask, Findings found) throws SQLException {
        for (Questions.Answer row : ask.rows(DIFFERENT_LISTS, subject.publications())) {
            found.error(
                    where(row),
                    "The publications have different column lists for it, at which PostgreSQL ends the stream. In one"
                            + " transaction, drop the table from one of them and add it with the other's columns (SET TABLE"
                            + " would drop all other tables).",
                    null);
        }
    }
}
