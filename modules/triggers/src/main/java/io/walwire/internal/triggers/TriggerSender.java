package io.walwire.internal.triggers;

import io.walwire.internal.backfill.Sender;
import io.walwire.internal.text.ShortList;
import io.walwire.internal.text.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/** The triggers of one application, as far as reading the rows of their tables depends on them. */
final class TriggerSender implements Sender {
    private static final String ENABLED = "g.tgenabled IN ('O', 'A')";

    /** What a table's enabled triggers fire for, as bits of {@code tgtype}. */
    private static final String FIRED = """
            (SELECT pg_catalog.bit_or(g.tgtype::pg_catalog.int4) FROM pg_catalog.pg_trigger g
             WHERE g.tgrelid = {of} AND {enabled} AND g.tgname IN (SELECT n.name FROM named n))""".replace("{enabled}", ENABLED);

    /**
     * As the function that defines a table decides it: the topmost table that has the trigger itself, and not a partition's copy of it. Inserts,
     * deletes and updates have to fire a trigger of the leaf, and TRUNCATE one of that table. Each change of a trigger's row gives it another
     * {@code xmin}, also if it is switched off and on again in one transaction.
     */
    private static final String TOP = """
            top (leaf, oid, level, sending) AS (
              SELECT t.leaf, t.oid, t.level,
                     (SELECT pg_catalog.string_agg(
                               pg_catalog.concat_ws(' ', 'trigger', pg_catalog.quote_ident(g.tgname), g.oid, g.xmin), ', ' ORDER BY g.oid)
                      FROM pg_catalog.pg_trigger g
                      WHERE g.tgrelid IN (t.leaf, t.oid) AND g.tgname IN (SELECT n.name FROM named n))
              FROM (SELECT DISTINCT ON (u.leaf) u.leaf, u.oid, u.level
                    FROM up u
                    WHERE EXISTS (SELECT FROM pg_catalog.pg_trigger g
                                  WHERE g.tgrelid = u.oid AND g.tgparentid = 0 AND g.tgname IN (SELECT n.name FROM named n))
                    ORDER BY u.leaf, u.level DESC) t
              WHERE {fired by leaf} & 28 = 28 AND {fired by top} & 32 = 32)""".replace("{fired by leaf}", FIRED.replace("{of}", "t.leaf"))
            .replace("{fired by top}", FIRED.replace("{of}", "t.oid"));

    /** As that function has it: the leaf's columns that the root has, too, in the root's order. A virtual column has no value in a trigger. */
    private static final String COLUMNS = """
            SELECT pg_catalog.array_agg(l.attname::pg_catalog.text ORDER BY r.attnum) AS columns,
                   NULL::pg_catalog.text AS filter, true AS whole, true AS updates
            FROM pg_catalog.pg_attribute l JOIN pg_catalog.pg_attribute r ON r.attrelid = a.oid AND r.attname = l.attname
            WHERE l.attrelid = c.oid AND l.attnum > 0 AND NOT l.attisdropped AND l.attgenerated <> 'v'""";

    private static final String TABLES = """
            SELECT n.nspname, c.relname, c.oid::pg_catalog.int8
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE NOT c.relispartition AND EXISTS (SELECT FROM pg_catalog.pg_trigger g
                                                   WHERE g.tgrelid = c.oid AND g.tgparentid = 0 AND {enabled} AND g.tgname = ANY (?))
            ORDER BY 1, 2""".replace("{enabled}", ENABLED);

    private final OutboxNames names;
    private final LongSupplier database;

    /**
     * The triggers.
     *
     * @param names what they are called
     * @param database the OID of the database, asked for while there is a stream
     */
    TriggerSender(OutboxNames names, LongSupplier database) {
        this.names = names;
        this.database = database;
    }

    @Override
    public List<String> names() {
        return Stream.of(TriggerKind.values()).map(names::trigger).toList();
    }

    @Override
    public boolean isLogged() {
        return false;
    }

    @Override
    public String top(int version) {
        return TOP;
    }

    @Override
    public String columns(int version) {
        return COLUMNS;
    }

    @Override
    public String unsent(TableName table, List<TableName> unsent) {
        return (unsent.equals(List.of(table)) ? "It has" : ShortList.of(unsent) + " has")
                + " no triggers of application " + names.application()
                + " that work. Run: bin/walwire triggers install, or set walwire.triggers.manage=true.";
    }

    @Override
    public Map<Long, TableName> tables(Connection connection) throws SQLException {
        Map<Long, TableName> tables = new LinkedHashMap<>();
        try (PreparedStatement query = connection.prepareStatement(TABLES)) {
            query.setArray(1, connection.createArrayOf("text", names().toArray()));
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    tables.put(row.getLong(3), new TableName(row.getString(1), row.getString(2)));
                }
            }
        }
        return tables;
    }

    /** Cursors have their names in one outbox of one database, whatever it is called, and may be called like a replication slot. */
    @Override
    public String slotScope() {
        return String.format(Locale.ROOT, "@%08x", (int) names.lock("backfill of " + database.getAsLong()));
    }
}
