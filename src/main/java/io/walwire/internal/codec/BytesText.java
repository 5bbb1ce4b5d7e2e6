package io.walwire.internal.codec;

import java.util.Arrays;
import java.util.UUID;

/** PostgreSQL's text of bytea, in either {@code bytea_output}, and of uuid. */
final class BytesText {
    private BytesText() {}

    static byte[] bytea(byte[] bytes, int from, int to) {
        byte[] value = new byte[mostBytes(bytes, from, to)];
        int count = bytea(bytes, from, to, value, 0);
        return count == value.length ? value : Arrays.copyOf(value, count);
    }

    /** As many bytes as the value may have. */
    static int mostBytes(byte[] bytes, int from, int to) {
        return isHex(bytes, from, to) ? (to - from - 2) / 2 : to - from;
    }

    /** Writes the value into an array that has room for {@link #mostBytes} of them, and gives their number. */
    static int bytea(byte[] bytes, int from, int to, byte[] into, int offset) {
        return isHex(bytes, from, to) ? hex(bytes, from + 2, to, into, offset) : escape(bytes, from, to, into, offset);
    }

    private static boolean isHex(byte[] bytes, int from, int to) {
        // escape format doubles a backslash, so it never begins like this
        return Ascii.startsWith(bytes, from, to, "\\x");
    }

    private static int hex(byte[] bytes, int from, int to, byte[] into, int offset) {
        if ((to - from) % 2 != 0) {
            throw UnrepresentableException.malformed();
        }
        int count = (to - from) / 2;
        for (int i = 0; i < count; i++) {
            int at = from + 2 * i;
            into[offset + i] = (byte) (Ascii.hex(bytes[at]) << 4 | Ascii.hex(bytes[at + 1]));
        }
        return count;
    }

    /** Every byte stands for itself, but {@code \\} for a backslash and {@code \ooo} for a byte in octal. */
    private static int escape(byte[] bytes, int from, int to, byte[] into, int offset) {
        int length = offset;
        int at = from;
        while (at < to) {
            if (bytes[at] != '\\') {
                into[length++] = bytes[at++];
            } else if (at + 1 < to && bytes[at + 1] == '\\') {
                into[length++] = '\\';
                at += 2;
            } else {
                into[length++] = octal(bytes, at + 1, to);
                at += 4;
            }
        }
        return length - offset;
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
