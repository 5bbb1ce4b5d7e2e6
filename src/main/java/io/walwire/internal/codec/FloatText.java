package io.walwire.internal.codec;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.fasterxml.jackson.core.io.NumberInput;

/**
 * PostgreSQL's text of float4 and float8. Most of what people store has few digits: both it and the power of ten are then
 * held exactly, one multiplication or division rounds once, and so gives what {@link Double#parseDouble} gives, without
 * its garbage. (Clinger, "How to Read Floating Point Numbers Accurately", 1990.) The rest is left to the parser that Jackson
 * brings along, which gives the same and makes an eighth of the garbage.
 */
final class FloatText {
    private static final double[] DOUBLE_POWERS = {
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22
    };
    private static final float[] FLOAT_POWERS = {1e0f, 1e1f, 1e2f, 1e3f, 1e4f, 1e5f, 1e6f, 1e7f, 1e8f, 1e9f, 1e10f};

    private static final long EXACT_IN_DOUBLE = 1L << 53;
    private static final long EXACT_IN_FLOAT = 1L << 24;

    /** What {@link #plain} gives for a number that has an exponent or too many digits. */
    private static final long NOT_PLAIN = -1;

    private FloatText() {}

    static double float8(byte[] bytes, int from, int to) {
        if (JsonText.numberEnd(bytes, from, to) != to) {
            return special(bytes, from, to);
        }
        long digits = plain(bytes, from, to);
        int scale = scale(bytes, from, to);
        if (digits == NOT_PLAIN || digits > EXACT_IN_DOUBLE || scale >= DOUBLE_POWERS.length) {
            double parsed = NumberInput.parseDouble(new String(bytes, from, to - from, ISO_8859_1), true);
            return finite(parsed);
        }
        double magnitude = digits / DOUBLE_POWERS[scale];
        return bytes[from] == '-' ? -magnitude : magnitude;
    }

    static float float4(byte[] bytes, int from, int to) {
        if (JsonText.numberEnd(bytes, from, to) != to) {
            return (float) special(bytes, from, to);
        }
        long digits = plain(bytes, from, to);
        int scale = scale(bytes, from, to);
        if (digits == NOT_PLAIN || digits > EXACT_IN_FLOAT || scale >= FLOAT_POWERS.length) {
            float parsed = NumberInput.parseFloat(new String(bytes, from, to - from, ISO_8859_1), true);
            return (float) finite(parsed);
        }
        float magnitude = digits / FLOAT_POWERS[scale];
        return bytes[from] == '-' ? -magnitude : magnitude;
    }

    static boolean isSpecial(byte[] bytes, int from, int to) {
        return Ascii.equals(bytes, from, to, "NaN")
                || Ascii.equals(bytes, from, to, "Infinity")
                || Ascii.equals(bytes, from, to, "-Infinity");
    }

    private static double special(byte[] bytes, int from, int to) {
        if (!isSpecial(bytes, from, to)) {
            throw UnrepresentableException.malformed();
        }
        return switch (bytes[from]) {
            case 'N' -> Double.NaN;
            case 'I' -> Double.POSITIVE_INFINITY;
            default -> Double.NEGATIVE_INFINITY;
        };
    }

    private static double finite(double parsed) {
        if (Double.isInfinite(parsed)) {
            throw new UnrepresentableException("the number is beyond the type's range");
        }
        return parsed;
    }

    /** The digits as one number, sign and point left out. */
    private static long plain(byte[] bytes, int from, int to) {
        if (to - from > NumberText.LONG_DIGITS) {
            return NOT_PLAIN;
        }
        long digits = 0;
        for (int i = from; i < to; i++) {
            byte b = bytes[i];
            if (Ascii.isDigit(b)) {
                digits = digits * 10 + (b - '0');
            } else if (b != '.' && (b != '-' || i > from)) {
                return NOT_PLAIN;
            }
        }
        return digits;
    }

    private static int scale(byte[] bytes, int from, int to) {
        int point = Ascii.indexOf(bytes, from, to, '.');
        return point < 0 ? 0 : to - point - 1;
    }
}
