package io.walwire.internal.connection.publication;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * The rows of {@code pg_publication_tables}, read from the catalog alone: PostgreSQL's own view opens every table, and so waits
 * for the lock of another session.
 */
public final class PublishedTables {
    /** In a query, what {@link #in} puts the tables in place of: pubname, relid, schemaname, tablename and attnames; list and stored. */
    public static final String PLACE = "{published tables}";

    /** Whether {@code t} of {@link #PLACE} publishes the attribute {@code a}: as attnames says, and cheaper for many tables. */
    static final String IS_SENT = "(a.attnum > 0 AND NOT a.attisdropped AND CASE WHEN t.list IS NULL"
            + " THEN a.attgenerated = '' OR t.stored AND a.attgenerated = 's' ELSE a.attnum = ANY (t.list) END)";

    private static final int SCHEMAS_AND_COLUMN_LISTS_SINCE = 15;
    private static final int GENERATED_COLUMNS_SINCE = 18;

    /** As the server decides it: neither temporary nor unlogged, and no table of the system's. */
    private static final String PUBLISHABLE =
            "c.relkind IN ('r', 'p') AND c.relpersistence = 'p' AND c.oid >= 16384::pg_catalog.oid";

    private static final String OF_SCHEMAS = """
            UNION
            SELECT s.pnpubid, c.oid
            FROM pg_catalog.pg_publication_namespace s JOIN pg_catalog.pg_class c ON c.relnamespace = s.pnnspid
            WHERE\s""" + PUBLISHABLE;

    private static final String TABLES = """
            (WITH RECURSIVE named (pub, relid) AS (
               SELECT r.prpubid, r.prrelid FROM pg_catalog.pg_publication_rel r
               {of schemas}
             ), tree (pub, relid, below) AS (
               SELECT n.pub, n.relid, false FROM named n
               UNION
               SELECT t.pub, i.inhrelid, true
               FROM tree t
               JOIN pg_catalog.pg_class c ON c.oid = t.relid AND c.relkind = 'p'
               JOIN pg_catalog.pg_inherits i ON i.inhparent = t.relid
             ), published (pub, relid) AS (
               SELECT p.oid, c.oid
               FROM pg_catalog.pg_publication p JOIN pg_catalog.pg_class c ON {publishable}
               WHERE p.puballtables AND CASE WHEN p.pubviaroot THEN NOT c.relispartition ELSE c.relkind = 'r' END
               UNION
               SELECT p.oid, t.relid
               FROM pg_catalog.pg_publication p
               JOIN tree t ON t.pub = p.oid
               JOIN pg_catalog.pg_class c ON c.oid = t.relid
               WHERE NOT p.puballtables AND NOT p.pubviaroot AND c.relkind <> 'p'
               UNION
               SELECT p.oid, n.relid
               FROM pg_catalog.pg_publication p
               JOIN named n ON n.pub = p.oid
               WHERE NOT p.puballtables AND p.pubviaroot
                 AND (n.pub, n.relid) NOT IN (SELECT t.pub, t.relid FROM tree t WHERE t.below))
             SELECT p.pubname, c.oid AS relid, n.nspname AS schemaname, c.relname AS tablename,
                    (SELECT pg_catalog.array_agg(a.attname ORDER BY a.attnum)
                     FROM pg_catalog.pg_attribute a
                     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                       AND CASE WHEN {list} IS NULL THEN a.attgenerated = '' OR {stored} AND a.attgenerated = 's'
                                ELSE a.attnum = ANY ({list}) END) AS attnames,
                    {list} AS list, {stored} AS stored
             FROM published m
             JOIN pg_catalog.pg_publication p ON p.oid = m.pub
             JOIN pg_catalog.pg_class c ON c.oid = m.relid
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             LEFT JOIN pg_catalog.pg_publication_rel l ON l.prpubid = m.pub AND l.prrelid = m.relid)""";

    private PublishedTables() {}

    /**
     * A query that reads the tables.
     *
     * @param query has {@link #PLACE} where it would name {@code pg_publication_tables}
     * @param connection to the server that it is for
     * @return the query for a server of that version
     * @throws SQLException if the connection is closed
     */
    public static String in(String query, Connection connection) throws SQLException {
        int version = connection.getMetaData().getDatabaseMajorVersion();
        boolean lists = version >= SCHEMAS_AND_COLUMN_LISTS_SINCE;
        boolean generated = version >= GENERATED_COLUMNS_SINCE;
        String tables = TABLES.replace("{of schemas}", lists ? OF_SCHEMAS : "")
                .replace("{publishable}", PUBLISHABLE)
                .replace("{list}", lists ? "l.prattrs" : "NULL::pg_catalog.int2vector")
                .replace("{stored}", generated ? "p.pubgencols = 's'" : "false");
        return query.replace(PLACE, tables);
    }
}
