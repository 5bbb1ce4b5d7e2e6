package io.walwire.internal.connection;

import io.walwire.event.ReplicaIdentity;
import io.walwire.internal.codec.BinaryForm;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.codec.TypeKind;
import io.walwire.internal.pgoutput.PgOutputMessage;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.PgOutputMessage.RelationColumn;
import io.walwire.internal.transaction.TableFacts;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the catalog knows of tables and types, read by OID when a table is first seen in a stream. Its connection is opened
 * when needed and given back when the stream has a quiet moment. Not thread-safe; the reader thread owns it.
 */
public final class Catalog implements AutoCloseable {
    private static final String TYPES = """
            SELECT t.oid, t.typname, t.typtype, t.typbasetype, t.typsend::pg_catalog.oid <> 0 AS is_sent,
                   t.typinput = 'pg_catalog.array_in'::pg_catalog.regproc AS is_array, t.typelem, t.typdelim,
                   (SELECT e.extname
                    FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
                    WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = t.oid
                      AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
                      AND d.deptype = 'e') AS extension,
                   CASE t.typtype
                     WHEN 'r' THEN ARRAY(
                       SELECT r.rngsubtype::pg_catalog.int8 FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid)
                     WHEN 'm' THEN ARRAY(
                       SELECT r.rngtypid::pg_catalog.int8 FROM pg_catalog.pg_range r WHERE r.rngmultitypid = t.oid)
                     WHEN 'c' THEN ARRAY(
                       SELECT a.atttypid::pg_catalog.int8 FROM pg_catalog.pg_attribute a
                       WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum)
                   END AS parts
            FROM pg_catalog.pg_type t WHERE t.oid = ANY (?::pg_catalog.oid[])""";

    private static final String KEY = """
            SELECT a.attname
            FROM pg_catalog.pg_index i
            CROSS JOIN LATERAL pg_catalog.unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
            JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
            WHERE i.indrelid = ?::pg_catalog.oid AND CASE WHEN ? THEN i.indisreplident ELSE i.indisprimary END
              AND k.place <= i.indnkeyatts
            ORDER BY k.place""";

    /** Not by pg_partition_tree, which waits for locks that a prepared transaction may hold for long. */
    private static final String PARTITION_NOT_FULL = """
            WITH RECURSIVE tree (oid) AS (
                SELECT root.oid FROM pg_catalog.pg_class root WHERE root.oid = ?::pg_catalog.oid AND root.relkind = 'p'
                UNION ALL
                SELECT i.inhrelid FROM tree JOIN pg_catalog.pg_inherits i ON i.inhparent = tree.oid)
            SELECT EXISTS (
                SELECT FROM tree JOIN pg_catalog.pg_class leaf ON leaf.oid = tree.oid
                WHERE leaf.relkind <> 'p' AND leaf.relreplident <> 'f')""";

    /** Types are made of types, but not without end; what is read while they change may seem so. */
    private static final int MOST_NESTED_TYPES = 64;

    private final Database database;
    private final Map<Long, CatalogType> types = new HashMap<>();

    /** The names that the stream told of types. */
    private final Map<Integer, String> told = new HashMap<>();

    /** Of tables whose key the stream tells, so that the same description again needs no connection. */
    private final Map<Integer, Keyed> keys = new HashMap<>();

    private @Nullable Connection connection;

    /** A table as described, and the columns of its key. */
    private record Keyed(Relation relation, List<String> columns) {}

    /**
     * A row of {@code pg_type}.
     *
     * @param isSent whether it has a send function
     * @param extension the extension that it belongs to, or null
     * @param parts of a range its subtype, of a multirange its range, of a composite its fields
     */
    private record CatalogType(
            long oid,
            String name,
            String category,
            long base,
            boolean isSent,
            boolean isArray,
            long element,
            char delimiter,
            @Nullable String extension,
            List<Long> parts) {
        boolean isDomain() {
            return category.equals("d");
        }

        boolean isOf(String wanted) {
            return wanted.equals(extension);
        }
    }

    /**
     * The catalog of a database.
     *
     * @param database where
     */
    public Catalog(Database database) {
        this.database = database;
    }

    /**
     * Takes note of a type's name, which the stream tells before each description of a table that has it: what is known of
     * types is read anew where one was renamed.
     *
     * @param type what was sent
     */
    public void hear(PgOutputMessage.Type type) {
        String before = told.put(type.oid(), type.name());
        if (before != null && !before.equals(type.name())) {
            types.clear();
        }
    }

    /**
     * What pgoutput does not send of a table.
     *
     * @param relation what it does send
     * @return the types of its columns that still exist, and its key
     * @throws SQLException if the catalog cannot be read
     */
    public TableFacts describe(Relation relation) throws SQLException {
        Set<Long> wanted = new HashSet<>();
        for (RelationColumn column : relation.columns()) {
            wanted.add(Integer.toUnsignedLong(column.typeOid()));
        }
        load(wanted);
        Map<Integer, PgType> known = new HashMap<>();
        for (RelationColumn column : relation.columns()) {
            CatalogType type = types.get(Integer.toUnsignedLong(column.typeOid()));
            if (type != null) {
                known.put(column.typeOid(), resolve(type, 0));
            }
        }
        long oid = Integer.toUnsignedLong(relation.oid());
        boolean partial = relation.replicaIdentity() == ReplicaIdentity.FULL && hasPartitionNotFull(oid);
        return new TableFacts(known, key(relation), partial);
    }

