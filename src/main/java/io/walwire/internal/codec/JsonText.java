package io.walwire.internal.codec;

import java.util.BitSet;

/**
 * JSON as bytes of UTF-8, looked at without building anything of it, to any depth. PostgreSQL checked it before it was
 * stored; it is checked again because one broken value would break the line it is printed in.
 */
final class JsonText {
    /** What {@code numeric} holds before and after the point, which is more than any number of a {@code jsonb} has. */
    private static final int MAX_DIGITS = 131_072 + 16_383;

    private final byte[] bytes;
    private final int end;
    private final boolean numbersBounded;
    private int at;

    /** The containers around {@link #at}: set for an object, clear for an array. */
    private final BitSet objects = new BitSet();

    private int depth;

    private JsonText(byte[] bytes, int from, int to, boolean numbersBounded) {
        this.bytes = bytes;
        this.at = from;
        this.end = to;
        this.numbersBounded = numbersBounded;
    }

    /** Whether this is one JSON value, with white space around it or not. */
    static boolean isValid(byte[] bytes, int from, int to) {
        return new JsonText(bytes, from, to, false).isOneValue();
    }

    /**
     * Whether this is one JSON value whose numbers can be calculated with: none has an exponent that Java does not know, and
     * none takes more digits than PostgreSQL's numeric, so that the time that each takes has a bound.
     */
    static boolean isReadable(byte[] bytes, int from, int to) {
        return new JsonText(bytes, from, to, true).isOneValue();
    }

    /** Copies JSON without the white space outside its strings; gives the number of bytes copied. */
    static int minify(byte[] bytes, int from, int to, byte[] into, int offset) {
        int out = offset;
        boolean quoted = false;
        for (int i = from; i < to; i++) {
            byte b = bytes[i];
            if (quoted || !isSpace(b)) {
                into[out++] = b;
            }
            if (b == '"') {
                quoted = !quoted;
            } else if (b == '\\' && i + 1 < to) {
                // what follows a backslash never ends the string
                into[out++] = bytes[++i];
            }
        }
        return out - offset;
    }

    /** The end of the longest JSON number that begins here; -1 where none does. */
    static int numberEnd(byte[] bytes, int from, int to) {
        int end = decimalEnd(bytes, from, to);
        return end >= 0 && end < to && (bytes[end] | 0x20) == 'e' ? exponentEnd(bytes, end + 1, to) : end;
    }

    /** The same of a number without an exponent. */
    static int decimalEnd(byte[] bytes, int from, int to) {
        int first = from < to && bytes[from] == '-' ? from + 1 : from;
        int end = digitsEnd(bytes, first, to);
        if (end == first || (bytes[first] == '0' && end > first + 1)) {
            return -1;
        }
        if (end < to && bytes[end] == '.') {
            int fraction = end + 1;
            end = digitsEnd(bytes, fraction, to);
            if (end == fraction) {
                return -1;
            }
        }
        return end;
    }

    private static int exponentEnd(byte[] bytes, int from, int to) {
        int first = from < to && (bytes[from] == '+' || bytes[from] == '-') ? from + 1 : from;
        int end = digitsEnd(bytes, first, to);
        return end == first ? -1 : end;
    }

    private static int digitsEnd(byte[] bytes, int from, int to) {
        int end = from;
        while (end < to && Ascii.isDigit(bytes[end])) {
            end++;
        }
        return end;
    }

    /** Whether a number, written without its exponent, has few enough digits. */
    private static boolean isBounded(byte[] bytes, int from, int to) {
        int digits = 0;
        int at = from;
        while (at < to && (bytes[at] | 0x20) != 'e') {
            digits++;
            at++;
        }
        int exponent = 0;
        for (at++; at < to && exponent <= MAX_DIGITS; at++) {
            exponent = Ascii.isDigit(bytes[at]) ? exponent * 10 + (bytes[at] - '0') : exponent;
        }
        return digits <= MAX_DIGITS && digits + exponent <= MAX_DIGITS;
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b == '\n' || b == '\t' || b == '\r';
    }

    private boolean isOneValue() {
        do {
            skipSpace();
            if (!beginValue()) {
                return false;
            }
        } while (depth > 0);
        skipSpace();
        return at == end;
    }

    /**
     * Reads a scalar or enters a container, then leaves the containers that end here. True where another value follows,
     * or all of them have ended.
     */
    private boolean beginValue() {
        if (at == end) {
            return false;
        }
        switch (bytes[at]) {
            case '{' -> {
                at++;
                objects.set(depth++);
                skipSpace();
                if (!next('}')) {
                    return readKey();
                }
                depth--;
            }
            case '[' -> {
                at++;
                objects.clear(depth++);
                skipSpace();
                if (!next(']')) {
                    return true;
                }
                depth--;
            }
            default -> {
                if (!readScalar()) {
                    return false;
                }
            }
        }
        return endValue();
    }

    private boolean endValue() {
        while (depth > 0) {
            boolean object = objects.get(depth - 1);
            skipSpace();
            if (next(',')) {
                skipSpace();
                return !object || readKey();
            }
            if (!next(object ? '}' : ']')) {
                return false;
            }
            depth--;
        }
        return true;
    }

    private boolean readKey() {
        if (!readString()) {
            return false;
        }
        skipSpace();
        return next(':');
    }

    private boolean readScalar() {
        return switch (bytes[at]) {
            case '"' -> readString();
            case 't' -> readWord("true");
            case 'f' -> readWord("false");
            case 'n' -> readWord("null");
            default -> {
                int from = at;
                int numberEnd = numberEnd(bytes, from, end);
                at = Math.max(from, numberEnd);
                yield numberEnd >= 0 && (!numbersBounded || isBounded(bytes, from, numberEnd));
            }
        };
    }

    private boolean readWord(String word) {
        boolean found = Ascii.startsWith(bytes, at, end, word);
        at += found ? word.length() : 0;
        return found;
    }

    private boolean readString() {
        if (!next('"')) {
            return false;
        }
        while (at < end) {
            byte b = bytes[at++];
            if (b == '"') {
                return true;
            }
            if ((b >= 0 && b < ' ') || (b == '\\' && !readEscape())) {
                return false;
            }
        }
        return false;
    }

    private boolean readEscape() {
        if (at == end) {
            return false;
        }
        byte escaped = bytes[at++];
        if (escaped != 'u') {
            return "\"\\/bfnrt".indexOf(escaped) >= 0;
        }
        for (int last = at + 4; at < last; at++) {
            if (at == end || Character.digit(bytes[at], 16) < 0) {
                return false;
            }
        }
        return true;
    }

    private boolean next(char expected) {
        boolean found = at < end && bytes[at] == expected;
        at += found ? 1 : 0;
        return found;
    }

    private void skipSpace() {
        while (at < end && isSpace(bytes[at])) {
            at++;
        }
    }
}
