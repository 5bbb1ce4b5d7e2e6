package io.walwire.internal.codec;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** PostgreSQL's text of a value to the Java type that stands for its own; which one is said at {@code event.Row}. */
public final class TextValues {
    private static final long OID_MAX = 0xffff_ffffL;

    private TextValues() {}

    /** The text, as the server sends it in client_encoding UTF8. */
    public static String text(byte[] bytes, int offset, int length) {
        return new String(bytes, offset, length, UTF_8);
    }

    /**
     * The value in its own Java type.
     *
     * @throws UnrepresentableException if that type cannot hold it, or the text is not one of the type
     */
    public static Object decode(PgType type, byte[] bytes, int offset, int length) {
        try {
            return value(type, bytes, offset, offset + length);
        } catch (UnrepresentableException e) {
            throw e.of(type);
        }
    }

    private static Object value(PgType type, byte[] bytes, int from, int to) {
        return switch (type.kind()) {
            case TEXT, JSON -> text(bytes, from, to - from);
            case BOOL -> bool(bytes, from, to);
            case INT2 -> (short) NumberText.integer(bytes, from, to, Short.MIN_VALUE, Short.MAX_VALUE);
            case INT4 -> (int) NumberText.integer(bytes, from, to, Integer.MIN_VALUE, Integer.MAX_VALUE);
            case INT8 -> NumberText.integer(bytes, from, to, Long.MIN_VALUE, Long.MAX_VALUE);
            case OID -> NumberText.integer(bytes, from, to, 0, OID_MAX);
            case FLOAT4 -> FloatText.float4(bytes, from, to);
            case FLOAT8 -> FloatText.float8(bytes, from, to);
            case NUMERIC -> NumberText.numeric(bytes, from, to);
            case UUID -> BytesText.uuid(bytes, from, to);
            case DATE -> TimeText.date(bytes, from, to);
            case TIME -> TimeText.time(bytes, from, to);
            case TIMETZ -> TimeText.timetz(bytes, from, to);
            case TIMESTAMP -> TimeText.timestamp(bytes, from, to);
            case TIMESTAMPTZ -> TimeText.timestamptz(bytes, from, to);
            case INTERVAL -> IntervalText.interval(bytes, from, to);
            case BYTEA -> BytesText.bytea(bytes, from, to);
            case HSTORE -> HstoreText.map(bytes, from, to - from);
            case ARRAY -> list(type, bytes, from, to - from);
        };
    }

    static boolean bool(byte[] bytes, int from, int to) {
        if (to - from != 1 || (bytes[from] != 't' && bytes[from] != 'f')) {
            throw UnrepresentableException.malformed();
        }
        return bytes[from] == 't';
    }

    private static List<@Nullable Object> list(PgType type, byte[] bytes, int offset, int length) {
        ArrayText array = new ArrayText(bytes, offset, length, type.delimiter());
        array.next();
        List<@Nullable Object> list = level(array, type.elementType());
        // reads what follows the array, which must be nothing
        array.next();
        return list;
    }

    private static List<@Nullable Object> level(ArrayText array, PgType element) {
        List<@Nullable Object> level = new ArrayList<>();
        for (ArrayText.Token token = array.next(); token != ArrayText.Token.CLOSE; token = array.next()) {
            level.add(
                    switch (token) {
                        case OPEN -> level(array, element);
                        case NULL -> null;
                        default -> decode(element, array.bytes(), array.offset(), array.length());
                    });
        }
        return Collections.unmodifiableList(level);
    }
}
