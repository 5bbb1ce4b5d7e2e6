package io.walwire.internal.codec;

/** Comparisons of a slice of bytes, without a String in between. */
final class Ascii {
    private static final byte[] HEX = hexDigits();

    private Ascii() {}

    private static byte[] hexDigits() {
        byte[] values = new byte[256];
        for (int i = 0; i < values.length; i++) {
            values[i] = (byte) Character.digit(i < 128 ? i : -1, 16);
        }
        return values;
    }

    static boolean equals(byte[] bytes, int from, int to, String expected) {
        return to - from == expected.length() && startsWith(bytes, from, to, expected);
    }

    static boolean startsWith(byte[] bytes, int from, int to, String expected) {
        if (to - from < expected.length()) {
            return false;
        }
        for (int i = 0; i < expected.length(); i++) {
            if (bytes[from + i] != expected.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    static boolean endsWith(byte[] bytes, int from, int to, String expected) {
        return to - from >= expected.length() && startsWith(bytes, to - expected.length(), to, expected);
    }

    static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    static int digit(byte b) {
        if (!isDigit(b)) {
            throw UnrepresentableException.malformed();
        }
        return b - '0';
    }

    /** The number that two digits make. */
    static int twoDigits(byte[] bytes, int at, int to) {
        if (at + 2 > to) {
            throw UnrepresentableException.malformed();
        }
        return digit(bytes[at]) * 10 + digit(bytes[at + 1]);
    }

    /** The value of a hexadecimal digit. */
    static int hex(byte b) {
        int value = HEX[b & 0xff];
        if (value < 0) {
            throw UnrepresentableException.malformed();
        }
        return value;
    }

    /** Where {@code wanted} first stands, -1 for nowhere. */
    static int indexOf(byte[] bytes, int from, int to, char wanted) {
        for (int i = from; i < to; i++) {
            if (bytes[i] == wanted) {
                return i;
            }
        }
        return -1;
    }
}
