package io.walwire.internal.codec;

/**
 * A value in binary as the very text that PostgreSQL prints for it in the settings that a stream has: its output function once
 * more, for every {@link BinaryForm}. What is made of that text is then the same in binary as in text.
 */
final class BinaryText {
    private static final int NUMERIC_MAX_SCALE = 0x3fff;
    private static final int UUID_BYTES = 16;

    /**
     * How long a text may be, beyond what is in proportion to the value. Ten bytes of a numeric print as 131,072 digits, and an
     * array of such would fill any memory.
     */
    private static final long MAX_BEYOND_PROPORTION = 8L << 20;

    private static final long MAX_FOR_EACH_BYTE = 64;

    private BinaryText() {}

    /**
     * The text, in UTF-8.
     *
     * @throws UnrepresentableException if the bytes are not a value of the type, or nothing is known of the type in binary
     */
    static byte[] of(PgType type, byte[] bytes, int offset, int length) {
        return in(new TextOutput(length + length / 2, mostBytes(length)), type, bytes, offset, length)
                .toBytes();
    }

    /**
     * The text, behind what the output holds.
     *
     * @throws UnrepresentableException if the bytes are not a value of the type, or the text is too long
     */
    static TextOutput in(TextOutput out, PgType type, byte[] bytes, int offset, int length) {
        try {
            put(out, type, bytes, offset, offset + length);
            return out;
        } catch (UnrepresentableException e) {
            throw e.of(type);
        } catch (ArithmeticException overflow) {
            throw new UnrepresentableException(type, "its text is longer than Java can hold");
        }
    }

    /** How long the text of a value may be. */
    static long mostBytes(int length) {
        return MAX_BEYOND_PROPORTION + MAX_FOR_EACH_BYTE * length;
    }

    /** Whether the text is a slice of the binary value: then {@link #textOffset} says where it begins. */
    static boolean isText(PgType type) {
        return type.form() == BinaryForm.TEXT || type.form() == BinaryForm.VERSIONED_TEXT;
    }

    /** Where the text of an {@link #isText} begins in its binary value. */
    static int textOffset(PgType type, byte[] bytes, int offset, int length) {
        if (type.form() == BinaryForm.TEXT) {
            return 0;
        }
        if (length < 1 || bytes[offset] != 1) {
            throw UnrepresentableException.malformedBinary().of(type);
        }
        return 1;
    }

    /** Adds the text of a value to what is there. */
    static void put(TextOutput out, PgType type, byte[] bytes, int from, int to) {
        BinaryInput in = new BinaryInput(bytes, from, to);
        switch (type.form()) {
            case TEXT, VERSIONED_TEXT -> {
                int start = from + textOffset(type, bytes, from, to - from);
                out.put(bytes, start, to - start);
                return;
            }
            case BYTEA -> {
                out.put("\\x").putHex(bytes, from, to - from);
                return;
            }
            case ARRAY, VECTOR, RANGE, MULTIRANGE, COMPOSITE, HSTORE -> BinaryContainers.put(out, type, in);
            case POINT, LSEG, LINE, BOX, PATH, POLYGON, CIRCLE -> BinaryGeometry.put(out, type.form(), in);
            case DATE, TIME, TIMETZ, TIMESTAMP, TIMESTAMPTZ, INTERVAL -> BinaryTimes.put(out, type.form(), in);
            case TSVECTOR -> BinarySearch.putVector(out, in);
            case TSQUERY -> BinarySearch.putQuery(out, in);
            case NETWORK -> BinaryNetwork.putAddress(out, in);
            case MACADDR -> BinaryNetwork.putMac(out, in, 6);
            case MACADDR8 -> BinaryNetwork.putMac(out, in, 8);
            case CHAR -> putChar(out, in.int8());
            case UUID -> putUuid(out, in);
            case BITS -> putBits(out, in);
            case TEXT_ALONE, UNKNOWN ->
                throw new UnrepresentableException(type, "its binary form is not known to Walwire");
            default -> putNumber(out, type.form(), in);
        }
        in.requireEnd();
    }

    private static void putNumber(TextOutput out, BinaryForm form, BinaryInput in) {
        switch (form) {
            case BOOL -> out.put(bool(in.int8()) ? 't' : 'f');
            case INT2 -> out.putLong(in.int16());
            case INT4 -> out.putLong(in.int32());
            case INT8 -> out.putLong(in.int64());
            case UNSIGNED4 -> out.putLong(Integer.toUnsignedLong(in.int32()));
            case UNSIGNED8 -> out.putUnsigned(in.int64());
            case TID ->
                out.put('(')
                        .putLong(Integer.toUnsignedLong(in.int32()))
                        .put(',')
                        .putLong(in.int16() & 0xffff)
                        .put(')');
            case LSN -> putLsn(out, in.int64());
            case FLOAT4 -> ShortestFloat.put(out, Float.intBitsToFloat(in.int32()));
            case FLOAT8 -> ShortestFloat.put(out, in.float8());
            case NUMERIC -> putNumeric(out, in);
            case MONEY -> putMoney(out, in.int64());
            default -> throw new IllegalArgumentException(form.toString());
        }
    }

