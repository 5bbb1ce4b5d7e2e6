package io.walwire.internal.codec;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

/** Types as the catalog has them, and their text as a slice of a larger message. */
final class Types {
    static final PgType BOOL = PgType.scalar(16, "bool", TypeKind.BOOL);
    static final PgType BYTEA = PgType.scalar(17, "bytea", TypeKind.BYTEA);
    static final PgType INT8 = PgType.scalar(20, "int8", TypeKind.INT8);
    static final PgType INT2 = PgType.scalar(21, "int2", TypeKind.INT2);
    static final PgType INT4 = PgType.scalar(23, "int4", TypeKind.INT4);
    static final PgType TEXT = PgType.text(25, "text");
    static final PgType OID = PgType.scalar(26, "oid", TypeKind.OID);
    static final PgType JSON = PgType.scalar(114, "json", TypeKind.JSON);
    static final PgType JSONB = PgType.scalar(3802, "jsonb", TypeKind.JSON);
    static final PgType FLOAT4 = PgType.scalar(700, "float4", TypeKind.FLOAT4);
    static final PgType FLOAT8 = PgType.scalar(701, "float8", TypeKind.FLOAT8);
    static final PgType DATE = PgType.scalar(1082, "date", TypeKind.DATE);
    static final PgType TIME = PgType.scalar(1083, "time", TypeKind.TIME);
    static final PgType TIMESTAMP = PgType.scalar(1114, "timestamp", TypeKind.TIMESTAMP);
    static final PgType TIMESTAMPTZ = PgType.scalar(1184, "timestamptz", TypeKind.TIMESTAMPTZ);
    static final PgType INTERVAL = PgType.scalar(1186, "interval", TypeKind.INTERVAL);
    static final PgType TIMETZ = PgType.scalar(1266, "timetz", TypeKind.TIMETZ);
    static final PgType NUMERIC = PgType.scalar(1700, "numeric", TypeKind.NUMERIC);
    static final PgType UUID = PgType.scalar(2950, "uuid", TypeKind.UUID);
    static final PgType HSTORE = PgType.scalar(16_400, "hstore", TypeKind.HSTORE);
    static final PgType MOOD = PgType.text(16_500, "mood");
    static final PgType BOX_ARRAY = new PgType(1020, "box[]", TypeKind.ARRAY, PgType.text(603, "box"), ';');

    /** What surrounds a value in a message; read by mistake, it changes the value of every type. */
    private static final String BEFORE = "-7";

    private static final String AFTER = "7 BC";

    private Types() {}

    static PgType arrayOf(PgType element) {
        return PgType.array(element.oid() + 100_000, element);
    }

    /** A json or jsonb as Jackson's tree. */
    static JsonNode node(PgType type, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        return Conversion.convert(type, bytes, 0, bytes.length, JsonNode.class);
    }

    static Object decode(PgType type, String text) {
        byte[] value = text.getBytes(UTF_8);
        return TextValues.decode(type, framed(text), BEFORE.length(), value.length);
    }

    static <T> T convert(PgType type, String text, Class<T> wanted) {
        byte[] value = text.getBytes(UTF_8);
        return Conversion.convert(type, framed(text), BEFORE.length(), value.length, wanted);
    }

    /** As the line has it, and as Jackson's generator writes it, which must agree. */
    static String json(PgType type, String text) {
        int length = text.getBytes(UTF_8).length;
        JsonOutput out = new JsonOutput();
        JsonValues.write(out, type, framed(text), BEFORE.length(), length);
        String json = out.end();
        String slow = JacksonValues.json(type, framed(text), BEFORE.length(), length);
        if (!json.equals(slow)) {
            throw new AssertionError(json + ", by Jackson " + slow);
        }
        return json;
    }

    /** The same of a value in binary. */
    static String binaryJson(PgType type, byte[] bytes, int offset, int length) {
        JsonOutput out = new JsonOutput();
        BinaryValues.write(out, type, bytes, offset, length);
        String json = out.end();
        String slow = JacksonValues.binaryJson(type, bytes, offset, length);
        if (!json.equals(slow)) {
            throw new AssertionError(json + ", by Jackson " + slow);
        }
        return json;
    }

    private static byte[] framed(String text) {
        return (BEFORE + text + AFTER).getBytes(UTF_8);
    }
}
