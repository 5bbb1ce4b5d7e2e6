package io.walwire.internal.codec;

import com.fasterxml.jackson.core.io.NumberOutput;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/**
 * Floats with the fewest digits that read back as the same, as PostgreSQL prints them since version 12. Java's rule for these
 * digits differs in two points: it takes a number that lies exactly between two floats for the even one of them, where
 * PostgreSQL takes it for neither, and it never gives fewer than two digits. Where that can matter, which is among large
 * integers and numbers near zero, the digits are searched for with exact arithmetic.
 */
final class ShortestFloat {
    private static final int DOUBLE_PLAIN = 15;
    private static final int FLOAT_PLAIN = 6;
    private static final int SMALLEST_PLAIN = -4;

    /** Below it, a number between two floats has more digits than either needs; beyond the other, it is no short decimal. */
    private static final double DOUBLE_BETWEEN_FROM = 0x1p50;

    private static final double DOUBLE_BETWEEN_TO = 0x1p140;
    private static final float FLOAT_BETWEEN_FROM = 0x1p20f;
    private static final float FLOAT_BETWEEN_TO = 0x1p90f;

    private ShortestFloat() {}

    static void put(TextOutput out, double value) {
        if (putSpecial(out, value)) {
            return;
        }
        double magnitude = Math.abs(value);
        if (magnitude < 0x1p53 && magnitude == (long) magnitude) {
            putDecimal(out, (long) magnitude, 0, DOUBLE_PLAIN);
            return;
        }
        long significand = Double.doubleToLongBits(magnitude) & 0xf_ffff_ffff_ffffL;
        boolean subnormal = magnitude < Double.MIN_NORMAL;
        boolean even = (significand & 1) == 0;
        if (subnormal || (even && magnitude >= DOUBLE_BETWEEN_FROM && magnitude < DOUBLE_BETWEEN_TO)) {
            boolean closerBelow = significand == 0;
            search(
                    out,
                    subnormal ? significand : significand | 0x10_0000_0000_0000L,
                    subnormal ? -1074 : Math.getExponent(magnitude) - 52,
                    closerBelow,
                    DOUBLE_PLAIN);
        } else {
            putDecimal(out, NumberOutput.toString(magnitude, true), DOUBLE_PLAIN);
        }
    }

    static void put(TextOutput out, float value) {
        if (putSpecial(out, value)) {
            return;
        }
        float magnitude = Math.abs(value);
        if (magnitude < 0x1p24f && magnitude == (int) magnitude) {
            putDecimal(out, (long) magnitude, 0, FLOAT_PLAIN);
            return;
        }
        int significand = Float.floatToIntBits(magnitude) & 0x7f_ffff;
        boolean subnormal = magnitude < Float.MIN_NORMAL;
        boolean even = (significand & 1) == 0;
        if (subnormal || (even && magnitude >= FLOAT_BETWEEN_FROM && magnitude < FLOAT_BETWEEN_TO)) {
            boolean closerBelow = significand == 0;
            search(
                    out,
                    subnormal ? significand : significand | 0x80_0000,
                    subnormal ? -149 : Math.getExponent(magnitude) - 23,
                    closerBelow,
                    FLOAT_PLAIN);
        } else {
            putDecimal(out, NumberOutput.toString(magnitude, true), FLOAT_PLAIN);
        }
    }

    /** What has no digits, and the sign of what has. */
    private static boolean putSpecial(TextOutput out, double value) {
        if (Double.isNaN(value)) {
            out.put("NaN");
            return true;
        }
        if (Double.doubleToRawLongBits(value) < 0) {
            out.put('-');
        }
        if (Double.isInfinite(value)) {
            out.put("Infinity");
            return true;
        }
        if (value == 0) {
            out.put('0');
            return true;
        }
        return false;
    }

    /**
     * The shortest decimal strictly between the halves of the way to both neighbours, of several the closest, of two of them
     * the even one.
     *
     * @param closerBelow whether the neighbour below is half as far as the one above
     */
    private static void search(TextOutput out, long significand, int exponent, boolean closerBelow, int plain) {
        BigDecimal quarter = exponent >= 2
                ? new BigDecimal(BigInteger.TWO.pow(exponent - 2))
                : BigDecimal.ONE.divide(new BigDecimal(BigInteger.TWO.pow(2 - exponent)));
        BigDecimal exact = quarter.multiply(BigDecimal.valueOf(4 * significand));
        BigDecimal below = exact.subtract(quarter.multiply(BigDecimal.valueOf(closerBelow ? 1 : 2)));
        BigDecimal above = exact.add(quarter.multiply(BigDecimal.valueOf(2)));
        for (int power = above.precision() - above.scale(); ; power--) {
            BigInteger floor = exact.scaleByPowerOfTen(-power)
                    .setScale(0, RoundingMode.FLOOR)
                    .unscaledValue();
            BigDecimal low = new BigDecimal(floor, -power);
            BigDecimal high = new BigDecimal(floor.add(BigInteger.ONE), -power);
            boolean lowFits = low.compareTo(below) > 0;
            boolean highFits = high.compareTo(above) < 0;
            if (lowFits || highFits) {
                int closer = exact.subtract(low).compareTo(high.subtract(exact));
                boolean lower = closer < 0 || (closer == 0 && !floor.testBit(0));
                boolean taken = lowFits && (lower || !highFits);
                putDecimal(out, taken ? floor.longValueExact() : floor.longValueExact() + 1, power, plain);
                return;
            }
        }
    }

    /** Java's text of a positive number. */
    private static void putDecimal(TextOutput out, String java, int plain) {
        long digits = 0;
        int exponent = 0;
        boolean fraction = false;
        int at = 0;
        for (; at < java.length() && java.charAt(at) != 'E'; at++) {
            char c = java.charAt(at);
            if (c == '.') {
                fraction = true;
            } else {
                digits = digits * 10 + (c - '0');
                exponent -= fraction ? 1 : 0;
            }
        }
        if (at < java.length()) {
            exponent += Integer.parseInt(java, at + 1, java.length(), 10);
        }
        putDecimal(out, digits, exponent, plain);
    }

    private static void putDecimal(TextOutput out, long decimal, int power, int plain) {
        long digits = decimal;
        int exponent = power;
        while (digits % 10 == 0) {
            digits /= 10;
            exponent++;
        }
        int count = 1;
        for (long rest = digits; rest >= 10; rest /= 10) {
            count++;
        }
        int first = exponent + count - 1;
        if (first < SMALLEST_PLAIN || first >= plain) {
            putPointed(out, digits, count - 1);
            out.put('e').put(first < 0 ? '-' : '+').putPadded(Math.abs(first), 2);
        } else if (first < 0) {
            out.put("0.");
            for (int zeros = -1 - first; zeros > 0; zeros--) {
                out.put('0');
            }
            out.putLong(digits);
        } else if (exponent >= 0) {
            out.putLong(digits);
            for (int zeros = exponent; zeros > 0; zeros--) {
                out.put('0');
            }
        } else {
            putPointed(out, digits, -exponent);
        }
    }

    /** Writes digits, with a point before the last {@code fraction} of them. */
    private static void putPointed(TextOutput out, long digits, int fraction) {
        out.putLong(digits);
        if (fraction > 0) {
            out.insert('.', out.length() - fraction);
        }
    }
}
