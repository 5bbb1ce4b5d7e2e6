package io.walwire.internal.connection.publication;

import io.walwire.internal.connection.catalog.TableArrays;
import io.walwire.internal.text.ShortList;
import io.walwire.internal.text.SqlIdentifiers;
import io.walwire.internal.text.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A table whose updates or deletes PostgreSQL refuses, to everybody, because a publication has it. The server decides that in
 * CheckCmdReplicaIdentity, for partitions and not for their root, and looks at every publication of the database.
 *
 * @param table the table, or the partition
 * @param publication raw name of a publication that is the reason; empty where the table is not published yet
 * @param reason why
 * @param columns the columns that are the reason, for messages; empty without an identity
 * @param update whether updates are refused
 * @param delete whether deletes are refused
 * @param fullHelps whether REPLICA IDENTITY FULL would be enough for them
 */
public record RefusedChanges(
        TableName table,
        String publication,
        Reason reason,
        String columns,
        boolean update,
        boolean delete,
        boolean fullHelps) {
    private static final int FILTERS_AND_LISTS = 15;
    private static final int GENERATED_COLUMNS = 18;

    /** Why the server refuses them. */
    public enum Reason {
        /** There is nothing to find the row by. */
        IDENTITY,
        /** A row filter reads columns that are no part of the identity. */
        FILTER,
        /** A column list leaves out columns of the identity; under FULL any list does. */
        LIST,
        /** Columns of the identity are generated, and not published. */
        GENERATED
    }

    /** Tables that can be published, and what they are partitions of. What identifies their rows is as relcache.c finds it. */
    private static final String LEAVES = """
            WITH leaf AS MATERIALIZED (
              SELECT c.oid, CASE WHEN (n.nspname, c.relname) IN (
                         SELECT w.schema, w.name
                         FROM ROWS FROM (pg_catalog.unnest(?::text[]), pg_catalog.unnest(?::text[])) w (schema, name))
                       THEN 'f' ELSE c.relreplident END AS relreplident, c.relispartition, c.relnamespace, n.nspname, c.relname
              FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
              WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND c.oid::pg_catalog.int8 >= 16384),
            tree AS MATERIALIZED (
              SELECT l.oid AS leaf, l.oid AS rel, 0::pg_catalog.int8 AS level FROM leaf l
              UNION ALL
              SELECT l.oid, a.relid, a.n FROM leaf l
              CROSS JOIN LATERAL pg_catalog.pg_partition_ancestors(l.oid) WITH ORDINALITY a (relid, n)
              WHERE l.relispartition AND a.relid <> l.oid)""";

    /**
     * What identifies the rows of a table, and its columns. Looked up for each table by the catalog's indexes: joined as a whole, with
     * estimates that are far too low, it would take the square of the number of tables.
     */
    private static final String IDENTITY = """
            FROM pg_catalog.pg_index i WHERE i.indrelid = l.oid
                AND i.indisvalid AND i.indisunique AND i.indimmediate AND i.indpred IS NULL
                AND ((l.relreplident = 'd' AND i.indisprimary) OR (l.relreplident = 'i' AND i.indisreplident))""";

    private static final String IDENTITY_COLUMNS = """
            SELECT a.attname, a.attgenerated FROM (
                    SELECT i.indrelid, i.indnkeyatts, i.indkey::pg_catalog.int2[] AS keys %s) d
                  CROSS JOIN LATERAL pg_catalog.unnest(d.keys) WITH ORDINALITY k (attnum, n)
                  JOIN pg_catalog.pg_attribute a ON a.attrelid = d.indrelid AND a.attnum = k.attnum
                  WHERE k.n <= d.indnkeyatts""".formatted(IDENTITY);

    /** Which publication has which of them, and under which relation's entry. */
    private static final String ENTRIES = """
            , altered AS MATERIALIZED (
              SELECT ?::text AS name, ?::pg_catalog.bool AS everything),
            publication AS MATERIALIZED (
              SELECT p.oid, p.pubname, p.puballtables, p.pubviaroot, p.pubupdate OR d.everything AS pubupdate,
                     p.pubdelete OR d.everything AS pubdelete%s
              FROM pg_catalog.pg_publication p
              CROSS JOIN LATERAL (SELECT a.name = p.pubname AND a.everything FROM altered a) d (everything)),
            entry AS (
              SELECT t.leaf, r.prpubid AS pub, t.rel, t.level
              FROM tree t JOIN pg_catalog.pg_publication_rel r ON r.prrelid = t.rel%s
              UNION ALL
              SELECT l.oid, p.oid, l.oid, 0 FROM leaf l CROSS JOIN publication p WHERE p.puballtables
              UNION ALL
              SELECT t.leaf, p.oid, t.rel, t.level
              FROM ROWS FROM (pg_catalog.unnest(?::text[]), pg_catalog.unnest(?::text[])) w (schema, name)
              JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
              JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
              JOIN tree t ON t.rel = c.oid
              JOIN altered a ON true JOIN publication p ON p.pubname = a.name),
            covered AS MATERIALIZED (
              SELECT DISTINCT ON (e.leaf, e.pub) e.leaf, e.pub,
                     CASE WHEN p.pubviaroot THEN e.rel ELSE e.leaf END AS published
              FROM entry e JOIN publication p ON p.oid = e.pub AND (p.pubupdate OR p.pubdelete)
              ORDER BY e.leaf, e.pub, e.level DESC),
            concerned AS MATERIALIZED (
              SELECT DISTINCT e.leaf FROM entry e JOIN publication p ON p.oid = e.pub
              WHERE p.pubname = ANY (?))
            """;

    private static final String OF_SCHEMAS = """

              UNION ALL
              SELECT t.leaf, s.pnpubid, t.rel, t.level
              FROM tree t JOIN pg_catalog.pg_class c ON c.oid = t.rel
              JOIN pg_catalog.pg_publication_namespace s ON s.pnnspid = c.relnamespace""";

    private static final String FOUND = """
            SELECT l.nspname, l.relname, p.pubname, x.reason, x.columns, p.pubupdate, p.pubdelete,
                   x.reason IN ('IDENTITY', 'FILTER') %s
            FROM covered v
            JOIN concerned o ON o.leaf = v.leaf
            JOIN leaf l ON l.oid = v.leaf
            JOIN publication p ON p.oid = v.pub
            %s
            CROSS JOIN LATERAL (
              SELECT 'IDENTITY' AS reason, '' AS columns
              WHERE l.relreplident <> 'f' AND NOT EXISTS (SELECT {identity})
              %s) x
            WHERE x.columns IS NOT NULL
            ORDER BY 1, 2, 3, 4""";

    private static final String ENTRY_OF_RELATION =
            "LEFT JOIN pg_catalog.pg_publication_rel r ON r.prpubid = v.pub AND r.prrelid = v.published";

    private static final String FILTER_AND_LIST = """
            UNION ALL
              SELECT 'FILTER', (
                SELECT pg_catalog.string_agg(DISTINCT a.attname, ', ')
                FROM pg_catalog.regexp_matches(r.prqual::text, ':varattno (\\d+)', 'g') m (part)
                JOIN pg_catalog.pg_attribute a
                  ON a.attrelid = r.prrelid AND a.attnum = m.part[1]::pg_catalog.int2
                WHERE a.attname NOT IN (SELECT k.attname FROM ({columns}) k))
              WHERE l.relreplident <> 'f' AND r.prqual IS NOT NULL
              UNION ALL
              SELECT 'LIST', CASE WHEN l.relreplident = 'f' THEN coalesce(x.columns, '') ELSE x.columns END FROM (
                SELECT pg_catalog.string_agg(k.attname, ', ') AS columns FROM (
                  SELECT d.attname FROM ({columns}) d
                  UNION ALL
                  SELECT a.attname FROM pg_catalog.pg_attribute a
                  WHERE l.relreplident = 'f' AND a.attrelid = l.oid AND a.attnum > 0 AND NOT a.attisdropped) k
                WHERE k.attname NOT IN (
                  SELECT a.attname FROM pg_catalog.pg_attribute a
                  WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs::pg_catalog.int2[]))) x
              WHERE r.prattrs IS NOT NULL""";

    private static final String NO_LIST = " AND r.prattrs IS NULL";

    private static final String NO_GENERATED = """

             AND NOT EXISTS (
                     SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = l.oid AND a.attnum > 0
                       AND NOT a.attisdropped AND (a.attgenerated = 'v' OR (a.attgenerated = 's' AND %s)))""";

    private static final String GENERATED = """

              UNION ALL
              SELECT 'GENERATED', (%s)
              WHERE l.relreplident = 'f' OR r.prattrs IS NULL""";

    /** Of the identity, which is every column under FULL. */
    private static final String UNPUBLISHED = """
            SELECT pg_catalog.string_agg(g.attname, ', ') FROM (
                  SELECT k.attname, k.attgenerated FROM ({columns}) k
                  UNION ALL
                  SELECT a.attname, a.attgenerated FROM pg_catalog.pg_attribute a
                  WHERE l.relreplident = 'f' AND a.attrelid = l.oid AND a.attnum > 0 AND NOT a.attisdropped) g
                WHERE g.attgenerated = 'v' OR (g.attgenerated = 's' AND %s)""";

    private static final String WITHOUT = LEAVES + """

            SELECT DISTINCT l.nspname, l.relname, '' AS publication, x.reason, x.columns, true AS update, true AS delete,
                   x.reason = 'IDENTITY' %s AS full_helps
            FROM leaf l
            JOIN tree t ON t.leaf = l.oid
            JOIN pg_catalog.pg_class c ON c.oid = t.rel
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            CROSS JOIN LATERAL (
              SELECT 'IDENTITY' AS reason, '' AS columns
              WHERE l.relreplident <> 'f' AND NOT EXISTS (SELECT {identity})
              %s) x
            WHERE x.columns IS NOT NULL AND (?::pg_catalog.bool OR (n.nspname, c.relname) IN (
                SELECT w.schema, w.name
                FROM ROWS FROM (pg_catalog.unnest(?::text[]), pg_catalog.unnest(?::text[])) w (schema, name)))
              AND n.nspname <> 'information_schema' AND NOT starts_with(n.nspname, 'pg_')
            ORDER BY 1, 2, 4""";

    /**
     * The tables of some publications whose updates or deletes the server refuses now.
     *
     * @param connection a plain connection
     * @param publications raw names
     * @return each with each of its reasons
     * @throws SQLException if the catalog cannot be read
     */
    public static List<RefusedChanges> of(Connection connection, Collection<String> publications) throws SQLException {
        return of(connection, publications, Alteration.NONE);
    }

    /**
     * The tables whose updates or deletes the server takes now, and would refuse after an alteration, whatever publication is the
     * reason. SQL that makes it refuse any must not be prescribed.
     *
     * @param connection a plain connection
     * @param alteration what would be changed
     * @return each with each of its reasons
     * @throws SQLException if the catalog cannot be read
     */
    public static List<RefusedChanges> after(Connection connection, Alteration alteration) throws SQLException {
        List<String> all = Publications.all(connection);
        return beyond(of(connection, all, Alteration.NONE), of(connection, all, alteration));
    }

    /**
     * The tables whose updates or deletes the server would refuse if a publication got tables, with the operations that it has.
     *
     * @param connection a plain connection
     * @param publication its raw name; one that does not exist would have all operations
     * @param tables what would be added
     * @return each with each of its reasons
     * @throws SQLException if the catalog cannot be read
     */
    public static List<RefusedChanges> ifAdded(Connection connection, String publication, Collection<TableName> tables)
            throws SQLException {
        return Publications.all(connection).contains(publication)
                ? after(connection, Alteration.adding(publication, tables))
                : ifPublished(connection, tables);
    }

    /** What is refused now and was not before, because of whatever publication. */
    static List<RefusedChanges> beyond(List<RefusedChanges> before, List<RefusedChanges> now) {
        Set<TableName> updates = before.stream()
                .filter(RefusedChanges::update)
                .map(RefusedChanges::table)
                .collect(Collectors.toSet());
        Set<TableName> deletes = before.stream()
                .filter(RefusedChanges::delete)
                .map(RefusedChanges::table)
                .collect(Collectors.toSet());
        return now.stream()
                .filter(each -> (each.update() && !updates.contains(each.table()))
                        || (each.delete() && !deletes.contains(each.table())))
                .toList();
    }

    private static List<RefusedChanges> of(
            Connection connection, Collection<String> publications, Alteration alteration) throws SQLException {
        int version = connection.getMetaData().getDatabaseMajorVersion();
        boolean entries = version >= FILTERS_AND_LISTS;
        boolean generated = version >= GENERATED_COLUMNS;
        String reasons = entries ? FILTER_AND_LIST : "";
        String full = entries ? NO_LIST : "";
        if (generated) {
            full += NO_GENERATED.formatted("p.pubgencols <> 's'");
            reasons += GENERATED.formatted(UNPUBLISHED.formatted("p.pubgencols <> 's'"));
        }
        String sql = LEAVES
                + ENTRIES.formatted(generated ? ", p.pubgencols" : "", entries ? OF_SCHEMAS : "")
                + FOUND.formatted(full, entries ? ENTRY_OF_RELATION : "", reasons);
        try (PreparedStatement statement = connection.prepareStatement(filled(sql))) {
            int i = TableArrays.set(statement, 1, alteration.full());
            statement.setString(i++, alteration.publication());
            statement.setBoolean(i++, alteration.everything());
            i = TableArrays.set(statement, i, alteration.added());
            statement.setArray(i, connection.createArrayOf("text", publications.toArray()));
            return read(statement);
        }
    }

    /**
     * The tables whose updates and deletes the server would refuse if a publication had them, with all operations and columns.
     *
     * @param connection a plain connection
     * @param tables the tables, of which partitions are looked at; null for all of the database
     * @return each with each of its reasons
     * @throws SQLException if the catalog cannot be read
     */
    public static List<RefusedChanges> ifPublished(Connection connection, @Nullable Collection<TableName> tables)
            throws SQLException {
        boolean generated = connection.getMetaData().getDatabaseMajorVersion() >= GENERATED_COLUMNS;
        String reasons = generated ? "UNION ALL SELECT 'GENERATED', (" + UNPUBLISHED.formatted("true") + ")" : "";
        String full = generated ? NO_GENERATED.formatted("true") : "";
        try (PreparedStatement statement = connection.prepareStatement(filled(WITHOUT.formatted(full, reasons)))) {
            int i = TableArrays.set(statement, 1, List.of());
            statement.setBoolean(i++, tables == null);
            TableArrays.set(statement, i, tables == null ? List.of() : tables);
            return read(statement);
        }
    }

    /** Some of the tables for a message, each with its problem. */
    public static String named(Collection<RefusedChanges> refused) {
        Map<TableName, String> named = new LinkedHashMap<>();
        refused.forEach(each -> named.putIfAbsent(each.table(), each.table() + " (" + each.why() + ")"));
        return ShortList.of(named.values());
    }

    /** The problem of the table, for a message with its name and a colon before. */
    public String why() {
        String by = publication.isEmpty() ? "a publication" : "publication " + SqlIdentifiers.quote(publication);
        return switch (reason) {
            case IDENTITY -> "it has no replica identity";
            case FILTER -> "the row filter of " + by + " reads columns outside its replica identity (" + columns + ")";
            case LIST ->
                "the column list of " + by + " leaves out columns of its replica identity"
                        + (columns.isEmpty() ? ", which is FULL and allows no list" : " (" + columns + ")");
            case GENERATED -> by + " leaves out generated columns (" + columns + ") of its replica identity";
        };
    }

    private static String filled(String sql) {
        return sql.replace("{identity}", IDENTITY).replace("{columns}", IDENTITY_COLUMNS);
    }

    private static List<RefusedChanges> read(PreparedStatement statement) throws SQLException {
        List<RefusedChanges> found = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                found.add(new RefusedChanges(
                        new TableName(rows.getString(1), rows.getString(2)),
                        rows.getString(3),
                        Reason.valueOf(rows.getString(4)),
                        rows.getString(5),
                        rows.getBoolean(6),
                        rows.getBoolean(7),
                        rows.getBoolean(8)));
            }
        }
        return found;
    }
}
