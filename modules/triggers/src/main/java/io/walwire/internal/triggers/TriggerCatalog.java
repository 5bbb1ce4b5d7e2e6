package io.walwire.internal.triggers;

import io.walwire.internal.text.TableName;
import io.walwire.internal.text.TablePattern;
import io.walwire.internal.triggers.TableTriggers.Condition;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the catalog has of one application's objects. */
final class TriggerCatalog {
    /** AFTER INSERT OR UPDATE OR DELETE FOR EACH ROW, as {@code tgtype} has it. */
    private static final int ROWS = 29;

    /** AFTER TRUNCATE FOR EACH STATEMENT. */
    private static final int TRUNCATES = 32;

    /** PostgreSQL copies a trigger for rows to each partition, where it can be disabled on its own. */
    private static final String TABLES = """
            WITH RECURSIVE copy (top, oid) AS (
              SELECT t.oid, t.oid FROM pg_catalog.pg_trigger t WHERE t.tgname = ? AND t.tgparentid = 0
              UNION ALL
              SELECT c.top, t.oid FROM copy c JOIN pg_catalog.pg_trigger t ON t.tgparentid = c.oid)
            SELECT n.nspname, c.relname, c.relpersistence = 'p' AS logged,
                   EXISTS (SELECT FROM pg_catalog.pg_depend d
                           WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
                             AND d.deptype = 'e') AS of_extension,
                   pg_catalog.pg_has_role(c.relowner, 'USAGE') AS owned, rn.nspname AS root_schema, rc.relname AS root_name,
                   r.tgtype AS row_type, r.tgenabled AS row_enabled, rp.oid IS NOT NULL AS row_ours,
                   pg_catalog.obj_description(r.oid, 'pg_trigger') AS row_comment, r.tgqual IS NOT NULL OR r.tgattr::text <> '' AS row_narrowed,
                   coalesce(parts.always, true) AS parts_always, coalesce(parts.silent, '{}') AS parts_silent,
                   t.tgtype AS truncate_type, t.tgenabled AS truncate_enabled, tp.oid IS NOT NULL AS truncate_ours,
                   pg_catalog.obj_description(t.oid, 'pg_trigger') AS truncate_comment, false AS truncate_narrowed
            FROM pg_catalog.pg_class c
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN pg_catalog.pg_class rc ON c.relispartition AND rc.oid = pg_catalog.pg_partition_root(c.oid)
            LEFT JOIN pg_catalog.pg_namespace rn ON rn.oid = rc.relnamespace
            LEFT JOIN pg_catalog.pg_trigger r ON r.tgrelid = c.oid AND r.tgname = ? AND r.tgparentid = 0
            LEFT JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid AND t.tgname = ?
            LEFT JOIN (pg_catalog.pg_proc rp JOIN pg_catalog.pg_namespace rpn ON rpn.oid = rp.pronamespace)
              ON rp.oid = r.tgfoid AND rpn.nspname = ? AND rp.proname = ?
            LEFT JOIN (pg_catalog.pg_proc tp JOIN pg_catalog.pg_namespace tpn ON tpn.oid = tp.pronamespace)
              ON tp.oid = t.tgfoid AND tpn.nspname = ? AND tp.proname = ?
            LEFT JOIN LATERAL (
              SELECT pg_catalog.bool_and(pt.tgenabled = 'A') AS always,
                     pg_catalog.array_agg(pn.nspname || '.' || pc.relname ORDER BY pn.nspname, pc.relname)
                       FILTER (WHERE pt.tgenabled IN ('D', 'R')) AS silent
              FROM copy k JOIN pg_catalog.pg_trigger pt ON pt.oid = k.oid
              JOIN pg_catalog.pg_class pc ON pc.oid = pt.tgrelid JOIN pg_catalog.pg_namespace pn ON pn.oid = pc.relnamespace
              WHERE k.top = r.oid AND k.oid <> r.oid AND pc.relkind <> 'p') parts ON true
            WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
              AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
              AND coalesce(pg_catalog.obj_description(c.oid, 'pg_class'), '') NOT LIKE ?
            ORDER BY 1, 2""";

    private static final String CAPTURE = """
            SELECT p.prosrc, pg_catalog.obj_description(p.oid, 'pg_proc')
            FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
            WHERE n.nspname = ? AND p.proname = ? AND p.pronargs = 0""";

