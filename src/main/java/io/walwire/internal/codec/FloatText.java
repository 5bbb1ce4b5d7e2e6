package io.walwire.internal.codec;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.fasterxml.jackson.core.io.NumberInput;
import java.util.Arrays;

/**
 * PostgreSQL's text of float4 and float8. Most of what people store has few digits: both it and the power of ten are then
 * held exactly, one multiplication or division rounds once, and so gives what {@link Double#parseDouble} gives, without
 * its garbage. (Clinger, "How to Read Floating Point Numbers Accurately", 1990.) Of more digits the rest of that division shows which
 * double is closest. What has an exponent or more than 18 digits is left to the parser that Jackson brings along, which gives the same
 * and makes an eighth of the garbage.
 */
final class FloatText {
    private static final double[] DOUBLE_POWERS = {
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22
    };
    private static final float[] FLOAT_POWERS = {1e0f, 1e1f, 1e2f, 1e3f, 1e4f, 1e5f, 1e6f, 1e7f, 1e8f, 1e9f, 1e10f};

    private static final long[] LONG_POWERS = longPowers();

    private static final long EXACT_IN_DOUBLE = 1L << 53;
    private static final int FRACTION_BITS = 52;
    private static final long FRACTION = (1L << FRACTION_BITS) - 1;
    private static final long EXACT_IN_FLOAT = 1L << 24;

    /** What {@link #plain} gives for a number that has an exponent or too many digits. */
    private static final long NOT_PLAIN = -1;

    private FloatText() {}

    private static long[] longPowers() {
        long[] powers = new long[NumberText.LONG_DIGITS + 1];
        Arrays.setAll(powers, i -> i == 0 ? 1 : 10 * powers[i - 1]);
        return powers;
    }

    static double float8(byte[] bytes, int from, int to) {
        if (JsonText.numberEnd(bytes, from, to) != to) {
            return special(bytes, from, to);
        }
        long digits = plain(bytes, from, to);
        int scale = scale(bytes, from, to);
        if (digits == NOT_PLAIN || scale >= DOUBLE_POWERS.length) {
            return parsed(bytes, from, to);
        }
        double magnitude = digits / DOUBLE_POWERS[scale];
        if (digits > EXACT_IN_DOUBLE && scale > 0) {
            magnitude = closest(digits, scale, magnitude);
            if (Double.isNaN(magnitude)) {
                return parsed(bytes, from, to);
            }
        }
        return bytes[from] == '-' ? -magnitude : magnitude;
    }

    private static double parsed(byte[] bytes, int from, int to) {
        return finite(NumberInput.parseDouble(new String(bytes, from, to - from, ISO_8859_1), true));
    }

    /**
     * The double that is closest to a quotient of many digits and a power of ten. Both are rounded before they are divided, so that the
     * quotient may be the neighbour of the right one. What is left over decides: it is less than twice the power, and so exact in a long
     * although the products are longer. NaN where the neighbours are not equally far.
     */
    private static double closest(long digits, int scale, double quotient) {
        long bits = Double.doubleToRawLongBits(quotient);
        int shift = FRACTION_BITS - Math.getExponent(quotient);
        long fraction = bits & FRACTION;
        if (shift < 0 || shift >= Long.SIZE || fraction == 0) {
            return Double.NaN;
        }
        long power = LONG_POWERS[scale];
        long left = (digits << shift) - (fraction | FRACTION + 1) * power;
        boolean odd = (fraction & 1) != 0;
        if (2 * left > power || (odd && 2 * left == power)) {
            return Double.longBitsToDouble(bits + 1);
        }
        return 2 * left < -power || (odd && 2 * left == -power) ? Double.longBitsToDouble(bits - 1) : quotient;
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
        if (to - from > NumberText.LONG_DIGITS + 2) {
            return NOT_PLAIN;
        }
        long digits = 0;
        int count = 0;
        for (int i = from; i < to; i++) {
            byte b = bytes[i];
            if (Ascii.isDigit(b)) {
                digits = digits * 10 + (b - '0');
                count++;
            } else if (b != '.' && (b != '-' || i > from)) {
                return NOT_PLAIN;
            }
        }
        return count > NumberText.LONG_DIGITS ? NOT_PLAIN : digits;
    }

    private static int scale(byte[] bytes, int from, int to) {
        int point = Ascii.indexOf(bytes, from, to, '.');
        return point < 0 ? 0 : to - point - 1;
    }
}
