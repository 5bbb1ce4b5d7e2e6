package io.walwire.internal.codec;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.UTF8JsonGenerator;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * PostgreSQL's text of a value to JSON. It is made from the text and not from the Java value, so that those print too which
 * no Java type holds; text that is not of its type prints as a string, for a line must not be lost over one value.
 */
public final class JsonValues {
    private static final long OID_MAX = 0xffff_ffffL;

    private JsonValues() {}

    /** Makes the generators for {@link #write}; unlike Jackson's own it has no limits of size and depth. */
    public static JsonFactory factory() {
        return Json.FACTORY;
    }

    /** Whether this is JSON that can be had as a node; takes time in proportion to the length, and builds nothing. */
    public static boolean isReadable(byte[] bytes, int offset, int length) {
        return Json.isReadable(bytes, offset, length);
    }

    /** Writes one value, never SQL NULL. */
    public static void write(JsonGenerator out, PgType type, byte[] bytes, int offset, int length) throws IOException {
        int to = offset + length;
        switch (type.kind()) {
            case TEXT, UUID, TIME -> text(out, bytes, offset, length);
            case FLOAT4, FLOAT8 -> raw(out, JsonText.numberEnd(bytes, offset, to) == to, bytes, offset, length);
            case NUMERIC -> raw(out, NumberText.isNumeric(bytes, offset, to), bytes, offset, length);
            case JSON -> raw(out, JsonText.isValid(bytes, offset, to), bytes, offset, length);
            case ARRAY -> {
                if (ArrayText.isValid(bytes, offset, length, type.delimiter())) {
                    array(out, type, bytes, offset, length);
                } else {
                    text(out, bytes, offset, length);
                }
            }
            default -> parsed(out, type.kind(), bytes, offset, length);
        }
    }

    private static void raw(JsonGenerator out, boolean valid, byte[] bytes, int offset, int length) throws IOException {
        if (valid) {
            out.writeRawValue(new RawJson(bytes, offset, length));
        } else {
            text(out, bytes, offset, length);
        }
    }

    private static void text(JsonGenerator out, byte[] bytes, int offset, int length) throws IOException {
        // only this generator can take bytes, and it takes them without a String in between
        if (out instanceof UTF8JsonGenerator) {
            out.writeUTF8String(bytes, offset, length);
        } else {
            out.writeString(TextValues.text(bytes, offset, length));
        }
    }

    private static void text(JsonGenerator out, IsoText iso) throws IOException {
        text(out, iso.bytes(), 0, iso.length());
    }

    private static void array(JsonGenerator out, PgType type, byte[] bytes, int offset, int length) throws IOException {
        ArrayText array = new ArrayText(bytes, offset, length, type.delimiter());
        for (ArrayText.Token token = array.next(); token != ArrayText.Token.END; token = array.next()) {
            switch (token) {
                case OPEN -> out.writeStartArray();
                case CLOSE -> out.writeEndArray();
                case NULL -> out.writeNull();
                default -> write(out, type.elementType(), array.bytes(), array.offset(), array.length());
            }
        }
    }

    /** The kinds whose text is read before anything is written, so that a failure leaves nothing half written. */
    private static void parsed(JsonGenerator out, TypeKind kind, byte[] bytes, int offset, int length)
            throws IOException {
        int to = offset + length;
        try {
            switch (kind) {
                case BOOL -> out.writeBoolean(TextValues.bool(bytes, offset, to));
                case INT2 -> out.writeNumber(NumberText.integer(bytes, offset, to, Short.MIN_VALUE, Short.MAX_VALUE));
                case INT4 ->
                    out.writeNumber(NumberText.integer(bytes, offset, to, Integer.MIN_VALUE, Integer.MAX_VALUE));
                case INT8 -> out.writeNumber(NumberText.integer(bytes, offset, to, Long.MIN_VALUE, Long.MAX_VALUE));
                case OID -> out.writeNumber(NumberText.integer(bytes, offset, to, 0, OID_MAX));
                case DATE, TIMESTAMP, TIMESTAMPTZ -> moment(out, kind, bytes, offset, length);
                case TIMETZ -> text(out, IsoText.timetz(bytes, offset, to));
                case INTERVAL ->
                    out.writeString(IntervalText.interval(bytes, offset, to).toString());
                case BYTEA -> out.writeBinary(BytesText.bytea(bytes, offset, to));
                case HSTORE -> object(out, HstoreText.map(bytes, offset, length));
                default -> text(out, bytes, offset, length);
            }
        } catch (UnrepresentableException unexpected) {
            text(out, bytes, offset, length);
        }
    }

    private static void moment(JsonGenerator out, TypeKind kind, byte[] bytes, int offset, int length)
            throws IOException {
        int to = offset + length;
        if (TimeText.isInfinity(bytes, offset, to) || TimeText.isNegativeInfinity(bytes, offset, to)) {
            text(out, bytes, offset, length);
            return;
        }
        text(
                out,
                switch (kind) {
                    case DATE -> IsoText.date(bytes, offset, to);
                    case TIMESTAMP -> IsoText.timestamp(bytes, offset, to);
                    default -> IsoText.timestamptz(bytes, offset, to);
                });
    }

    private static void object(JsonGenerator out, Map<String, @Nullable String> pairs) throws IOException {
        out.writeStartObject();
        for (Map.Entry<String, @Nullable String> pair : pairs.entrySet()) {
            out.writeStringField(pair.getKey(), pair.getValue());
        }
        out.writeEndObject();
    }
}