    private static final String OUTBOX = """
            SELECT pg_catalog.obj_description(c.oid, 'pg_class')
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND c.relname = ? AND c.relkind = 'r'""";

    private final OutboxNames names;

    /**
     * A function.
     *
     * @param body its text
     * @param comment its comment
     */
    record Function(String body, @Nullable String comment) {}

    TriggerCatalog(OutboxNames names) {
        this.names = names;
    }

    /** Every table that could have triggers; no temporary ones, and none of the trigger source's own. */
    List<TableTriggers> tables(Connection connection) throws SQLException {
        List<TableTriggers> tables = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement(TABLES)) {
            int i = 1;
            for (String value : List.of(
                    names.rowTrigger(),
                    names.rowTrigger(),
                    names.truncateTrigger(),
                    names.schema(),
                    names.plain("capture"),
                    names.schema(),
                    names.plain("capture"),
                    OutboxNames.TAG + ",%")) {
                query.setString(i++, value);
            }
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    tables.add(table(rows));
                }
            }
        }
        return tables;
    }

    private TableTriggers table(ResultSet row) throws SQLException {
        String root = row.getString("root_name");
        Condition rows = condition(row, "row", ROWS);
        List<String> silent = List.of((String[]) row.getArray("parts_silent").getArray());
        return new TableTriggers(
                new TableName(row.getString("nspname"), row.getString("relname")),
                row.getBoolean("logged"),
                row.getBoolean("of_extension"),
                root == null ? null : new TableName(row.getString("root_schema"), root),
                row.getBoolean("owned"),
                rows == Condition.WORKS && !silent.isEmpty() ? Condition.DISABLED : rows,
                condition(row, "truncate", TRUNCATES),
                silent,
                "A".equals(row.getString("row_enabled"))
                        && "A".equals(row.getString("truncate_enabled"))
                        && row.getBoolean("parts_always"));
    }

    private Condition condition(ResultSet row, String which, int type) throws SQLException {
        String enabled = row.getString(which + "_enabled");
        if (enabled == null) {
            return Condition.MISSING;
        }
        if (!isOwn(row.getString(which + "_comment"))) {
            return Condition.FOREIGN;
        }
        boolean asMade = row.getBoolean(which + "_ours")
                && row.getInt(which + "_type") == type
                && !row.getBoolean(which + "_narrowed");
        if (!asMade) {
            return Condition.STALE;
        }
        return enabled.equals("O") || enabled.equals("A") ? Condition.WORKS : Condition.DISABLED;
    }

    /** Whether a comment says that an object is this application's. */
    boolean isOwn(@Nullable String comment) {
        return comment != null && comment.startsWith(names.tag() + ",");
    }

    /** The version in a comment of an object of this application's. */
    int version(@Nullable String comment) {
        String begin = names.tag() + ", version ";
        try {
            return comment == null || !comment.startsWith(begin)
                    ? 0
                    : Integer.parseInt(comment.substring(begin.length()));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    Optional<Function> capture(Connection connection) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(CAPTURE)) {
            query.setString(1, names.schema());
            query.setString(2, names.plain("capture"));
            try (ResultSet row = query.executeQuery()) {
                return row.next() ? Optional.of(new Function(row.getString(1), row.getString(2))) : Optional.empty();
            }
        }
    }

    /** The comment of the outbox table: empty if there is no such table, blank if it has none. */
    Optional<String> outbox(Connection connection) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(OUTBOX)) {
            query.setString(1, names.schema());
            query.setString(2, names.plain("outbox"));
            try (ResultSet row = query.executeQuery()) {
                if (!row.next()) {
                    return Optional.empty();
                }
                String comment = row.getString(1);
                return Optional.of(comment == null ? "" : comment);
            }
        }
    }

    /**
     * The tables that are to have triggers: those that are named, and those that a pattern takes in, but for unlogged ones and
     * extensions', and partitions, whose changes come under the name of the table that they are parts of.
     */
    static List<TableTriggers> wanted(
            List<TableTriggers> all, List<TablePattern> patterns, Collection<TableName> named) {
        return all.stream()
                .filter(each ->
                        named.contains(each.table()) || patterns.stream().anyMatch(pattern -> takesIn(pattern, each)))
                .toList();
    }

    private static boolean takesIn(TablePattern pattern, TableTriggers each) {
        if (!pattern.matches(each.table().schema(), each.table().table())) {
            return false;
        }
        return pattern.tableName().isPresent() || (each.logged() && !each.extension() && each.root() == null);
    }
}
