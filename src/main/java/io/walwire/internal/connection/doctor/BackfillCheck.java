package io.walwire.internal.connection.doctor;

import io.walwire.internal.config.HeldTables;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.catalog.RowKeys;
import io.walwire.internal.text.ShortList;
import io.walwire.internal.text.SqlIdentifiers;
import io.walwire.internal.text.TableName;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What keeps existing rows of published tables from being read, where the configuration asks for them. */
final class BackfillCheck implements Check {
    /** Each published table, with itself and the partitions below it that have rows. */
    private static final String PARTS =
            """
            WITH RECURSIVE listed AS MATERIALIZED (
              SELECT t.schemaname, t.tablename, pg_catalog.bool_or(p.pubupdate) AND pg_catalog.bool_or(p.pubdelete) AS complete,
                     pg_catalog.min(t.attnames) AS columns
              FROM {published tables} t JOIN pg_catalog.pg_publication p ON p.pubname = t.pubname
              WHERE t.pubname = ANY (?) GROUP BY 1, 2),
            tree (top, oid, relkind) AS (
              SELECT c.oid, c.oid, c.relkind FROM listed l
              JOIN pg_catalog.pg_namespace n ON n.nspname = l.schemaname
              JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = l.tablename
              UNION ALL
              SELECT t.top, c.oid, c.relkind
              FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhparent = t.oid JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
              WHERE t.relkind = 'p')
            SELECT s.schemaname AS schema, s.tablename AS name, s.complete, pn.nspname AS part_schema, pc.relname AS part_name,
                   pg_catalog.has_table_privilege(pc.oid, 'SELECT') AS readable,
                   pg_catalog.row_security_active(pc.oid) AS hidden, pg_catalog.pg_table_size(pc.oid) AS bytes,
                   (SELECT pg_catalog.bool_and(l.attname = ANY (s.columns)) AND pg_catalog.bool_or({is exact})
                    FROM pg_catalog.pg_index k
                    JOIN pg_catalog.pg_attribute l ON l.attrelid = k.indrelid
                      AND l.attnum = ANY ((k.indkey::pg_catalog.int2[])[0:k.indnkeyatts - 1]) -- others are only included
                    WHERE {is key}) AS keyed
            FROM listed s
            JOIN pg_catalog.pg_namespace n ON n.nspname = s.schemaname
            JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = s.tablename
            JOIN tree t ON t.top = c.oid AND (t.relkind <> 'p' OR t.oid = t.top)
            JOIN pg_catalog.pg_class pc ON pc.oid = t.oid
            JOIN pg_catalog.pg_namespace pn ON pn.oid = pc.relnamespace
            ORDER BY 1, 2, 4, 5""".replace("{is exact}", RowKeys.IS_EXACT).replace("{is key}", RowKeys.isKey("true"));

    private final Subject subject;
    private final String role;

    BackfillCheck(Subject subject) {
        this.subject = subject;
        this.role = SqlIdentifiers.quote(subject.database().user());
    }

    /** A table or partition, and whether its rows can be read. */
    private record Part(TableName name, boolean readable, boolean hidden, long bytes, boolean keyed) {}

    @Override
    public void look(Questions ask, Findings found) throws SQLException {
        if (!subject.config().backfill().automatic() || subject.publications().isEmpty()) {
            return;
        }
        boolean standby =
                ask.row("SELECT pg_catalog.pg_is_in_recovery() AS standby").flag("standby");
        if (subject.config().origin() != WalwireConfig.Origin.ANY) {
            found.error(
                    "walwire.origin",
                    "It leaves out changes that came by replication, so rows which were read would become stale. Existing"
                            + " rows are not read with it: set walwire.origin=any or walwire.backfill=off.",
                    null);
        }
        tables(ask, found, standby);
    }

    private void tables(Questions ask, Findings found, boolean standby) throws SQLException {
        Map<TableName, List<Part>> parts = new LinkedHashMap<>();
        Map<TableName, Boolean> complete = new LinkedHashMap<>();
        for (Questions.Answer row : ask.rows(PARTS, subject.publications())) {
            TableName table = new TableName(row.text("schema"), row.text("name"));
            if (subject.isSubscribed(table) && subject.readsExistingRows().test(table)) {
                complete.put(table, row.flag("complete"));
                parts.computeIfAbsent(table, name -> new ArrayList<>())
                        .add(new Part(
                                new TableName(row.text("part_schema"), row.text("part_name")),
                                row.flag("readable"),
                                row.flag("hidden"),
                                row.number("bytes"),
                                row.flag("keyed")));
            }
        }
        complete.forEach((table, hasAll) -> {
            if (!hasAll) {
                found.error(
                        "table " + table,
                        "Its existing rows are not read, because its publication leaves out updates or deletes: a row that was"
                                + " read would become stale. The finding about the publication says what publishing them does.",
                        null);
            }
        });
        parts.forEach((table, all) -> rights(table, all, found));
        boolean first = subject.config().backfill().first();
        parts.forEach((table, all) -> unkeyed(table, all, found, standby, first));
    }

    private static void unkeyed(TableName table, List<Part> parts, Findings found, boolean standby, boolean first) {
        if (parts.stream().allMatch(Part::keyed)) {
            return;
        }
        long bytes = parts.stream().mapToLong(Part::bytes).sum();
        if (standby) {
            found.error(
                    "table " + table,
                    "Its existing rows are not read from a standby: it has no key by which they can be compared with the stream."
                            + " Give it a primary key, or REPLICA IDENTITY USING INDEX, or stream from the primary.",
                    null);
        } else if (!first && bytes > HeldTables.maxBytes()) {
            found.error(
                    "table " + table,
                    "Its existing rows are not read: it has no key by which they can be compared with the stream, so the stream"
                            + " would be held while they are read, and it is too large for that. It has " + bytes
                            + " bytes, and at most " + HeldTables.maxBytes() + " are read so. Give it a primary key, or"
                            + " REPLICA IDENTITY USING INDEX, which has a column of numbers, text, uuid, times or enums, and is"
                            + " published as a whole; or set walwire.backfill.order=first, which has no such bound.",
                    null);
        }
    }

    private void rights(TableName table, List<Part> parts, Findings found) {
        List<TableName> unreadable = names(parts.stream().filter(part -> !part.readable()));
        if (!unreadable.isEmpty()) {
            found.error(
                    "table " + table,
                    "Role " + role + " needs SELECT on " + ShortList.of(unreadable)
                            + " to read existing rows, as a table privilege: reading takes a lock, which rights on columns do not"
                            + " allow.",
                    "GRANT SELECT ON "
                            + unreadable.stream().map(PublicationCheck::quoted).collect(Collectors.joining(", "))
                            + " TO "
                            + role + ";");
        }
        List<TableName> hidden = names(parts.stream().filter(Part::hidden));
        if (!hidden.isEmpty()) {
            found.error(
                    "table " + table,
                    "Row security hides rows of " + ShortList.of(hidden) + " from role " + role
                            + ", and the stream has the changes of all rows. Let Walwire have a role of its own first: an"
                            + " application that uses the same role would see all rows, too.",
                    "ALTER ROLE " + role + " BYPASSRLS;");
        }
    }

    private static List<TableName> names(Stream<Part> parts) {
        return parts.map(Part::name).toList();
    }
}
