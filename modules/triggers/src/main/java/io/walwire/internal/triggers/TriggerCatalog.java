package io.walwire.internal.triggers;

import io.walwire.internal.text.SqlIdentifiers;
import io.walwire.internal.text.TableName;
import io.walwire.internal.text.TablePattern;
import io.walwire.internal.triggers.TableTriggers.Condition;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the catalog has of one application's objects. */
final class TriggerCatalog {
    /** PostgreSQL copies a trigger for rows to each partition, where it can be disabled on its own. */
    private static final String TABLES = """
            WITH RECURSIVE copy (top, oid) AS (
              SELECT t.oid, t.oid FROM pg_catalog.pg_trigger t WHERE t.tgname = ? AND t.tgparentid = 0
              UNION ALL
              SELECT c.top, t.oid FROM copy c JOIN pg_catalog.pg_trigger t ON t.tgparentid = c.oid),
            {others}
            SELECT n.nspname, c.relname, c.relpersistence = 'p' AS logged,
                   EXISTS (SELECT FROM pg_catalog.pg_depend d
                           WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
                             AND d.deptype = 'e') AS of_extension,
                   pg_catalog.pg_has_role(c.relowner, 'USAGE') AS owned, rn.nspname AS root_schema, rc.relname AS root_name,
                   {columns}coalesce(parts.always, true) AS parts_always, coalesce(parts.silent, '{}') AS parts_silent,
                   c.relkind = 'r' AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhrelid = c.oid) AS single,
                   coalesce(own.tgname, elsewhere.tgname) AS other_trigger,
                   coalesce(elsewhere.nspname, n.nspname) AS other_schema, coalesce(elsewhere.relname, c.relname) AS other_table
            FROM pg_catalog.pg_class c
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN pg_catalog.pg_class rc ON c.relispartition AND rc.oid = pg_catalog.pg_partition_root(c.oid)
            LEFT JOIN pg_catalog.pg_namespace rn ON rn.oid = rc.relnamespace
            {joins}LEFT JOIN LATERAL (
              SELECT pg_catalog.bool_and(pt.tgenabled = 'A') AS always,
                     pg_catalog.array_agg(pn.nspname || '.' || pc.relname ORDER BY pn.nspname, pc.relname)
                       FILTER (WHERE pt.tgenabled IN ('D', 'R')) AS silent
              FROM copy k JOIN pg_catalog.pg_trigger pt ON pt.oid = k.oid
              JOIN pg_catalog.pg_class pc ON pc.oid = pt.tgrelid JOIN pg_catalog.pg_namespace pn ON pn.oid = pc.relnamespace
              WHERE k.top = each_row.oid AND k.oid <> each_row.oid AND pc.relkind <> 'p') parts ON true
            LEFT JOIN own ON own.tgrelid = c.oid
            LEFT JOIN LATERAL (SELECT * FROM elsewhere e WHERE e.tgrelid <> c.oid LIMIT 1) elsewhere ON own.tgrelid IS NULL
            WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
              AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
              AND coalesce(pg_catalog.obj_description(c.oid, 'pg_class'), '') NOT LIKE ?
            ORDER BY 1, 2""";

    /**
     * Triggers of others that may change a row before its insert is captured at the end of the statement: one of each table, and one
     * of another table, since a statement with WITH may write to both. Of two tables at least one is another. A partitioned table's
     * trigger may be disabled while its copies are not.
     */
    private static final String OTHERS = """
            other AS MATERIALIZED (
              SELECT o.tgrelid, o.tgname, on_table.relname, on_schema.nspname,
                     -- AFTER ROW; or of a statement that updates or deletes, which may see what it inserted, too
                     o.tgtype & 3 = 1 OR (o.tgtype & 1 = 0 AND o.tgtype & 24 <> 0) AS counts_here,
                     -- AFTER INSERT, UPDATE or DELETE, and not an extension's on a table of its own
                     o.tgtype & 66 = 0 AND o.tgtype & 28 <> 0 AND on_table.relpersistence <> 't'
                       AND (o.tgenabled IN ('O', 'A') OR on_table.relkind = 'p')
                       AND NOT EXISTS (
                         SELECT FROM pg_catalog.pg_depend dt JOIN pg_catalog.pg_depend df USING (deptype, refclassid, refobjid)
                         WHERE dt.deptype = 'e' AND dt.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND dt.objid = o.tgrelid
                           AND df.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND df.objid = o.tgfoid) AS counts_elsewhere
              FROM pg_catalog.pg_trigger o
              JOIN pg_catalog.pg_class on_table ON on_table.oid = o.tgrelid
              JOIN pg_catalog.pg_namespace on_schema ON on_schema.oid = on_table.relnamespace
              LEFT JOIN pg_catalog.pg_description said ON said.classoid = 'pg_catalog.pg_trigger'::pg_catalog.regclass
                AND said.objoid = o.oid AND said.objsubid = 0
              WHERE NOT o.tgisinternal AND o.tgparentid = 0 AND coalesce(said.description, '') NOT LIKE ?),
            own AS (SELECT DISTINCT ON (tgrelid) * FROM other WHERE counts_here ORDER BY tgrelid, tgname),
            elsewhere AS MATERIALIZED (
              SELECT DISTINCT ON (tgrelid) * FROM other WHERE counts_elsewhere ORDER BY tgrelid, tgname LIMIT 2)""";

