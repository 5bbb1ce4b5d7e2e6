package io.walwire.internal.backfill;

import io.walwire.event.ReplicaIdentity;
import io.walwire.internal.connection.catalog.RowKeys;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.PgOutputMessage.RelationColumn;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A table under whose name the stream sends changes: what pgoutput would describe, and the key. */
final class SentTable {
    private static final String COLUMNS =
            """
            SELECT c.oid::pg_catalog.int8, n.nspname, c.relname, c.relreplident, l.attname, l.atttypid::pg_catalog.int8,
                   l.atttypmod,
                   -- of a domain its base type, which has no checks of its own
                   (WITH RECURSIVE base AS (
                       SELECT t.oid, t.typtype, t.typbasetype, t.typtypmod, l.atttypmod AS modifier
                       UNION ALL
                       SELECT b.oid, b.typtype, b.typbasetype, b.typtypmod, base.typtypmod
                       FROM base JOIN pg_catalog.pg_type b ON b.oid = base.typbasetype WHERE base.typtype = 'd')
                     SELECT pg_catalog.format_type(base.oid, base.modifier) FROM base WHERE base.typtype <> 'd'),
                   coalesce(pg_catalog.array_position(k.indkey::pg_catalog.int2[], l.attnum), -1),
                   coalesce(k.indnkeyatts, 0),
                   coalesce((WITH RECURSIVE base AS (
                       SELECT t.oid, t.typtype, t.typbasetype
                       UNION ALL
                       SELECT b.oid, b.typtype, b.typbasetype
                       FROM base JOIN pg_catalog.pg_type b ON b.oid = base.typbasetype WHERE base.typtype = 'd')
                     SELECT n.nspname
                     FROM base JOIN pg_catalog.pg_opclass o ON o.opcintype = base.oid AND o.opcdefault
                     JOIN pg_catalog.pg_am m ON m.oid = o.opcmethod AND m.amname = 'btree'
                     JOIN pg_catalog.pg_amop s ON s.amopfamily = o.opcfamily AND s.amopstrategy = 5
                       AND s.amoplefttype = o.opcintype AND s.amoprighttype = o.opcintype
                     JOIN pg_catalog.pg_operator p ON p.oid = s.amopopr
                     JOIN pg_catalog.pg_namespace n ON n.oid = p.oprnamespace
                     WHERE base.typtype <> 'd'), 'pg_catalog'),
                   {is exact}
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_catalog.pg_attribute l ON l.attrelid = c.oid AND l.attnum > 0 AND NOT l.attisdropped
            JOIN pg_catalog.pg_type t ON t.oid = l.atttypid
            LEFT JOIN pg_catalog.pg_index k ON {is key}
            WHERE c.oid = ANY (?::pg_catalog.oid[])
            ORDER BY c.oid, l.attnum""".replace("{is exact}", RowKeys.IS_EXACT).replace("{is key}", RowKeys.isKey("?"));

    private final int oid;
    private final String schema;
    private final String name;
    private final ReplicaIdentity identity;
    private final Map<String, SentColumn> columns = new LinkedHashMap<>();
    private int keyColumns;

    /** A column; its place in the key is that in the index, from 0, or negative if it is not in it. */
    private record SentColumn(
            int typeOid, int typeModifier, String type, int keyPlace, String operators, boolean exact) {}

    private SentTable(ResultSet row, boolean isLogged) throws SQLException {
        oid = (int) row.getLong(1);
        schema = row.getString(2);
        name = row.getString(3);
        identity = !isLogged
                ? ReplicaIdentity.FULL
                : switch (row.getString(4)) {
                    case "n" -> ReplicaIdentity.NOTHING;
                    case "f" -> ReplicaIdentity.FULL;
                    case "i" -> ReplicaIdentity.INDEX;
                    default -> ReplicaIdentity.DEFAULT;
                };
    }

    /**
     * Reads those of some leaves.
     *
     * @param connection to the server
     * @param leaves tables with rows
     * @param isLogged whether replica identities decide what is sent; see {@link Sender#isLogged}
     * @return by their OIDs
     */
    static Map<Long, SentTable> read(Connection connection, List<LeafFacts> leaves, boolean isLogged)
            throws SQLException {
        Map<Long, SentTable> tables = new HashMap<>();
        Object[] oids = leaves.stream().map(LeafFacts::sentAs).distinct().toArray();
        try (PreparedStatement query = connection.prepareStatement(COLUMNS)) {
            query.setBoolean(1, isLogged);
            query.setArray(2, connection.createArrayOf("int8", oids));
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    SentTable table = tables.get(row.getLong(1));
                    if (table == null) {
                        table = new SentTable(row, isLogged);
                        tables.put(row.getLong(1), table);
                    }
                    table.add(row);
                }
            }
        }
        return tables;
    }

    private void add(ResultSet row) throws SQLException {
        keyColumns = row.getInt(10);
        // an int2vector counts from 0; columns behind the key's are only included in the index
        int place = row.getInt(9) < keyColumns ? row.getInt(9) : -1;
        columns.put(
                row.getString(5),
                new SentColumn(
                        (int) row.getLong(6),
                        row.getInt(7),
                        row.getString(8),
                        place,
                        row.getString(11),
                        row.getBoolean(12)));
    }

    /** The description that pgoutput sends, of the columns that are sent. */
    Relation relation(List<String> sent) {
        List<RelationColumn> described = new ArrayList<>();
        for (String each : sent) {
            SentColumn column = columns.get(each);
            if (column != null) {
                boolean flagged =
                        switch (identity) {
                            case FULL -> true;
                            case NOTHING -> false;
                            case DEFAULT, INDEX -> column.keyPlace() >= 0;
                        };
                described.add(new RelationColumn(flagged, each, column.typeOid(), column.typeModifier()));
            }
        }
        return new Relation(oid, schema, name, identity, described);
    }

    /** The key's columns in the key's order; empty if there is none, or if one of them is not sent. */
    List<KeyColumn> key(Relation relation) {
        KeyColumn[] key = new KeyColumn[keyColumns];
        int found = 0;
        for (int i = 0; i < relation.columns().size(); i++) {
            String each = relation.columns().get(i).name();
            SentColumn column = columns.get(each);
            if (column != null && column.keyPlace() >= 0) {
                key[column.keyPlace()] = new KeyColumn(each, column.type(), i, column.operators(), column.exact());
                found++;
            }
        }
        return found == keyColumns ? List.of(key) : List.of();
    }
}