    static boolean bool(byte value) {
        if (value != 0 && value != 1) {
            throw UnrepresentableException.malformedBinary();
        }
        return value == 1;
    }

    /** Nothing for zero, and octal beyond ASCII, as PostgreSQL 15 and later print it. */
    private static void putChar(TextOutput out, byte value) {
        if (value < 0) {
            out.put('\\');
            for (int shift = 6; shift >= 0; shift -= 3) {
                out.put((char) ('0' + (value >> shift & (shift == 6 ? 3 : 7))));
            }
        } else if (value != 0) {
            out.put((char) value);
        }
    }

    private static void putLsn(TextOutput out, long lsn) {
        String hex = Long.toHexString(lsn >>> 32) + '/' + Integer.toHexString((int) lsn);
        for (int i = 0; i < hex.length(); i++) {
            char digit = hex.charAt(i);
            out.put(digit >= 'a' ? (char) (digit - 'a' + 'A') : digit);
        }
    }

    private static void putUuid(TextOutput out, BinaryInput in) {
        int at = in.at();
        in.skip(UUID_BYTES);
        putUuid(out, in.bytes(), at);
    }

    static void putUuid(TextOutput out, byte[] bytes, int offset) {
        out.putHex(bytes, offset, 4);
        for (int at = offset + 4; at < offset + 10; at += 2) {
            out.put('-').putHex(bytes, at, 2);
        }
        out.put('-').putHex(bytes, offset + 10, 6);
    }

    private static void putBits(TextOutput out, BinaryInput in) {
        int bits = in.int32();
        if (bits < 0 || (bits + 7L) / 8 != in.remaining()) {
            throw UnrepresentableException.malformedBinary();
        }
        out.room(bits);
        int at = in.at();
        in.skip(in.remaining());
        for (int i = 0; i < bits; i++) {
            out.put((in.bytes()[at + i / 8] >> (7 - i % 8) & 1) == 1 ? '1' : '0');
        }
    }

    /** As {@code lc_monetary = C} has it: {@code -$1,234.50}. */
    private static void putMoney(TextOutput out, long cents) {
        if (cents < 0) {
            out.put('-');
        }
        String whole = Long.toUnsignedString(Long.divideUnsigned(Math.abs(cents), 100));
        out.put('$');
        for (int i = 0; i < whole.length(); i++) {
            if (i > 0 && (whole.length() - i) % 3 == 0) {
                out.put(',');
            }
            out.put(whole.charAt(i));
        }
        out.put('.').putPadded((int) Long.remainderUnsigned(Math.abs(cents), 100), 2);
    }

    /** Digits to the base of 10,000, of which the first stands for that base to the power of the weight. */
    static void putNumeric(TextOutput out, BinaryInput in) {
        int digits = in.int16() & 0xffff;
        int weight = in.int16();
        int sign = in.int16() & 0xffff;
        int scale = in.int16() & 0xffff;
        if (putSpecial(out, sign)) {
            return;
        }
        if ((sign != 0 && sign != 0x4000) || scale > NUMERIC_MAX_SCALE || in.remaining() != 2 * digits) {
            throw UnrepresentableException.malformedBinary();
        }
        if (sign != 0) {
            out.put('-');
        }
        int at = in.at();
        in.skip(2 * digits);
        int integers = digits == 0 ? 0 : weight + 1;
        if (integers <= 0) {
            out.put('0');
        }
        for (int i = 0; i < integers; i++) {
            int digit = digit(in.bytes(), at, i, digits);
            out.putPadded(digit, i == 0 ? 1 : 4);
        }
        if (scale > 0) {
            out.put('.');
            int end = out.length() + scale;
            for (int i = integers; out.length() < end; i++) {
                out.putPadded(digit(in.bytes(), at, i, digits), 4);
            }
            out.cut(end);
        }
    }

    static int digit(byte[] bytes, int at, int index, int digits) {
        if (index < 0 || index >= digits) {
            return 0;
        }
        int digit = (bytes[at + 2 * index] & 0xff) << 8 | bytes[at + 2 * index + 1] & 0xff;
        if (digit > 9999) {
            throw UnrepresentableException.malformedBinary();
        }
        return digit;
    }

    private static boolean putSpecial(TextOutput out, int sign) {
        switch (sign) {
            case 0xc000 -> out.put("NaN");
            case 0xd000 -> out.put("Infinity");
            case 0xf000 -> out.put("-Infinity");
            default -> {
                return false;
            }
        }
        return true;
    }
}
