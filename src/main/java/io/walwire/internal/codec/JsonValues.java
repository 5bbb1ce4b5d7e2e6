package io.walwire.internal.codec;

import com.fasterxml.jackson.core.JsonFactory;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * PostgreSQL's text of a value to JSON, bytes to bytes. It is made from the text and not from the Java value, so that those print too which
 * no Java type holds; text that is not of its type prints as a string, for a line must not be lost over one value.
 */
public final class JsonValues {
    private static final long OID_MAX = 0xffff_ffffL;

    private JsonValues() {}

    /** Jackson's, which unlike its own has no limits of size and depth. */
    public static JsonFactory factory() {
        return Json.FACTORY;
    }

    /** Whether this is JSON that can be had as a node; takes time in proportion to the length, and builds nothing. */
    public static boolean isReadable(byte[] bytes, int offset, int length) {
        return Json.isReadable(bytes, offset, length);
    }

    /** Writes one value, never SQL NULL. */
    public static void write(JsonOutput out, PgType type, byte[] bytes, int offset, int length) {
        int to = offset + length;
        switch (type.kind()) {
            case TEXT, UUID, TIME -> out.string(bytes, offset, length);
            case FLOAT4, FLOAT8 -> number(out, JsonText.numberEnd(bytes, offset, to) == to, bytes, offset, length);
            case NUMERIC -> number(out, NumberText.isNumeric(bytes, offset, to), bytes, offset, length);
            case JSON -> {
                if (JsonText.isValid(bytes, offset, to)) {
                    out.minified(bytes, offset, length);
                } else {
                    out.string(bytes, offset, length);
                }
            }
            case ARRAY -> {
                if (ArrayText.isValid(bytes, offset, length, type.delimiter())) {
                    array(out, type, bytes, offset, length);
                } else {
                    out.string(bytes, offset, length);
                }
            }
            default -> parsed(out, type.kind(), bytes, offset, length);
        }
    }

    private static void number(JsonOutput out, boolean valid, byte[] bytes, int offset, int length) {
        if (valid) {
            out.put(bytes, offset, length);
        } else {
            out.string(bytes, offset, length);
        }
    }

    private static void array(JsonOutput out, PgType type, byte[] bytes, int offset, int length) {
        ArrayText array = new ArrayText(bytes, offset, length, type.delimiter());
        array.next();
        out.beginArray();
        for (ArrayText.Token token = array.next(); token != ArrayText.Token.END; token = array.next()) {
            switch (token) {
                case OPEN -> out.element().beginArray();
                case CLOSE -> out.endArray();
                case NULL -> out.element().nothing();
                default -> write(out.element(), type.elementType(), array.bytes(), array.offset(), array.length());
            }
        }
    }

    /** The kinds whose text is parsed; what a failure leaves half written is taken back. */
    private static void parsed(JsonOutput out, TypeKind kind, byte[] bytes, int offset, int length) {
        int before = out.length();
        int to = offset + length;
        try {
            switch (kind) {
                case BOOL -> out.bool(TextValues.bool(bytes, offset, to));
                case INT2 -> integer(out, bytes, offset, to, Short.MIN_VALUE, Short.MAX_VALUE);
                case INT4 -> integer(out, bytes, offset, to, Integer.MIN_VALUE, Integer.MAX_VALUE);
                case INT8 -> integer(out, bytes, offset, to, Long.MIN_VALUE, Long.MAX_VALUE);
                case OID -> integer(out, bytes, offset, to, 0, OID_MAX);
                case BYTEA -> out.base64OfBytea(bytes, offset, to);
                case INTERVAL ->
                    out.string(IntervalText.interval(bytes, offset, to).toString());
                case HSTORE -> object(out, HstoreText.map(bytes, offset, length));
                default -> moment(out, kind, bytes, offset, to);
            }
        } catch (UnrepresentableException unexpected) {
            out.cut(before);
            out.string(bytes, offset, length);
        }
    }

    private static void integer(JsonOutput out, byte[] bytes, int from, int to, long min, long max) {
        long value = NumberText.integer(bytes, from, to, min, max);
        boolean hasLeadingZero = to - from > 1 && bytes[bytes[from] == '-' ? from + 1 : from] == '0';
        if (hasLeadingZero) {
            out.number(value);
        } else {
            out.put(bytes, from, to - from);
        }
    }

    private static void moment(JsonOutput out, TypeKind kind, byte[] bytes, int from, int to) {
        out.put('"');
        if (kind == TypeKind.TIMETZ) {
            IsoText.timetz(out, bytes, from, to);
        } else if (TimeText.isInfinity(bytes, from, to) || TimeText.isNegativeInfinity(bytes, from, to)) {
            out.put(bytes, from, to - from);
        } else if (kind == TypeKind.DATE) {
            IsoText.date(out, bytes, from, to);
        } else if (kind == TypeKind.TIMESTAMP) {
            IsoText.timestamp(out, bytes, from, to);
        } else {
            IsoText.timestamptz(out, bytes, from, to);
        }
        out.put('"');
    }

    private static void object(JsonOutput out, Map<String, @Nullable String> pairs) {
        out.beginObject();
        for (Map.Entry<String, @Nullable String> pair : pairs.entrySet()) {
            out.name(pair.getKey()).string(pair.getValue());
        }
        out.endObject();
    }
}
