package io.walwire.internal.codec;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** What is UTF-8: all that PostgreSQL sends, except out of a database of encoding SQL_ASCII, which converts nothing. */
final class Utf8 {
    /** Eight bytes of an array. */
    static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

    /** Of eight bytes, what no ASCII has. */
    static final long HIGH_BITS = 0x8080_8080_8080_8080L;

    private Utf8() {}

    /** With U+FFFD where the bytes are not UTF-8. */
    static byte[] replaced(byte[] bytes, int offset, int count) {
        return new String(bytes, offset, count, UTF_8).getBytes(UTF_8);
    }

    static boolean isValid(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to) {
            if (bytes[at] >= 0) {
                at = endOfAscii(bytes, at, to);
            } else {
                int length = length(bytes, at, to);
                if (length == 0) {
                    return false;
                }
                at += length;
            }
        }
        return true;
    }

    private static int endOfAscii(byte[] bytes, int from, int to) {
        int at = from;
        while (to - at >= Long.BYTES && ((long) LONGS.get(bytes, at) & HIGH_BITS) == 0) {
            at += Long.BYTES;
        }
        while (at < to && bytes[at] >= 0) {
            at++;
        }
        return at;
    }

    /** Of a character beyond ASCII; 0 if it is none. (Unicode, table 3-7, "Well-Formed UTF-8 Byte Sequences".) */
    private static int length(byte[] bytes, int at, int to) {
        int first = bytes[at] & 0xff;
        int length = first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
        if (length == 0 || length > to - at) {
            return 0;
        }
        int second = bytes[at + 1] & 0xff;
        int lowest = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
        int highest = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
        boolean valid = second >= lowest && second <= highest;
        for (int i = at + 2; i < at + length; i++) {
            valid &= (bytes[i] & 0xc0) == 0x80;
        }
        return valid ? length : 0;
    }
}