    /** Loads types, then the types that they are made of, until nothing is missing. */
    private void load(Set<Long> wanted) throws SQLException {
        Set<Long> missing = new HashSet<>(wanted);
        missing.removeAll(types.keySet());
        while (!missing.isEmpty()) {
            List<CatalogType> loaded = query(missing);
            missing = new HashSet<>();
            for (CatalogType type : loaded) {
                types.put(type.oid(), type);
                long part = type.isDomain() ? type.base() : type.isArray() ? type.element() : 0;
                if (part != 0) {
                    missing.add(part);
                }
                missing.addAll(type.parts());
            }
            missing.removeAll(types.keySet());
        }
    }

    private List<CatalogType> query(Collection<Long> oids) throws SQLException {
        Connection open = connection();
        List<CatalogType> loaded = new ArrayList<>();
        try (PreparedStatement statement = open.prepareStatement(TYPES)) {
            statement.setArray(1, open.createArrayOf("int8", oids.toArray()));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    loaded.add(new CatalogType(
                            rows.getLong("oid"),
                            rows.getString("typname"),
                            rows.getString("typtype"),
                            rows.getLong("typbasetype"),
                            rows.getBoolean("is_sent"),
                            rows.getBoolean("is_array"),
                            rows.getLong("typelem"),
                            rows.getString("typdelim").charAt(0),
                            rows.getString("extension"),
                            parts(rows.getArray("parts"))));
                }
            }
        }
        return loaded;
    }

    private static List<Long> parts(@Nullable Array oids) throws SQLException {
        return oids == null ? List.of() : List.of((Long[]) oids.getArray());
    }

    private PgType resolve(CatalogType type, int depth) {
        CatalogType base = type;
        while (base.isDomain() && types.get(base.base()) != null) {
            base = types.get(base.base());
        }
        if (depth > MOST_NESTED_TYPES) {
            return PgType.of(type.oid(), type.name(), TypeKind.TEXT, BinaryForm.UNKNOWN, List.of());
        }
        CatalogType element = base.isArray() ? types.get(base.element()) : null;
        if (element != null) {
            PgType of = resolve(element, depth + 1);
            String name = type.isDomain() ? type.name() : of.name() + "[]";
            return new PgType(type.oid(), name, TypeKind.ARRAY, of, element.delimiter());
        }
        boolean isHstore = base.isOf("hstore") && base.name().equals("hstore");
        TypeKind kind = isHstore ? TypeKind.HSTORE : TypeKind.ofBuiltIn(base.oid());
        List<PgType> parts = new ArrayList<>();
        for (long oid : base.parts()) {
            CatalogType part = types.get(oid);
            parts.add(part == null ? PgType.text(oid, Long.toString(oid)) : resolve(part, depth + 1));
        }
        return PgType.of(type.oid(), type.name(), kind, form(base), parts);
    }

    private static BinaryForm form(CatalogType type) {
        if (!type.isSent()) {
            return BinaryForm.TEXT_ALONE;
        }
        return switch (type.category()) {
            case "e" -> BinaryForm.TEXT;
            case "r" -> BinaryForm.RANGE;
            case "m" -> BinaryForm.MULTIRANGE;
            case "c" -> BinaryForm.COMPOSITE;
            default -> formOfBase(type);
        };
    }

    private static BinaryForm formOfBase(CatalogType type) {
        if (type.isOf("hstore") && type.name().equals("hstore")) {
            return BinaryForm.HSTORE;
        }
        if (type.isOf("citext") && type.name().equals("citext")) {
            return BinaryForm.TEXT;
        }
        boolean isTree = Set.of("ltree", "lquery", "ltxtquery").contains(type.name());
        return type.isOf("ltree") && isTree ? BinaryForm.VERSIONED_TEXT : BinaryForm.ofBuiltIn(type.oid());
    }

    private List<String> key(Relation relation) throws SQLException {
        boolean isFlagged = relation.replicaIdentity() == ReplicaIdentity.DEFAULT
                || relation.replicaIdentity() == ReplicaIdentity.INDEX;
        Keyed known = keys.get(relation.oid());
        if (isFlagged && known != null && known.relation().equals(relation)) {
            return known.columns();
        }
        List<String> columns =
                readKey(Integer.toUnsignedLong(relation.oid()), relation.replicaIdentity() == ReplicaIdentity.INDEX);
        keys.put(relation.oid(), new Keyed(relation, columns));
        return columns;
    }

    private List<String> readKey(long relation, boolean ofIdentityIndex) throws SQLException {
        List<String> columns = new ArrayList<>();
        try (PreparedStatement statement = connection().prepareStatement(KEY)) {
            statement.setLong(1, relation);
            statement.setBoolean(2, ofIdentityIndex);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    columns.add(rows.getString(1));
                }
            }
        }
        return columns;
    }

    private boolean hasPartitionNotFull(long relation) throws SQLException {
        try (PreparedStatement statement = connection().prepareStatement(PARTITION_NOT_FULL)) {
            statement.setLong(1, relation);
            try (ResultSet answer = statement.executeQuery()) {
                return answer.next() && answer.getBoolean(1);
            }
        }
    }

    private Connection connection() throws SQLException {
        Connection open = connection;
        if (open == null) {
            open = database.open();
            connection = open;
        }
        return open;
    }

    /** Gives the connection back; the next table opens another. Types stay known. */
    @Override
    public void close() throws SQLException {
        Connection open = connection;
        connection = null;
        if (open != null) {
            open.close();
        }
    }
}
