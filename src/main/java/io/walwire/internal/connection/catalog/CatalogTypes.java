package io.walwire.internal.connection.catalog;

import io.walwire.internal.codec.BinaryForm;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.codec.TypeKind;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The types that were read from the catalog, by OID, with the types that they are made of. Not thread-safe. */
public final class CatalogTypes {
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

    /** Types are made of types, but not without end; what is read while they change may seem so. */
    private static final int MAX_NESTED_TYPES = 64;

    /** Two fields of a type of two fields, and so on: a few rows of the catalog make a tree without bounds. Its rest is not looked at. */
    private static final int MAX_PARTS_OF_TYPE = 4_096;

    /** What is remembered is bounded: it is read again when it is needed again. */
    private static final int MAX_TYPES = 8_192;

    private final Map<Long, CatalogType> types = new HashMap<>();

    /** Of the type that is being resolved, so far. */
    private int parts;

    /** None read yet. */
    public CatalogTypes() {}

    CatalogTypes(List<CatalogType> read) {
        read.forEach(type -> types.put(type.oid(), type));
    }

    boolean haveAll(Set<Long> oids) {
        return types.keySet().containsAll(oids);
    }

    Map<Long, CatalogType> byOid() {
        return Collections.unmodifiableMap(types);
    }

    void clear() {
        types.clear();
    }

    /**
     * A type that was read.
     *
     * @param oid its OID, unsigned
     * @return null if it was not read, or the catalog did not have it
     */
    public @Nullable PgType resolved(long oid) {
        CatalogType type = types.get(oid);
        parts = 0;
        return type == null ? null : resolve(type, 0);
    }

    /**
     * Reads types, then the types that they are made of, until nothing is missing.
     *
     * @param open a plain connection
     * @param wanted their OIDs, unsigned; those that were read before are not read again
     * @throws SQLException if the catalog cannot be read
     */
    public void load(Connection open, Set<Long> wanted) throws SQLException {
        if (types.size() > MAX_TYPES) {
            types.clear();
        }
        Set<Long> missing = new HashSet<>(wanted);
        missing.removeAll(types.keySet());
        while (!missing.isEmpty()) {
            List<CatalogType> loaded = query(open, missing);
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

    private static List<CatalogType> query(Connection open, Collection<Long> oids) throws SQLException {
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
        parts++;
        if (depth > MAX_NESTED_TYPES || parts > MAX_PARTS_OF_TYPE) {
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
        List<PgType> resolved = new ArrayList<>();
        for (long oid : base.parts()) {
            CatalogType part = types.get(oid);
            resolved.add(part == null ? PgType.text(oid, Long.toString(oid)) : resolve(part, depth + 1));
        }
        return PgType.of(type.oid(), type.name(), kind, form(base), resolved);
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
}
