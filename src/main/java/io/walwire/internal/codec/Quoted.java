package io.walwire.internal.codec;

import java.util.Arrays;

/** Text between double quotes, in which a backslash takes what follows it literally: of arrays and hstore. */
final class Quoted {
    private Quoted() {}

    /** Where the quote that closes the text stands. */
    static int end(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to && bytes[at] != '"') {
            at += bytes[at] == '\\' ? 2 : 1;
        }
        if (at >= to) {
            throw UnrepresentableException.malformed();
        }
        return at;
    }

    static boolean isEscaped(byte[] bytes, int from, int to) {
        return Ascii.indexOf(bytes, from, to, '\\') >= 0;
    }

    static byte[] unescape(byte[] bytes, int from, int to) {
        byte[] plain = new byte[to - from];
        int length = 0;
        for (int i = from; i < to; i++) {
            if (bytes[i] == '\\') {
                i++;
            }
            plain[length++] = bytes[i];
        }
        return Arrays.copyOf(plain, length);
    }
}
