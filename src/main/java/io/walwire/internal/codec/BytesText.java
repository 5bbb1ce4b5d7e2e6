package io.walwire.internal.codec;

import java.util.Arrays;
import java.util.UUID;

/** PostgreSQL's text of bytea, in either {@code bytea_output}, and of uuid. */
final class BytesText {
    private BytesText() {}

    static byte[] bytea(byte[] bytes, int from, int to) {
        // escape format doubles a backslash, so it never begins like this
        return Ascii.startsWith(bytes, from, to, "\\x") ? hex(bytes, from + 2, to) : escape(bytes, from, to);
    }

    private static byte[] hex(byte[] bytes, int from, int to) {
        if ((to - from) % 2 != 0) {
            throw UnrepresentableException.malformed();
        }
        byte[] value = new byte[(to - from) / 2];
        for (int i = 0; i < value.length; i++) {
            int at = from + 2 * i;
            value[i] = (byte) (Ascii.hex(bytes[at]) << 4 | Ascii.hex(bytes[at + 1]));
        }
        return value;
    }

    /** Every byte stands for itself, but {@code \\} for a backslash and {@code \ooo} for a byte in octal. */
    private static byte[] escape(byte[] bytes, int from, int to) {
        byte[] value = new byte[to - from];
        int length = 0;
        int at = from;
        while (at < to) {
            if (bytes[at] != '\\') {
                value[length++] = bytes[at++];
            } else if (at + 1 < to && bytes[at + 1] == '\\') {
                value[length++] = '\\';
                at += 2;
            } else {
                value[length++] = octal(bytes, at + 1, to);
                at += 4;
            }
        }
        return Arrays.copyOf(value, length);
    }

    private static byte octal(byte[] bytes, int from, int to) {
        if (from + 3 > to) {
            throw UnrepresentableException.malformed();
        }
        int value = 0;
        for (int i = from; i < from + 3; i++) {
            value = value * 8 + Ascii.digit(bytes[i]);
            if (bytes[i] > '7' || value > 255) {
                throw UnrepresentableException.malformed();
            }
        }
        return (byte) value;
    }

    static UUID uuid(byte[] bytes, int from, int to) {
        if (to - from != 36
                || bytes[from + 8] != '-'
                || bytes[from + 13] != '-'
                || bytes[from + 18] != '-'
                || bytes[from + 23] != '-') {
            throw UnrepresentableException.malformed();
        }
        long high = bits(bytes, from, 8) << 32 | bits(bytes, from + 9, 4) << 16 | bits(bytes, from + 14, 4);
        long low = bits(bytes, from + 19, 4) << 48 | bits(bytes, from + 24, 12);
        return new UUID(high, low);
    }

    private static long bits(byte[] bytes, int from, int digits) {
        long bits = 0;
        for (int i = from; i < from + digits; i++) {
            bits = bits << 4 | Ascii.hex(bytes[i]);
        }
        return bits;
    }
}
