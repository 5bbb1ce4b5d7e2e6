package io.walwire.testkit;

import io.walwire.internal.codec.PgType;
import io.walwire.internal.codec.TypeKind;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Types by their names: PostgreSQL's own with the OIDs that they have everywhere, others with made-up ones. */
final class KitTypes {
    private static final long FIRST_OWN = 16_384;
    private static final Pattern MODIFIER = Pattern.compile("\\s*\\([^)]*\\)");

    private static final Map<String, String> ALIASES = Map.ofEntries(
            Map.entry("bigint", "int8"),
            Map.entry("bigserial", "int8"),
            Map.entry("integer", "int4"),
            Map.entry("int", "int4"),
            Map.entry("serial", "int4"),
            Map.entry("smallint", "int2"),
            Map.entry("boolean", "bool"),
            Map.entry("real", "float4"),
            Map.entry("double precision", "float8"),
            Map.entry("decimal", "numeric"),
            Map.entry("character varying", "varchar"),
            Map.entry("character", "bpchar"),
            Map.entry("timestamp with time zone", "timestamptz"),
            Map.entry("timestamp without time zone", "timestamp"),
            Map.entry("time with time zone", "timetz"),
            Map.entry("time without time zone", "time"));

    /** Name, OID, and the OID of its array, as in {@code pg_type.dat}. */
    private static final Map<String, long[]> BUILT_IN = Map.ofEntries(
            Map.entry("bool", new long[] {16, 1000}),
            Map.entry("bytea", new long[] {17, 1001}),
            Map.entry("name", new long[] {19, 1003}),
            Map.entry("int8", new long[] {20, 1016}),
            Map.entry("int2", new long[] {21, 1005}),
            Map.entry("int4", new long[] {23, 1007}),
            Map.entry("text", new long[] {25, 1009}),
            Map.entry("oid", new long[] {26, 1028}),
            Map.entry("json", new long[] {114, 199}),
            Map.entry("xml", new long[] {142, 143}),
            Map.entry("point", new long[] {600, 1017}),
            Map.entry("cidr", new long[] {650, 651}),
            Map.entry("float4", new long[] {700, 1021}),
            Map.entry("float8", new long[] {701, 1022}),
            Map.entry("money", new long[] {790, 791}),
            Map.entry("macaddr", new long[] {829, 1040}),
            Map.entry("inet", new long[] {869, 1041}),
            Map.entry("bpchar", new long[] {1042, 1014}),
            Map.entry("varchar", new long[] {1043, 1015}),
            Map.entry("date", new long[] {1082, 1182}),
            Map.entry("time", new long[] {1083, 1183}),
            Map.entry("timestamp", new long[] {1114, 1115}),
            Map.entry("timestamptz", new long[] {1184, 1185}),
            Map.entry("interval", new long[] {1186, 1187}),
            Map.entry("timetz", new long[] {1266, 1270}),
            Map.entry("bit", new long[] {1560, 1561}),
            Map.entry("varbit", new long[] {1562, 1563}),
            Map.entry("numeric", new long[] {1700, 1231}),
            Map.entry("uuid", new long[] {2950, 2951}),
            Map.entry("jsonb", new long[] {3802, 3807}));

    private final Map<String, PgType> own = new HashMap<>();

    /** A type by its name, without modifiers; an array is {@code element[]}. A name that is not PostgreSQL's is read as text. */
    synchronized PgType of(String given) {
        String name = MODIFIER.matcher(given).replaceAll("").strip();
        boolean array = name.endsWith("[]");
        String element = array ? name.substring(0, name.length() - 2).strip() : name;
        String lower = element.toLowerCase(Locale.ROOT);
        String known = ALIASES.getOrDefault(lower, lower);
        long @Nullable [] oids = BUILT_IN.get(known);
        PgType type = oids == null ? own(element) : PgType.scalar(oids[0], known, TypeKind.ofBuiltIn(oids[0]));
        if (!array) {
            return type;
        }
        return PgType.array(oids == null ? own(element + "[]").oid() : oids[1], type);
    }

    private PgType own(String name) {
        PgType type = own.get(name);
        if (type == null) {
            long oid = FIRST_OWN + 2L * own.size();
            type = PgType.scalar(oid, name, name.equals("hstore") ? TypeKind.HSTORE : TypeKind.TEXT);
            own.put(name, type);
        }
        return Objects.requireNonNull(type);
    }

    /** Whether the stream sends this type's name. */
    static boolean isNamed(PgType type) {
        return type.oid() >= FIRST_OWN;
    }
}
