package io.walwire.internal.backfill;

import io.walwire.internal.connection.publication.PublishedTables;
import io.walwire.internal.connection.publication.TableShapes;
import io.walwire.internal.text.ShortList;
import io.walwire.internal.text.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The publications of a replication stream. It locks no table. */
public final class PublicationSender implements Sender {
    /** The first version with row filters, column lists and publications of schemas. */
    private static final int FILTERS_SINCE = 15;

    /** The first version that can publish stored generated columns. */
    private static final int GENERATED_SINCE = 18;

    /**
     * As pgoutput decides it: changes are sent under the name of the topmost table that one of the publications sends them
     * under, with the filters and columns that the publications have for that table. What makes a publication send changes of a table gets
     * another {@code xmin} if it is dropped and made again, or altered. A publication that sends them under the name of a lower table decides
     * nothing, unless it alone sends one of inserts, updates, deletes and truncates.
     *
     * <p>A table may be made unlogged for a while, unless it is in a publication by its own name. Each rewrite by ALTER TABLE gives it another
     * TOAST table, while TRUNCATE, VACUUM FULL and CLUSTER keep that. A table without one shows only that its file is another one.
     */
    private static final String TOP = """
            pub AS (
              SELECT p.*, p.xmin AS made, 'publication ' || pg_catalog.quote_ident(p.pubname) AS name
              FROM pg_catalog.pg_publication p WHERE p.pubname IN (SELECT n.name FROM named n)),
            member (pub, leaf, level, way) AS (
              SELECT p.oid, u.leaf, u.level, pg_catalog.concat_ws(', ', p.name || ' ' || p.made,
                     'the table in ' || p.name || ' ' || r.xmin, 'the schema in ' || p.name || ' ' || {schema's xmin},
                     'the attachment of the partition' || nullif(u.attached, ''),
                     CASE WHEN r.prrelid IS DISTINCT FROM u.leaf
                       THEN 'the file of the table ' || coalesce(nullif(l.reltoastrelid, 0), l.relfilenode) END)
              FROM up u JOIN pg_catalog.pg_class c ON c.oid = u.oid JOIN pg_catalog.pg_class l ON l.oid = u.leaf
              CROSS JOIN pub p
              LEFT JOIN pg_catalog.pg_publication_rel r ON r.prpubid = p.oid AND r.prrelid = u.oid
              WHERE p.puballtables OR {in schema c} OR r.oid IS NOT NULL),
            sent (pub, leaf, level, way) AS (
              SELECT DISTINCT ON (m.pub, m.leaf) m.pub, m.leaf, CASE WHEN p.pubviaroot THEN m.level ELSE 0 END, m.way
              FROM member m JOIN pub p ON p.oid = m.pub
              ORDER BY m.pub, m.leaf, CASE WHEN p.pubviaroot THEN -m.level ELSE m.level END),
            highest (leaf, level, sends_all) AS (
              SELECT DISTINCT ON (s.leaf) s.leaf, s.level,
                     pg_catalog.bool_or(p.pubinsert) AND pg_catalog.bool_or(p.pubupdate)
                     AND pg_catalog.bool_or(p.pubdelete) AND pg_catalog.bool_or(p.pubtruncate)
              FROM sent s JOIN pub p ON p.oid = s.pub
              GROUP BY s.leaf, s.level ORDER BY s.leaf, s.level DESC),
            top (leaf, oid, level, sending) AS (
              SELECT u.leaf, u.oid, u.level,
                     (SELECT pg_catalog.string_agg(s.way, ', ' ORDER BY s.pub)
                      FROM sent s WHERE s.leaf = h.leaf AND (s.level = h.level OR NOT h.sends_all))
              FROM highest h JOIN up u ON u.leaf = h.leaf AND u.level = h.level)""";

