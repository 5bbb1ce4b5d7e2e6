package io.walwire.internal.codec;

import java.util.EnumMap;
import java.util.Map;

/** The common types' binary values straight to JSON, without their text in between; the same JSON as that text gives. */
final class BinaryJson {
    /** What the values of these kinds look like; a type of another form is left to its text. */
    private static final Map<TypeKind, BinaryForm> FORMS = new EnumMap<>(Map.ofEntries(
            Map.entry(TypeKind.BOOL, BinaryForm.BOOL),
            Map.entry(TypeKind.INT2, BinaryForm.INT2),
            Map.entry(TypeKind.INT4, BinaryForm.INT4),
            Map.entry(TypeKind.INT8, BinaryForm.INT8),
            Map.entry(TypeKind.OID, BinaryForm.UNSIGNED4),
            Map.entry(TypeKind.FLOAT4, BinaryForm.FLOAT4),
            Map.entry(TypeKind.FLOAT8, BinaryForm.FLOAT8),
            Map.entry(TypeKind.NUMERIC, BinaryForm.NUMERIC),
            Map.entry(TypeKind.UUID, BinaryForm.UUID),
            Map.entry(TypeKind.DATE, BinaryForm.DATE),
            Map.entry(TypeKind.TIMESTAMP, BinaryForm.TIMESTAMP),
            Map.entry(TypeKind.TIMESTAMPTZ, BinaryForm.TIMESTAMPTZ),
            Map.entry(TypeKind.BYTEA, BinaryForm.BYTEA)));

    private BinaryJson() {}

    /**
     * Writes a value.
     *
     * @return false if nothing was written, since the type is not among the common ones
     * @throws UnrepresentableException if the bytes are not a value of the type; something may have been written then
     */
    static boolean write(JsonOutput out, PgType type, byte[] bytes, int offset, int length) {
        if (FORMS.get(type.kind()) != type.form()) {
            return false;
        }
        switch (type.kind()) {
            case BOOL -> out.bool(BinaryText.bool(bytes[BinaryInput.exactly(1, offset, length)]));
            case INT2 -> out.putLong(BinaryInput.int16(bytes, BinaryInput.exactly(2, offset, length)));
            case INT4 -> out.putLong(BinaryInput.int32(bytes, BinaryInput.exactly(4, offset, length)));
            case INT8 -> out.putLong(BinaryInput.int64(bytes, BinaryInput.exactly(8, offset, length)));
            case OID ->
                out.putLong(Integer.toUnsignedLong(BinaryInput.int32(bytes, BinaryInput.exactly(4, offset, length))));
            case FLOAT4, FLOAT8, NUMERIC -> number(out, type.form(), bytes, offset, length);
            case BYTEA -> out.base64(bytes, offset, length);
            case UUID -> {
                out.put('"');
                BinaryText.putUuid(out, bytes, BinaryInput.exactly(16, offset, length));
                out.put('"');
            }
            default -> moment(out, type.form(), bytes, offset, length);
        }
        return true;
    }

    /** NaN and the infinities are strings. */
    private static void number(JsonOutput out, BinaryForm form, byte[] bytes, int offset, int length) {
        int from = out.length();
        switch (form) {
            case FLOAT4 ->
                ShortestFloat.put(
                        out, Float.intBitsToFloat(BinaryInput.int32(bytes, BinaryInput.exactly(4, offset, length))));
            case FLOAT8 ->
                ShortestFloat.put(
                        out, Double.longBitsToDouble(BinaryInput.int64(bytes, BinaryInput.exactly(8, offset, length))));
            default -> {
                BinaryInput in = new BinaryInput(bytes, offset, offset + length);
                BinaryText.putNumeric(out, in);
                in.requireEnd();
            }
        }
        if (JsonText.numberEnd(out.bytes(), from, out.length()) != out.length()) {
            out.insert('"', from);
            out.put('"');
        }
    }

    private static void moment(JsonOutput out, BinaryForm form, byte[] bytes, int offset, int length) {
        boolean isDate = form == BinaryForm.DATE;
        long value = isDate
                ? BinaryInput.int32(bytes, BinaryInput.exactly(4, offset, length))
                : BinaryInput.int64(bytes, BinaryInput.exactly(8, offset, length));
        boolean isEndless = isDate
                ? value == Integer.MAX_VALUE || value == Integer.MIN_VALUE
                : value == Long.MAX_VALUE || value == Long.MIN_VALUE;
        out.put('"');
        if (isEndless) {
            out.put(value > 0 ? "infinity" : "-infinity");
        } else if (isDate) {
            IsoText.date(out, (int) value);
        } else {
            IsoText.timestamp(out, value);
            if (form == BinaryForm.TIMESTAMPTZ) {
                out.put('Z');
            }
        }
        out.put('"');
    }
}
