package io.walwire.internal.codec;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Values to JSON by Jackson's generator and through Java's objects: slow, and what {@link JsonOutput} is compared with. */
public final class JacksonValues {
    private JacksonValues() {}

    /** The JSON of a value in text. */
    static String json(PgType type, byte[] bytes, int offset, int length) {
        return print(out -> write(out, type, bytes, offset, length));
    }

    /** The JSON of a value in binary. */
    static String binaryJson(PgType type, byte[] bytes, int offset, int length) {
        return print(out -> writeBinary(out, type, bytes, offset, length));
    }

    private interface Body {
        void write(JsonGenerator out) throws IOException;
    }

    private static String print(Body body) {
        StringWriter text = new StringWriter(); // a generator of bytes would escape what is beyond 16 bits
        try (JsonGenerator out = JsonValues.factory().createGenerator(text)) {
            body.write(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    /** Writes a value in binary from PostgreSQL's text of it. */
    public static void writeBinary(JsonGenerator out, PgType type, byte[] bytes, int offset, int length)
            throws IOException {
        String text;
        try {
            text = BinaryValues.text(type, bytes, offset, length);
        } catch (UnrepresentableException malformed) {
            out.writeString(BinaryValues.hex(bytes, offset, length));
            return;
        }
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        write(out, type, utf8, 0, utf8.length);
    }

    /** Writes a value in text. */
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
            default -> parsed(out, type, bytes, offset, length);
        }
    }

    private static void raw(JsonGenerator out, boolean valid, byte[] bytes, int offset, int length) throws IOException {
        if (valid) {
            out.writeRawValue(JsonForm.ofPrinted(TextValues.text(bytes, offset, length)));
        } else {
            text(out, bytes, offset, length);
        }
    }

    private static void text(JsonGenerator out, byte[] bytes, int offset, int length) throws IOException {
        out.writeString(TextValues.text(bytes, offset, length));
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

    private static void parsed(JsonGenerator out, PgType type, byte[] bytes, int offset, int length)
            throws IOException {
        int to = offset + length;
        try {
            switch (type.kind()) {
                case BOOL -> out.writeBoolean(TextValues.bool(bytes, offset, to));
                case INT2, INT4, INT8, OID ->
                    out.writeNumber(((Number) TextValues.decode(type, bytes, offset, length)).longValue());
                case DATE, TIMESTAMP, TIMESTAMPTZ -> moment(out, type.kind(), bytes, offset, length);
                case TIMETZ -> out.writeString(timetz(bytes, offset, to));
                case INTERVAL ->
                    out.writeString(IntervalText.interval(bytes, offset, to).toString());
                case BYTEA -> out.writeBinary(BytesText.bytea(bytes, offset, to));
                default -> object(out, HstoreText.map(bytes, offset, length));
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
        out.writeString(
                switch (kind) {
                    case DATE -> date(TimeText.packedDate(bytes, offset, to));
                    case TIMESTAMP -> timestamp(bytes, offset, to);
                    default -> timestamptz(bytes, offset, to);
                });
    }

    private static String timestamp(byte[] bytes, int from, int to) {
        int space = TimeText.spaceAfterDate(bytes, from, to);
        int end = TimeText.withoutEra(bytes, from, to);
        return date(TimeText.packedDate(bytes, from, space, end != to)) + "T"
                + time(TimeText.micros(bytes, space + 1, end));
    }

    private static String timestamptz(byte[] bytes, int from, int to) {
        int space = TimeText.spaceAfterDate(bytes, from, to);
        int end = TimeText.withoutEra(bytes, from, to);
        int sign = TimeText.signAfter(bytes, space, end);
        LocalDate date = TimeText.date(TimeText.packedDate(bytes, from, space, end != to));
        long utc = TimeText.micros(bytes, space + 1, sign) - TimeText.offsetSeconds(bytes, sign, end) * 1_000_000L;
        LocalDate shifted = date.plusDays(Math.floorDiv(utc, TimeText.MICROS_PER_DAY));
        return date(TimeText.packed(shifted.getYear(), shifted.getMonthValue(), shifted.getDayOfMonth())) + "T"
                + time(Math.floorMod(utc, TimeText.MICROS_PER_DAY)) + "Z";
    }

    private static String timetz(byte[] bytes, int from, int to) {
        int sign = TimeText.signAfter(bytes, from, to);
        int offset = Math.abs(TimeText.offsetSeconds(bytes, sign, to));
        String text = String.format(
                Locale.ROOT,
                "%s%c%02d:%02d",
                time(TimeText.micros(bytes, from, sign)),
                (char) bytes[sign],
                offset / 3600,
                offset / 60 % 60);
        return offset % 60 == 0 ? text : String.format(Locale.ROOT, "%s:%02d", text, offset % 60);
    }

    private static String date(long packed) {
        int year = TimeText.year(packed);
        String sign = year < 0 ? "-" : year > 9999 ? "+" : "";
        return String.format(
                Locale.ROOT, "%s%04d-%02d-%02d", sign, Math.abs(year), TimeText.month(packed), TimeText.day(packed));
    }

    private static String time(long micros) {
        long second = micros / 1_000_000;
        String time = String.format(Locale.ROOT, "%02d:%02d:%02d", second / 3600, second / 60 % 60, second % 60);
        String fraction = String.format(Locale.ROOT, ".%06d", micros % 1_000_000);
        return time + fraction.replaceAll("\\.?0+$", "");
    }

    private static void object(JsonGenerator out, Map<String, @Nullable String> pairs) throws IOException {
        out.writeStartObject();
        for (Map.Entry<String, @Nullable String> pair : pairs.entrySet()) {
            out.writeStringField(pair.getKey(), pair.getValue());
        }
        out.writeEndObject();
    }
}
