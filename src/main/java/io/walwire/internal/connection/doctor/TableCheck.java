package io.walwire.internal.connection.doctor;

import io.walwire.internal.connection.Publications;
import io.walwire.internal.text.SqlIdentifiers;
import io.walwire.internal.text.TableName;
import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.Set;

/** The published tables: what their replica identity lets through, and what publishing them does to the application. */
final class TableCheck implements Check {
    private static final int COLUMN_LISTS = 15;
    private static final int GENERATED_COLUMNS = 18;

    private static final String PUBLISHED = """
            SELECT DISTINCT c.oid, c.relkind, c.relreplident, n.nspname, c.relname, t.pubname, p.pubupdate OR p.pubdelete AS changes
            FROM {published tables} t
            JOIN pg_catalog.pg_publication p ON p.pubname = t.pubname
            JOIN pg_catalog.pg_namespace n ON n.nspname = t.schemaname
            JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = t.tablename
            WHERE t.pubname = ANY (?)""";

    /** Of a partitioned table its leaves, since theirs is what counts; pg_partition_tree would wait for locks. */
    private static final String WITHOUT_IDENTITY = "WITH RECURSIVE published AS (" + PUBLISHED + """
            ), tree (oid) AS (
              SELECT p.oid FROM published p WHERE p.changes
              UNION
              SELECT i.inhrelid
              FROM tree t
              JOIN pg_catalog.pg_class c ON c.oid = t.oid AND c.relkind = 'p'
              JOIN pg_catalog.pg_inherits i ON i.inhparent = t.oid)
            SELECT n.nspname AS schema, c.relname AS name
            FROM tree
            JOIN pg_catalog.pg_class c ON c.oid = tree.oid
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND c.relreplident <> 'f' AND NOT EXISTS (
              SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid
                AND ((c.relreplident = 'd' AND i.indisprimary) OR (c.relreplident = 'i' AND i.indisreplident)))
            ORDER BY 1, 2""";

    private static final String DIFFERENT_LISTS = """
            SELECT t.schemaname AS schema, t.tablename AS name
            FROM {published tables} t WHERE t.pubname = ANY (?)
            GROUP BY 1, 2 HAVING pg_catalog.count(DISTINCT t.attnames) > 1 ORDER BY 1, 2""";

    private static final String IDENTITY_OUTSIDE_LIST = "WITH published AS (" + PUBLISHED + """
            ) SELECT p.nspname AS schema, p.relname AS name, p.pubname AS publication,
                     pg_catalog.string_agg(a.attname, ', ' ORDER BY a.attnum) AS columns
            FROM published p
            JOIN {published tables} t
              ON t.pubname = p.pubname AND t.schemaname = p.nspname AND t.tablename = p.relname
            JOIN pg_catalog.pg_attribute a ON a.attrelid = p.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
            WHERE p.changes AND a.attname <> ALL (t.attnames) AND (p.relreplident = 'f' OR EXISTS (
              SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = p.oid AND a.attnum = ANY (i.indkey)
                AND ((p.relreplident = 'd' AND i.indisprimary) OR (p.relreplident = 'i' AND i.indisreplident))))
            GROUP BY 1, 2, 3 ORDER BY 1, 2, 3""";

    private static final String GENERATED = "WITH published AS (" + PUBLISHED + """
            ) SELECT p.nspname AS schema, p.relname AS name, p.pubname AS publication, p.relreplident = 'f' AS is_full,
                     pg_catalog.string_agg(a.attname, ', ' ORDER BY a.attnum) AS columns
            FROM published p
            JOIN pg_catalog.pg_attribute a ON a.attrelid = p.oid AND NOT a.attisdropped AND a.attgenerated <> ''
            %s GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3""";

    private static final String UNLISTED = """
            JOIN {published tables} t
              ON t.pubname = p.pubname AND t.schemaname = p.nspname AND t.tablename = p.relname
            WHERE a.attname <> ALL (t.attnames)""";

    private final Subject subject;

    TableCheck(Subject subject) {
        this.subject = subject;
    }

    @Override
    public void look(Questions ask, Findings found) throws SQLException {
        for (Questions.Answer row : ask.rows(WITHOUT_IDENTITY, subject.publications())) {
            found.warning(
                    where(row),
                    "It is published for updates and deletes, and has no replica identity: PostgreSQL refuses both, to"
                            + " everybody. Give it a primary key, or:",
                    full(table(row)));
        }
        filters(ask, found);
        generated(ask, found);
        if (ask.version() >= COLUMN_LISTS) {
            columnLists(ask, found);
        }
    }

    private static TableName table(Questions.Answer row) {
        return new TableName(row.text("schema"), row.text("name"));
    }

    private static String where(Questions.Answer row) {
        return "table " + table(row);
    }

    private static String full(TableName table) {
        return "ALTER TABLE " + PublicationCheck.quoted(table) + " REPLICA IDENTITY FULL;";
    }

    private void filters(Questions ask, Findings found) throws SQLException {
        Publications publications = new Publications(subject.database(), subject.publications());
        Set<TableName> read = new LinkedHashSet<>(subject.readForOldValues());
        if (subject.readsAllOldValues()) {
            publications.published(ask.connection()).stream()
                    .filter(subject::isSubscribed)
                    .forEach(read::add);
        }
        for (TableName table : publications.withoutFullIdentity(ask.connection(), read)) {
            found.warning(
                    "table " + table,
                    "A filter compares old values, which PostgreSQL does not send of it: updates in doubt are delivered.",
                    full(table));
        }
    }

    private void generated(Questions ask, Findings found) throws SQLException {
        String unlisted = ask.version() >= COLUMN_LISTS ? UNLISTED : "";
        for (Questions.Answer row : ask.rows(GENERATED.formatted(unlisted), subject.publications())) {
            String publication = SqlIdentifiers.quote(row.text("publication"));
            String columns =
                    "Publication " + publication + " leaves out its generated columns (" + row.text("columns") + ")";
            String publish = ask.version() >= GENERATED_COLUMNS
                    ? "ALTER PUBLICATION " + publication + " SET (publish_generated_columns = stored);"
                    : null;
            if (ask.version() >= GENERATED_COLUMNS && row.flag("is_full")) {
                found.warning(
                        where(row),
                        columns
                                + ", which are part of its replica identity FULL: PostgreSQL refuses its updates and deletes.",
                        publish);
            } else {
                found.note(where(row), columns + ": events do not have them.", publish);
            }
        }
    }

    private void columnLists(Questions ask, Findings found) throws SQLException {
        for (Questions.Answer row : ask.rows(DIFFERENT_LISTS, subject.publications())) {
            found.error(
                    where(row),
                    "The publications have different column lists for it, at which PostgreSQL ends the stream.",
                    "ALTER PUBLICATION <publication> SET TABLE <each table, this one with the same columns>;");
        }
        for (Questions.Answer row : ask.rows(IDENTITY_OUTSIDE_LIST, subject.publications())) {
            found.warning(
                    where(row),
                    "The column list in publication " + SqlIdentifiers.quote(row.text("publication"))
                            + " leaves out columns of its replica identity (" + row.text("columns")
                            + "): PostgreSQL refuses its updates and deletes.",
                    "ALTER TABLE " + PublicationCheck.quoted(table(row))
                            + " REPLICA IDENTITY DEFAULT; -- or publish those columns, too");
        }
    }
}
