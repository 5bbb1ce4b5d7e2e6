package io.walwire.internal.codec;

import java.math.BigDecimal;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/** Numbers in another class, or null where that class does not hold them exactly. */
final class Numbers {
    private Numbers() {}

    static @Nullable Number exact(long value, Class<?> target) {
        if (target == Long.class) {
            return value;
        }
        if (target == Integer.class) {
            return (int) value == value ? (Integer) (int) value : null;
        }
        if (target == Short.class) {
            return (short) value == value ? (Short) (short) value : null;
        }
        if (target == Byte.class) {
            return (byte) value == value ? (Byte) (byte) value : null;
        }
        if (target == BigInteger.class) {
            return BigInteger.valueOf(value);
        }
        return target == BigDecimal.class ? BigDecimal.valueOf(value) : floating(value, target);
    }

    private static @Nullable Number floating(long value, Class<?> target) {
        BigDecimal exact = BigDecimal.valueOf(value);
        if (target == Double.class) {
            double rounded = (double) value;
            return new BigDecimal(rounded).compareTo(exact) == 0 ? (Double) rounded : null;
        }
        float rounded = (float) value;
        return target == Float.class && new BigDecimal(rounded).compareTo(exact) == 0 ? (Float) rounded : null;
    }

    static @Nullable Number exact(BigDecimal value, Class<?> target) {
        BigInteger integer;
        try {
            integer = value.toBigIntegerExact();
        } catch (ArithmeticException fraction) {
            return null;
        }
        if (target == BigInteger.class) {
            return integer;
        }
        return integer.bitLength() < Long.SIZE ? exact(integer.longValue(), target) : null;
    }
}
