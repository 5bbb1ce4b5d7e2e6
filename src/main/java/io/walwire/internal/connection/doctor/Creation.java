package io.walwire.internal.connection.doctor;

import io.walwire.internal.connection.Partitions;
import io.walwire.internal.connection.PublicationSql;
import io.walwire.internal.connection.RefusedChanges;
import io.walwire.internal.text.SqlIdentifiers;
import io.walwire.internal.text.TableName;
import io.walwire.internal.text.TablePattern;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How tables come into a publication without harm to those who write to them.
 *
 * @param sql statements that can be run as they are; null where something has to be decided first
 * @param warning what to know before, beginning with a blank, or empty
 */
record Creation(@Nullable String sql, String warning) {
    /** Longer statements are for sql/setup.sql. */
    private static final int MOST_TABLES = 100;

    private static final int MOST_NAMED = 10;

    private static final String ALL = """
            SELECT n.nspname AS schema, c.relname AS name
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p' AND NOT c.relispartition
              AND n.nspname <> 'information_schema' AND NOT starts_with(n.nspname, 'pg_')
            ORDER BY 1, 2""";

    private static final String ROOTS = """
            SELECT n.nspname AS schema, c.relname AS name
            FROM pg_catalog.pg_class l JOIN pg_catalog.pg_namespace m ON m.oid = l.relnamespace
            CROSS JOIN LATERAL pg_catalog.pg_partition_ancestors(l.oid) a
            JOIN pg_catalog.pg_class c ON c.oid = a.relid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE m.nspname = ? AND l.relname = ?""";

    /** A publication that is missing, of all that is wanted of it. */
    static Creation of(String publication, Subject subject, Questions ask) throws SQLException {
        boolean all = subject.subscriptions().contains(TablePattern.ALL);
        if (!all && !subject.named().isEmpty()) {
            Set<TableName> named = subject.named();
            List<RefusedChanges> refused = RefusedChanges.ifPublished(ask.connection(), named);
            return of(
                    refused,
                    PublicationSql.create(
                            publication, named, Partitions.isAnyPartitioned(ask.connection(), named), refused));
        }
        List<RefusedChanges> refused = RefusedChanges.ifPublished(ask.connection(), null);
        if (refused.isEmpty()) {
            return new Creation(
                    "CREATE PUBLICATION " + SqlIdentifiers.quote(publication) + " FOR ALL TABLES;",
                    " This one has later tables, too: a table without a primary key that somebody creates then takes no"
                            + " updates and deletes.");
        }
        Set<TableName> tables = new LinkedHashSet<>();
        for (Questions.Answer row : ask.rows(ALL)) {
            tables.add(new TableName(row.text("schema"), row.text("name")));
        }
        for (RefusedChanges each : refused) {
            tables.remove(each.table());
            for (Questions.Answer row :
                    ask.rows(ROOTS, each.table().schema(), each.table().table())) {
                tables.remove(new TableName(row.text("schema"), row.text("name")));
            }
        }
        String leavesOut = " Not FOR ALL TABLES: PostgreSQL would then refuse updates and deletes of " + names(refused)
                + ", to everybody. ";
        if (tables.isEmpty() || tables.size() > MOST_TABLES) {
            return new Creation(null, leavesOut + "sql/setup.sql makes one of the tables that can be published.");
        }
        return new Creation(
                PublicationSql.create(publication, tables, false, List.of()),
                leavesOut
                        + "This one leaves them out; give each a primary key or REPLICA IDENTITY FULL before you add it.");
    }

    /** A table that is missing in a publication. */
    static Creation ofTable(String publication, TableName table, Questions ask) throws SQLException {
        List<RefusedChanges> refused = RefusedChanges.ifPublished(ask.connection(), List.of(table));
        return of(refused, PublicationSql.add(publication, List.of(table), refused));
    }

    private static Creation of(List<RefusedChanges> refused, String sql) {
        if (refused.isEmpty()) {
            return new Creation(sql, "");
        }
        String warning = " Once published, PostgreSQL refuses updates and deletes of " + names(refused)
                + ", to everybody: " + refused.get(0).why() + ". Give it a primary key that is not deferrable first";
        boolean full = refused.stream().allMatch(RefusedChanges::fullHelps);
        return full
                ? new Creation(sql, warning + ", or log its whole old rows, which costs WAL:")
                : new Creation(null, warning + ".");
    }

    private static String names(List<RefusedChanges> refused) {
        List<String> all = new ArrayList<>(
                refused.stream().map(each -> each.table().toString()).distinct().toList());
        String some = all.stream().limit(MOST_NAMED).collect(Collectors.joining(", "));
        return all.size() > MOST_NAMED ? some + " and " + (all.size() - MOST_NAMED) + " more" : some;
    }
}
