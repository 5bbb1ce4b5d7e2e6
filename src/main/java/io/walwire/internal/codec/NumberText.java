package io.walwire.internal.codec;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.walwire.event.NumericSpecial;
import java.math.BigDecimal;
import java.math.BigInteger;

/** PostgreSQL's text of integers and numeric, read straight from the bytes. */
final class NumberText {
    /** Any number of this many digits fits a long. */
    static final int LONG_DIGITS = 18;

    /** Numbers of up to this many digits are left to the JDK, whose time grows with the square of their length. */
    private static final int CHUNK = 256;

    private NumberText() {}

    static long integer(byte[] bytes, int from, int to, long min, long max) {
        boolean negative = from < to && bytes[from] == '-';
        int first = negative ? from + 1 : from;
        if (first == to) {
            throw UnrepresentableException.malformed();
        }
        if (to - first <= LONG_DIGITS) {
            long few = 0;
            for (int i = first; i < to; i++) {
                few = few * 10 + Ascii.digit(bytes[i]);
            }
            return bounded(negative ? -few : few, min, max);
        }
        // counted downwards, because the negative range has room for one more than the positive
        long value = 0;
        for (int i = first; i < to; i++) {
            long next = value * 10 - Ascii.digit(bytes[i]);
            if (next > 0 || value < Long.MIN_VALUE / 10) {
                throw outOfRange();
            }
            value = next;
        }
        if (!negative) {
            if (value == Long.MIN_VALUE) {
                throw outOfRange();
            }
            value = -value;
        }
        return bounded(value, min, max);
    }

    private static long bounded(long value, long min, long max) {
        if (value < min || value > max) {
            throw outOfRange();
        }
        return value;
    }

    private static UnrepresentableException outOfRange() {
        return new UnrepresentableException("the number is beyond the type's range");
    }

    /** A {@link BigDecimal}, or a {@link NumericSpecial}. */
    static Object numeric(byte[] bytes, int from, int to) {
        if (!isNumeric(bytes, from, to)) {
            return special(bytes, from, to);
        }
        if (to - from <= LONG_DIGITS) {
            return shortNumeric(bytes, from, to);
        }
        if (to - from <= CHUNK) {
            char[] chars = new char[to - from];
            for (int i = from; i < to; i++) {
                chars[i - from] = (char) bytes[i];
            }
            return new BigDecimal(chars);
        }
        return longNumeric(bytes, from, to);
    }

    /** Whether this is a number in plain decimal; PostgreSQL never prints a numeric with an exponent. */
    static boolean isNumeric(byte[] bytes, int from, int to) {
        return JsonText.decimalEnd(bytes, from, to) == to;
    }

    private static NumericSpecial special(byte[] bytes, int from, int to) {
        if (!FloatText.isSpecial(bytes, from, to)) {
            throw UnrepresentableException.malformed();
        }
        return switch (bytes[from]) {
            case 'N' -> NumericSpecial.NAN;
            case 'I' -> NumericSpecial.INFINITY;
            default -> NumericSpecial.NEGATIVE_INFINITY;
        };
    }

    private static BigDecimal shortNumeric(byte[] bytes, int from, int to) {
        long unscaled = 0;
        int scale = 0;
        for (int i = from; i < to; i++) {
            byte b = bytes[i];
            if (b == '.') {
                scale = to - i - 1;
            } else if (b != '-') {
                unscaled = unscaled * 10 + (b - '0');
            }
        }
        return BigDecimal.valueOf(bytes[from] == '-' ? -unscaled : unscaled, scale);
    }

    private static BigDecimal longNumeric(byte[] bytes, int from, int to) {
        byte[] digits = new byte[to - from];
        int count = 0;
        int scale = 0;
        for (int i = from; i < to; i++) {
            if (bytes[i] == '.') {
                scale = to - i - 1;
            } else if (bytes[i] != '-') {
                digits[count++] = bytes[i];
            }
        }
        BigInteger magnitude = join(digits, 0, count, powersBelow(count));
        return new BigDecimal(bytes[from] == '-' ? magnitude.negate() : magnitude, scale);
    }

    /** 10 to the CHUNK, and its squares. */
    private static BigInteger[] powersBelow(int digits) {
        int levels = 1;
        while ((long) CHUNK << levels < digits) {
            levels++;
        }
        BigInteger[] powers = new BigInteger[levels];
        powers[0] = BigInteger.TEN.pow(CHUNK);
        for (int level = 1; level < levels; level++) {
            powers[level] = powers[level - 1].multiply(powers[level - 1]);
        }
        return powers;
    }

    /** Halves the digits until they are few: the JDK joins large halves fast, but is slow to read many digits. */
    private static BigInteger join(byte[] digits, int from, int to, BigInteger[] powers) {
        if (to - from <= CHUNK) {
            return new BigInteger(new String(digits, from, to - from, ISO_8859_1));
        }
        int level = 0;
        while ((long) CHUNK << (level + 1) < to - from) {
            level++;
        }
        int middle = to - (CHUNK << level);
        BigInteger high = join(digits, from, middle, powers);
        return high.multiply(powers[level]).add(join(digits, middle, to, powers));
    }
}