    private static final String SENT_COLUMNS = """
            SELECT pg_catalog.bool_or(x.filter IS NULL) AS whole,
                   pg_catalog.string_agg(DISTINCT '(' || x.filter || ')', ' OR ') AS filter,
                   pg_catalog.bool_and(x.updates) AS updates,
                   pg_catalog.min(x.columns) AS columns
            FROM (SELECT pg_catalog.bool_or(p.pubupdate) OVER () AND pg_catalog.bool_or(p.pubdelete) OVER () AS updates,
                         p.pubinsert, pg_catalog.bool_or(p.pubinsert) OVER () AS any_inserts,
                         {filter} AS filter,
                         (SELECT pg_catalog.array_agg(l.attname::pg_catalog.text ORDER BY l.attnum)
                          FROM pg_catalog.pg_attribute l
                          WHERE l.attrelid = a.oid AND l.attnum > 0 AND NOT l.attisdropped
                            AND CASE WHEN {list} IS NULL THEN l.attgenerated = '' OR {generated}
                                     ELSE l.attnum = ANY ({list}) END) AS columns
                  FROM sent s JOIN pub p ON p.oid = s.pub
                  LEFT JOIN pg_catalog.pg_publication_rel r ON r.prpubid = p.oid AND r.prrelid = a.oid
                  WHERE s.leaf = c.oid AND s.level = t.level) x
            WHERE x.pubinsert OR NOT x.any_inserts""";

    private static final String OF_SCHEMA =
            " FROM pg_catalog.pg_publication_namespace s WHERE s.pnpubid = p.oid AND s.pnnspid = {of}.relnamespace)";

    private static final String IN_SCHEMA = "EXISTS (SELECT" + OF_SCHEMA;

    /** A publication of all tables or of the schema has no filter, whatever entry it has for the table. */
    private static final String FILTER = "CASE WHEN NOT (p.puballtables OR " + IN_SCHEMA.replace("{of}", "a")
            + ") THEN pg_catalog.pg_get_expr(r.prqual, r.prrelid) END";

    private static final String PUBLISHED = "SELECT DISTINCT p.schemaname, p.tablename, c.oid::pg_catalog.int8 FROM "
            + PublishedTables.PLACE + " p JOIN pg_catalog.pg_namespace n ON n.nspname = p.schemaname"
            + " JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = p.tablename WHERE p.pubname = ANY (?)"
            + " ORDER BY 1, 2";

    private final List<String> publications;
    private final @Nullable TableShapes shapes;

    /**
     * Some publications.
     *
     * @param publications their names, at least one
     * @param shapes knows how a table is published; null if nobody asks
     */
    public PublicationSender(List<String> publications, @Nullable TableShapes shapes) {
        this.publications = List.copyOf(publications);
        this.shapes = shapes;
    }

    @Override
    public List<String> names() {
        return publications;
    }

    @Override
    public boolean isLogged() {
        return true;
    }

    @Override
    public String top(int version) {
        boolean schemas = version >= FILTERS_SINCE;
        String made = "(SELECT s.xmin" + OF_SCHEMA.replace("{of}", "c");
        return TOP.replace("{in schema c}", schemas ? IN_SCHEMA.replace("{of}", "c") : "false")
                .replace("{schema's xmin}", schemas ? made : "NULL::pg_catalog.xid");
    }

    @Override
    public String columns(int version) {
        boolean filters = version >= FILTERS_SINCE;
        return SENT_COLUMNS
                .replace("{filter}", filters ? FILTER : "NULL::pg_catalog.text")
                .replace("{list}", filters ? "r.prattrs" : "NULL::pg_catalog.int2vector")
                .replace(
                        "{generated}",
                        version >= GENERATED_SINCE ? "(p.pubgencols = 's' AND l.attgenerated = 's')" : "false");
    }

    @Override
    public String unsent(TableName table, List<TableName> unsent) throws SQLException {
        return "Publications " + String.join(", ", publications) + " do not have "
                + (unsent.equals(List.of(table)) ? "it" : ShortList.of(unsent)) + "."
                + (shapes == null ? "" : shapes.howToPublish(table));
    }

    @Override
    public Map<Long, TableName> tables(Connection connection) throws SQLException {
        Map<Long, TableName> tables = new LinkedHashMap<>();
        try (PreparedStatement query = connection.prepareStatement(PublishedTables.in(PUBLISHED, connection))) {
            query.setArray(1, connection.createArrayOf("text", publications.toArray()));
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    tables.put(row.getLong(3), new TableName(row.getString(1), row.getString(2)));
                }
            }
        }
        return tables;
    }

    /** Names of slots are unique in the server. */
    @Override
    public String slotScope() {
        return "";
    }
}
