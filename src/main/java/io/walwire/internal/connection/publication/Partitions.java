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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Under whose name PostgreSQL sends the changes of a partitioned table: that of each partition, or that of the root. */
public final class Partitions {

    private static final String OID = """
            (SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = ? AND c.relname = ? AND c.relkind IN ('r', 'p'))""";

    private static final String ANCESTORS = """
            SELECT n.nspname, c.relname FROM pg_catalog.pg_partition_ancestors(%s) WITH ORDINALITY a (relid, place)
            JOIN pg_catalog.pg_class c ON c.oid = a.relid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE a.place > 1 ORDER BY a.place""".formatted(OID);

    /** Not by pg_partition_tree, which waits for locks on each partition. */
    private static final String BELOW = """
            WITH RECURSIVE tree (oid, level) AS (
              SELECT p.oid, 0 FROM pg_catalog.pg_class p WHERE p.oid = %s AND p.relkind = 'p'
              UNION ALL
              SELECT i.inhrelid, t.level + 1 FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhparent = t.oid)
            SELECT n.nspname, c.relname FROM tree t
            JOIN pg_catalog.pg_class c ON c.oid = t.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE t.level > 0 ORDER BY 1, 2""".formatted(OID);

    private static final String SOME = """
            SELECT n.nspname, c.relname
            FROM ROWS FROM (pg_catalog.unnest(?::text[]), pg_catalog.unnest(?::text[])) WITH ORDINALITY w (schema, name, place)
            JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
            JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
            WHERE %s ORDER BY w.place""";

    private static final String MEMBERS = SOME.formatted("""
            c.relkind IN ('r', 'p') AND EXISTS (
                SELECT FROM pg_catalog.pg_publication p
                WHERE p.pubname = ? AND (p.puballtables OR EXISTS (
                    SELECT FROM pg_catalog.pg_publication_rel r WHERE r.prpubid = p.oid AND r.prrelid = c.oid)))""");

    private static final String PARTITIONED = SOME.formatted("c.relkind = 'p'");

    private static final String NOT_BY_ROOT =
            "SELECT 1 FROM pg_catalog.pg_publication p WHERE p.pubname = ? AND NOT p.pubviaroot";

    private Partitions() {}

    /**
     * Why changes of a table come under another name, or would, if it were published.
     *
     * @param sentence under which name, and what to do
     * @param sql statements that can be run as they are; null where the subscription has to change
     */
    public record OtherName(String sentence, @Nullable String sql) {}

    /**
     * Whether the changes of a table come under another name, or would, if the first publication had it.
     *
     * @param connection a plain connection
     * @param publications their raw names
     * @param table that is in none of them
     * @param published the tables that are
     * @return empty if its name is not the reason that they do not come
     * @throws SQLException if the catalog cannot be read
     */
    public static Optional<OtherName> find(
            Connection connection, List<String> publications, TableName table, Set<TableName> published)
            throws SQLException {
        for (TableName above : tables(connection, ANCESTORS, table)) {
            if (published.contains(above)) {
                return Optional.of(new OtherName(
                        "It is a partition of " + above + ", and its changes come under that name"
                                + " (publish_via_partition_root). Subscribe to " + above
                                + " and handle it in place of the partition.",
                        null));
            }
        }
        List<TableName> below = tables(connection, BELOW, table);
        List<TableName> sent = new ArrayList<>(below);
        sent.retainAll(published);
        if (!sent.isEmpty()) {
            return Optional.of(otherNames(connection, publications.get(0), table, sent));
        }
        return byPartition(connection, publications.get(0), List.of(table)).isEmpty()
                ? Optional.empty()
                : Optional.of(otherNames(connection, publications.get(0), table, below));
    }

    private static OtherName otherNames(
            Connection connection, String publication, TableName table, List<TableName> partitions)
            throws SQLException {
        String sentence = "It is partitioned, and its changes come under the names of its partitions"
                + (partitions.isEmpty() ? "" : " (" + ShortList.of(partitions) + ")")
                + ". Subscribe to those and handle them";
        List<TableName> added = new ArrayList<>(List.of(table));
        added.removeAll(members(connection, publication, added));
        List<RefusedChanges> refused = RefusedChanges.after(connection, Alteration.adding(publication, added));
        if (!refused.isEmpty()) {
            return new OtherName(
                    sentence
                            + ". They cannot come under the name of the root yet: PostgreSQL would then refuse updates or"
                            + " deletes, to everybody, of " + RefusedChanges.named(refused) + ".",
                    null);
        }
        return new OtherName(
                sentence + ", or have all readers of the publication get them under the name of the root:",
                (added.isEmpty() ? "" : PublicationSql.add(publication, added, List.of()) + " ") + byRoot(publication));
    }

    private static String byRoot(String publication) {
        return "ALTER PUBLICATION " + SqlIdentifiers.quote(publication) + " SET (publish_via_partition_root = true);";
    }

    /** Of the given tables, those whose changes a publication sends under the names of their partitions. */
    static Set<TableName> byPartition(Connection connection, String publication, Collection<TableName> tables)
            throws SQLException {
        return isNotByRoot(connection, publication) ? partitioned(connection, tables) : Set.of();
    }

    private static boolean isNotByRoot(Connection connection, String publication) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(NOT_BY_ROOT)) {
            query.setString(1, publication);
            try (ResultSet row = query.executeQuery()) {
                return row.next();
            }
        }
    }

    /** Of the given tables, those that a publication lists, whatever name their changes come under. */
    static Set<TableName> members(Connection connection, String publication, Collection<TableName> tables)
            throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(MEMBERS)) {
            query.setString(TableArrays.set(query, 1, tables), publication);
            return new LinkedHashSet<>(read(query));
        }
    }

    /**
     * Whether one of some tables is partitioned, so that a publication of them has to be by root.
     *
     * @param connection a plain connection
     * @param tables some tables
     * @return false also for those that do not exist
     * @throws SQLException if the catalog cannot be read
     */
    public static boolean isAnyPartitioned(Connection connection, Collection<TableName> tables) throws SQLException {
        return !partitioned(connection, tables).isEmpty();
    }

    private static Set<TableName> partitioned(Connection connection, Collection<TableName> tables) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(PARTITIONED)) {
            TableArrays.set(query, 1, tables);
            return new LinkedHashSet<>(read(query));
        }
    }

    private static List<TableName> tables(Connection connection, String sql, TableName of) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(sql)) {
            query.setString(1, of.schema());
            query.setString(2, of.table());
            return read(query);
        }
    }

    private static List<TableName> read(PreparedStatement query) throws SQLException {
        List<TableName> tables = new ArrayList<>();
        try (ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                tables.add(new TableName(rows.getString(1), rows.getString(2)));
            }
        }
        return tables;
    }
}