    private static final String COLUMNS = """
            {kind}.tgtype AS {kind}_type, {kind}.tgenabled AS {kind}_enabled,
                   EXISTS (SELECT FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace pn ON pn.oid = p.pronamespace
                           WHERE p.oid = {kind}.tgfoid AND pn.nspname = ? AND p.proname = ?) AS {kind}_ours,
                   pg_catalog.obj_description({kind}.oid, 'pg_trigger') AS {kind}_comment,
                   {kind}.tgqual IS NOT NULL OR {kind}.tgattr::text <> '' AS {kind}_narrowed,
                   coalesce('old ' || {kind}.tgoldtable, '') || coalesce('new ' || {kind}.tgnewtable, '') AS {kind}_transition,
            """;

    private static final String JOIN = """
            LEFT JOIN pg_catalog.pg_trigger {kind} ON {kind}.tgrelid = c.oid AND {kind}.tgname = ? AND {kind}.tgparentid = 0
            """;

    private static final String CAPTURE = """
            SELECT p.prosrc, pg_catalog.obj_description(p.oid, 'pg_proc')
            FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
            WHERE n.nspname = ? AND p.proname = ? AND p.pronargs = 0""";

    private static final String OUTBOX = """
            SELECT pg_catalog.obj_description(c.oid, 'pg_class')
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND c.relname = ? AND c.relkind = 'r'""";

    private static final String QUERY = query();

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
        try (PreparedStatement query = connection.prepareStatement(QUERY)) {
            int i = 1;
            query.setString(i++, names.rowTrigger());
            query.setString(i++, OutboxNames.TAG + ",%");
            for (TriggerKind kind : TriggerKind.values()) {
                query.setString(i++, names.schema());
                query.setString(i++, names.plain(kind.gathers() ? "gather" : "capture"));
            }
            for (TriggerKind kind : TriggerKind.values()) {
                query.setString(i++, names.trigger(kind));
            }
            query.setString(i, OutboxNames.TAG + ",%");
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
        Map<TriggerKind, Condition> conditions = new EnumMap<>(TriggerKind.class);
        boolean always = row.getBoolean("parts_always");
        for (TriggerKind kind : TriggerKind.values()) {
            Condition condition = condition(row, kind);
            conditions.put(kind, condition);
            always &= condition == Condition.MISSING || "A".equals(row.getString(column(kind) + "_enabled"));
        }
        boolean gathered = TriggerKind.GATHERING.stream().anyMatch(kind -> conditions.get(kind) != Condition.MISSING);
        Condition rows = rows(conditions, gathered);
        Condition truncates = Objects.requireNonNull(conditions.get(TriggerKind.TRUNCATE));
        List<String> silent = List.of((String[]) row.getArray("parts_silent").getArray());
        TableName table = new TableName(row.getString("nspname"), row.getString("relname"));
        return new TableTriggers(
                table,
                row.getBoolean("logged"),
                row.getBoolean("of_extension"),
                root == null ? null : new TableName(row.getString("root_schema"), root),
                row.getBoolean("owned"),
                rows == Condition.WORKS && !silent.isEmpty() ? Condition.DISABLED : rows,
                truncates,
                silent,
                always && rows != Condition.MISSING && truncates != Condition.MISSING,
                row.getBoolean("single"),
                other(row, table),
                gathered);
    }

    private static @Nullable String other(ResultSet row, TableName table) throws SQLException {
        String trigger = row.getString("other_trigger");
        if (trigger == null) {
            return null;
        }
        TableName on = new TableName(row.getString("other_schema"), row.getString("other_table"));
        return (on.equals(table) ? "Trigger " : "Another table's trigger ") + SqlIdentifiers.quote(trigger) + " on "
                + on;
    }

    /** Of several triggers the worst condition; all changes come from one trigger or from three, and twice from all of them. */
    private static Condition rows(Map<TriggerKind, Condition> conditions, boolean gathered) {
        Condition eachRow = Objects.requireNonNull(conditions.get(TriggerKind.EACH_ROW));
        if (!gathered) {
            return eachRow;
        }
        Set<Condition> all = EnumSet.of(eachRow);
        TriggerKind.GATHERING.forEach(kind -> all.add(Objects.requireNonNull(conditions.get(kind))));
        if (all.contains(Condition.FOREIGN)) {
            return Condition.FOREIGN;
        }
        boolean one = eachRow == Condition.MISSING
                && TriggerKind.GATHERING.stream().noneMatch(kind -> conditions.get(kind) == Condition.MISSING);
        if (!one || all.contains(Condition.STALE)) {
            return Condition.STALE;
        }
        return all.contains(Condition.DISABLED) ? Condition.DISABLED : Condition.WORKS;
    }

    private Condition condition(ResultSet row, TriggerKind kind) throws SQLException {
        String which = column(kind);
        String enabled = row.getString(which + "_enabled");
        if (enabled == null) {
            return Condition.MISSING;
        }
        if (!isOwn(row.getString(which + "_comment"))) {
            return Condition.FOREIGN;
        }
        boolean asMade = row.getBoolean(which + "_ours")
                && row.getInt(which + "_type") == kind.type()
                && !row.getBoolean(which + "_narrowed")
                && kind.transition().equals(row.getString(which + "_transition"));
        if (!asMade) {
            return Condition.STALE;
        }
        return enabled.equals("O") || enabled.equals("A") ? Condition.WORKS : Condition.DISABLED;
    }

    private static String query() {
        StringBuilder columns = new StringBuilder();
        StringBuilder joins = new StringBuilder();
        for (TriggerKind kind : TriggerKind.values()) {
            columns.append(COLUMNS.replace("{kind}", column(kind)));
            joins.append(JOIN.replace("{kind}", column(kind)));
        }
        return TABLES.replace("{others}", OTHERS).replace("{columns}", columns).replace("{joins}", joins);
    }

    private static String column(TriggerKind kind) {
        return kind == TriggerKind.EACH_ROW ? "each_row" : "on_" + kind.name().toLowerCase(Locale.ROOT);
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
